"""Hides what a request says of its visitor: the rungs for country, region and language, in the product's order."""

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from renvoi.config import Config
from renvoi.domain.negotiation import choose_language, parse_language
from renvoi.domain.places import CountryCode, Language, RegionCode, country_of_region, parse_country, parse_region
from renvoi.domain.routing import CountrySource, Draw, Visitor
from renvoi.visitor.crawlers import CrawlerVerdicts
from renvoi.web.headers import Headers, Scope, parse_cookies, parse_fields
from renvoi.web.trusted_proxies import FORWARDED_BY, Address, client_address, is_trusted, parse_address

CountryOf = Callable[[Address], CountryCode | None]
"""Address → country, by the country database."""

OFTEN = 100
"""How long a header may be, in bytes, whose meaning is remembered."""

REMEMBERED = 4096
"""How many client addresses are kept parsed, in memory only: a visitor who chooses a card has just been here."""

_LISTED, _FORWARDED = FORWARDED_BY
_PREFETCH_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
_PREFETCH = re.compile(r"prefetch|prerender|preview|instant", re.IGNORECASE)
_SOURCE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Given:
    """What the address, or the form, itself says; each value checked, what is not understood left out."""

    country: CountryCode | None = None
    region: RegionCode | None = None
    language: Language | None = None
    source: str = ""
    show_all: bool = False
    country_ignored: bool = False


@dataclass(frozen=True, slots=True)
class CookieNames:
    """How the three remembered choices are named here."""

    country: str
    region: str
    language: str

    @classmethod
    def of(cls, config: Config) -> "CookieNames":
        """Their names with `__Host-`, which only https can bear, where the public address is https."""
        prefix = "__Host-" if config.is_https else ""
        return cls(country=prefix + "renvoi_country", region=prefix + "renvoi_region", language=prefix + "renvoi_lang")


class Request(NamedTuple):
    """One request, as far as Renvoi listens to it. Never stored.

    `address` is the visitor's, None where it is not known. `remembered_region` is the region cookie's.
    `is_crawler`: it says that it is one; `is_prefetch`: nobody has asked for the page yet. Neither is counted.
    """

    method: str
    path: str
    given: Given
    visitor: Visitor
    address: Address | None
    remembered_region: RegionCode | None
    is_prefetch: bool
    is_crawler: bool

    @property
    def is_head(self) -> bool:
        """Whether only the headers are asked for."""
        return self.method == "HEAD"


class RequestReader:
    """Reads requests for one configuration. What the rungs look at is settled when it is made."""

    def __init__(self, config: Config, *, country_of: CountryOf) -> None:
        self._proxies = config.trusted_proxies
        self._country_header = config.country_header.encode()
        self._region_header = config.region_header.encode()
        self._country_of = country_of
        self._cookie_names = CookieNames.of(config)
        self._crawlers = CrawlerVerdicts()
        self._address_often = lru_cache(maxsize=REMEMBERED)(self._address_of)
        rungs = (self._country_header, self._region_header, _FORWARDED, b"cookie", *_PREFETCH_HEADERS)
        self.says_more = frozenset(rung for rung in rungs if rung)
        """The headers that say more of a visitor than `visitor_of` hears."""
        consulted = [b"accept-language", b"cookie", b"user-agent", *_PREFETCH_HEADERS]
        if self._proxies:
            from_proxies = (self._country_header, self._region_header, *FORWARDED_BY)
            consulted += [header for header in from_proxies if header]
        self.consulted = tuple(consulted)

    def read(self, scope: Scope, *, default_language: Language) -> Request:
        """The request of an http scope. Total: whatever the bytes, an answer can be made."""
        return self._read_plain(scope, default_language) or self._read(
            scope, default_language=default_language, skip_parameter_source=False
        )

    def read_click(self, scope: Scope, *, default_language: Language) -> Request:
        """The request of a click on a card, whose country is a parameter that Renvoi itself put there.

        The country's source is thus the first other rung that yields the same country, else the parameter.
        """
        return self._read(scope, default_language=default_language, skip_parameter_source=True)

    def _read_plain(self, scope: Scope, default_language: Language) -> Request | None:
        """The request of who asks for a bare address and has no cookie, as nearly all do; None for all others.

        It says what `_read` says, in a third of the time.
        """
        pairs = scope.get("headers", ())
        said: dict[bytes, bytes] = dict(pairs)
        if scope.get("query_string") or len(said) < len(pairs) or not self.says_more.isdisjoint(said):
            return None
        listed, accepted = said.get(_LISTED), said.get(b"accept-language", b"")
        if len(listed or b"") > OFTEN or len(accepted) > OFTEN:
            return None
        address = self._address_often(_peer_of(scope), listed)
        return Request(
            str(scope.get("method", "")),
            str(scope.get("path", "")),
            _NOTHING_GIVEN,
            self._visitor_at(address, accepted, default_language),
            address,
            None,
            is_prefetch=False,
            is_crawler=self.is_crawler(said.get(b"user-agent", b"")),
        )

    def visitor_of(self, peer: str, listed: bytes | None, accepted: bytes, *, default_language: Language) -> Visitor:
        """Who says no more than the other end of the connection, X-Forwarded-For and Accept-Language do."""
        return self._visitor_at(self._address_often(peer, listed), accepted, default_language)

    def _visitor_at(self, address: Address | None, accepted: bytes, default_language: Language) -> Visitor:
        country = self._country_of(address) if address is not None else None
        return Visitor(country, "address" if country else "unknown", None, _negotiate_often(accepted, default_language))

    def is_crawler(self, agent: bytes) -> bool:
        """Whether that User-Agent is a crawler's."""
        return self._crawlers.is_crawler(agent.decode("latin-1"))

    def _read(self, scope: Scope, *, default_language: Language, skip_parameter_source: bool) -> Request:
        headers = Headers(scope)
        peer = _peer_often(_peer_of(scope))
        trusted = headers if is_trusted(peer, proxies=self._proxies) else None
        address = client_address(headers, peer=peer, proxies=self._proxies)
        given = parse_given(parse_fields(scope.get("query_string", b"")))
        cookies = parse_cookies(headers)
        rungs = self._country_rungs(given, cookies, trusted, address)
        country, source = _first(rungs, skip_parameter_source=skip_parameter_source)
        remembered = _parse_region(cookies.get(self._cookie_names.region))
        regions = (given.region, remembered, self._region_from(trusted))
        return Request(
            method=str(scope.get("method", "")),
            path=str(scope.get("path", "")),
            given=given,
            visitor=Visitor(
                country=country,
                country_source=source,
                region=_first_region(regions, country=country),
                language=given.language or self._language(cookies, headers, default=default_language),
            ),
            address=address,
            remembered_region=remembered,
            is_prefetch=any(_PREFETCH.search(value) for name in _PREFETCH_HEADERS for value in headers.all(name)),
            is_crawler=self._crawlers.is_crawler(headers.joined(b"user-agent")),
        )

    def _address_of(self, peer: str, listed: bytes | None) -> Address | None:
        """The visitor's address, from the peer's and X-Forwarded-For; None where it can't be known."""
        headers = Headers({"headers": [] if listed is None else [(_LISTED, listed)]})
        return client_address(headers, peer=_peer_often(peer), proxies=self._proxies)

    def _country_rungs(
        self, given: Given, cookies: Mapping[str, str], trusted: Headers | None, address: Address | None
    ) -> Iterator[tuple[CountrySource, CountryCode | None]]:
        yield "parameter", given.country
        yield "cookie", parse_country(cookies.get(self._cookie_names.country, ""))
        if trusted is not None:
            yield "header", parse_country(trusted.only(self._country_header) or "")
        if address is not None:
            yield "address", self._country_of(address)

    def _region_from(self, trusted: Headers | None) -> RegionCode | None:
        return _parse_region(trusted.only(self._region_header)) if trusted is not None else None

    def _language(self, cookies: Mapping[str, str], headers: Headers, *, default: Language) -> Language:
        cookie = cookies.get(self._cookie_names.language, "")
        accepted = headers.joined(b"accept-language")
        # Browsers send a few hundred different values, and short ones.
        choose = _choose_often if len(accepted) + len(cookie) <= OFTEN else _choose
        return choose(cookie, accepted, default)


_NOTHING_GIVEN = Given()


def parse_given(fields: Mapping[str, str]) -> Given:
    """What the fields of a query or of a form say. Never raises."""
    if not fields:
        return Given()
    typed = fields.get("country", "").strip()
    country = parse_country(typed)
    source = fields.get("src", "")
    return Given(
        country=country,
        region=_parse_region(fields.get("region")),
        language=parse_language(fields.get("lang", "")),
        source=source if _SOURCE.fullmatch(source) else "",
        show_all=fields.get("all") == "1",
        country_ignored=country is None and bool(typed),
    )


def draw_for(address: Address | str | None, *, secret: bytes, at: datetime) -> Draw:
    """The order among equal partners for one visitor: HMAC-SHA256(secret, address ‖ UTC day ‖ partner id).

    Stable for a visitor for a day, alike on every host that has the secret, and fair over many visitors.
    """

    def draw(partner_id: int) -> bytes:
        # Not sooner: most visitors have one partner, and nothing to draw.
        day = at.astimezone(UTC).date().isoformat()
        return hmac.digest(secret, f"{address or ''}|{day}|{partner_id}".encode(), "sha256")

    return draw


def _peer_of(scope: Scope) -> str:
    """The other end of the TCP connection; empty where the server names none (a Unix socket)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


# Proxies are few; where there is none, these are visitors, and remembered like them.
_peer_often = lru_cache(maxsize=256)(parse_address)


def _choose(cookie: str, accepted: str, default: Language) -> Language:
    return choose_language(parameter=None, cookie=cookie, accept_language=accepted, default=default)


_choose_often = lru_cache(maxsize=512)(_choose)


@lru_cache(maxsize=512)
def _negotiate_often(accepted: bytes, default: Language) -> Language:
    return _choose("", accepted.decode("latin-1"), default)


def _first(
    rungs: Iterator[tuple[CountrySource, CountryCode | None]], *, skip_parameter_source: bool
) -> tuple[CountryCode | None, CountrySource]:
    """The first country that a rung yields, and that rung, or the next that yields the same one."""
    for source, country in rungs:
        if country is not None:
            if skip_parameter_source and source == "parameter":
                return country, next((other for other, found in rungs if found == country), source)
            return country, source
    return None, "unknown"


def _parse_region(text: str | None) -> RegionCode | None:
    return parse_region(text) if text else None


def _first_region(regions: Iterable[RegionCode | None], *, country: CountryCode | None) -> RegionCode | None:
    """The first usable one: a region of another country says nothing."""
    return next((region for region in regions if region and country_of_region(region) == country), None)
