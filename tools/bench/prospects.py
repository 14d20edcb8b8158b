"""The visitors that really come, row by row: strangers on a page, with cookies, from campaigns, on their way out.

Each is in no cache when it comes again: in turn there are four times as many visitors as a cache holds addresses.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

from renvoi.domain.places import CountryCode, Language
from renvoi.domain.table import Mode
from renvoi.visitor.request import CACHE_SIZE
from tools.bench.cast import ASKED, SEED, Person, first_partner, stranger, target

HOW_MANY = 4 * CACHE_SIZE
CAMPAIGNS = tuple(f"campaign-{number}" for number in range(1, 21))

_ACCEPT_ENCODING = ("Accept-Encoding", "gzip, deflate, br")
_Draw = Callable[[random.Random], Person]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the results: who comes, and how both servers are configured for them.

    `country_from` is what the reference consults before the visitor's address; Renvoi's `settings` do the same.
    """

    name: str
    draw: _Draw
    mode: Mode = "present"
    country_from: Literal["address", "cookie", "header"] = "address"
    settings: Mapping[str, str] = field(default_factory=dict)

    def people(self, *, count: int = HOW_MANY, seed: int = SEED) -> list[Person]:
        """Return its visitors, the same for the same seed; no two share an address."""
        return list(islice(_distinct(self.draw, random.Random(seed)), count))  # noqa: S311 (not a secret)


def rows() -> Sequence[Row]:
    """Return all rows."""
    cdn = {"RENVOI_COUNTRY_HEADER": "CF-IPCountry"}
    return (
        Row("page", _on_page),
        Row("cookies", _with_cookies, country_from="cookie"),
        Row("src", _from_campaign),
        Row("go", _on_click),
        Row("direct", _redirected, mode="direct"),
        Row("mix", _any, country_from="cookie"),
        Row("cdn-direct", _redirected_behind_cdn, mode="direct", country_from="header", settings=cdn),
        Row("cdn-page", _on_page_behind_cdn, country_from="header", settings=cdn),
    )


def page_name(country: str, language: Language, source: str = "") -> str:
    """Return the name of the page that a visitor of that country and language gets from a campaign."""
    return f"{country}-{language}-{source}"


def click_of(page: str) -> str:
    """Return the link to a partner that must stand on the page of that name, as in its HTML."""
    country, language, source = page.split("-", maxsplit=2)
    more = f"&amp;src={source}" if source else ""
    return f"/go/{first_partner(country)}?country={country}&amp;lang={language}{more}"


def _distinct(draw: _Draw, rng: random.Random) -> Iterator[Person]:
    addresses: set[str] = set()
    while True:
        person = draw(rng)
        if person.address not in addresses:
            addresses.add(person.address)
            yield person


def _redirected(rng: random.Random) -> Person:
    return stranger(rng)[0]


def _on_page(rng: random.Random) -> Person:
    person, country, language = stranger(rng)
    return replace(person, more_headers=(_ACCEPT_ENCODING,), page=page_name(country, language))


def _with_cookies(rng: random.Random) -> Person:
    """Return a visitor with the cookie of another program and, each in half of the cases, country and language."""
    person, country, language = stranger(rng)
    cookies = [f"_ga=GA1.1.{rng.randrange(10**9, 10**10)}.{rng.randrange(17 * 10**8, 18 * 10**8)}"]
    if rng.random() < 0.5:
        country = rng.choice(ASKED)
        cookies.append(f"renvoi_country={country}")
    if rng.random() < 0.5:
        language = rng.choice(("fr", "en"))
        cookies.append(f"renvoi_lang={language}")
    headers = (_ACCEPT_ENCODING, ("Cookie", "; ".join(cookies)))
    return replace(person, more_headers=headers, page=page_name(country, language))


def _from_campaign(rng: random.Random) -> Person:
    person, country, language = stranger(rng)
    source = rng.choice(CAMPAIGNS)
    page = page_name(country, language, source)
    return replace(person, path=f"/?src={source}", more_headers=(_ACCEPT_ENCODING,), page=page)


def _on_click(rng: random.Random) -> Person:
    person, country, language = stranger(rng)
    path = f"/go/{first_partner(country)}?country={country}&lang={language}"
    headers = (_ACCEPT_ENCODING, ("Referer", "http://127.0.0.1/"))
    return replace(person, path=path, more_headers=headers, target=target(country, language))


def _any(rng: random.Random) -> Person:
    """Return a visitor of the mix: of ten, seven are strangers on a page, two on their way, one comes with cookies."""
    return rng.choices((_on_page, _on_click, _with_cookies), weights=(7, 2, 1))[0](rng)


def _redirected_behind_cdn(rng: random.Random) -> Person:
    person, country, _ = stranger(rng)
    return replace(person, more_headers=(_ACCEPT_ENCODING, *_cdn_headers(person, country, rng)))


def _on_page_behind_cdn(rng: random.Random) -> Person:
    person, country, language = stranger(rng)
    headers = (_ACCEPT_ENCODING, *_cdn_headers(person, country, rng))
    return replace(person, more_headers=headers, page=page_name(country, language))


def _cdn_headers(person: Person, country: CountryCode, rng: random.Random) -> Iterator[tuple[str, str]]:
    yield "CF-IPCountry", country
    yield "CF-Connecting-IP", person.address
    yield "CF-Ray", f"{rng.getrandbits(64):016x}-YUL"
    yield "X-Real-IP", person.address
    yield "X-Request-ID", f"{rng.getrandbits(128):032x}"
    yield "traceparent", f"00-{rng.getrandbits(128):032x}-{rng.getrandbits(64):016x}-01"
