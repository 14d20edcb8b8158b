"""The operator, the partners and the visitors from five countries of a measurement, generated from one seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from renvoi.domain.places import COUNTRIES, CountryCode, Language
from renvoi.domain.table import Bilingual, Candidate, Mode, Operator, Period
from renvoi.domain.table_codec.routing_table import encode_table
from tools.mmdb import Database, country_record

SEED = 2026
PER_COUNTRY = 20
"""Candidates in each country that visitors come from, whatever the number of partners."""

# The networks of the country database that the bench writes, and of the visitors' addresses.
_NETWORKS = {
    "GB": "131.111.8.0/27",
    "SE": "130.237.64.0/28",
    "US": "128.30.2.0/29",
    "PH": "202.92.128.0/24",
    "JP": "2001:200:1c0::/112",
}
# Larger networks of the same countries, for visitors of whom nearly each has an address of its own.
_LARGE_NETWORKS = {
    "GB": "81.128.0.0/16",
    "SE": "78.64.0.0/16",
    "US": "8.32.0.0/16",
    "PH": "112.198.0.0/16",
    "JP": "2400:4050::/32",
}
ASKED = tuple(CountryCode(code) for code in _NETWORKS)
_FROM_EACH = 200

_ACCEPT_LANGUAGES: Sequence[tuple[str, Language]] = (
    ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
    ("en-GB,en;q=0.9", "en"),
    ("fr", "fr"),
    ("en-US,en;q=0.5", "en"),
    ("fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", "fr"),
)
# Browsers only: a client that identifies itself as a program gets a page, and is not recorded.
_BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor's request as a proxy forwards it, and the response that both servers must give.

    That is a redirect to `target` or, if `page` is not empty, the page of that name: country, language and source.
    """

    address: str
    accepts: str
    browser: str
    target: str
    path: str = "/"
    more_headers: tuple[tuple[str, str], ...] = ()
    page: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of its request."""
        headers = {"X-Forwarded-For": self.address, "Accept-Language": self.accepts, "User-Agent": self.browser}
        return headers | dict(self.more_headers)


def people(*, seed: int = SEED) -> list[Person]:
    """Return nearly a thousand visitors in random order, the same for the same seed. Some share an address."""
    rng = random.Random(seed)  # noqa: S311 (not a secret)
    everyone = {_person(rng, country) for country in ASKED for _ in range(_FROM_EACH)}
    return rng.sample(sorted(everyone, key=repr), k=len(everyone))


def write_country_data(path: Path) -> Path:
    """Write the country database that both servers use; return its path."""
    networks = {
        network: country_record(code) for part in (_NETWORKS, _LARGE_NETWORKS) for code, network in part.items()
    }
    return Database(networks, database_type="Renvoi-Bench-Country").write(path)


def stranger(rng: random.Random) -> tuple[Person, CountryCode, Language]:
    """Return a visitor that nearly certainly has an address of its own, with its country and language."""
    country = rng.choice(ASKED)
    person, language = _draw_person(rng, country, networks=_LARGE_NETWORKS)
    return person, country, language


def _person(rng: random.Random, country: CountryCode) -> Person:
    return _draw_person(rng, country, networks=_NETWORKS)[0]


def _draw_person(rng: random.Random, country: CountryCode, *, networks: Mapping[str, str]) -> tuple[Person, Language]:
    network = ip_network(networks[country])
    accepts, language = rng.choice(_ACCEPT_LANGUAGES)
    address = network[rng.randrange(network.num_addresses)]
    return Person(str(address), accepts, rng.choice(_BROWSERS), target(country, language)), language


def target(country: str, language: Language) -> str:
    """Return where a visitor of that country and language must go: the site of its partner of the best priority."""
    word = "inscription" if language == "fr" else "signup"
    return f"https://{country.lower()}0.example/{language}/{word}"


def languages() -> Sequence[tuple[str, Language]]:
    """Return each Accept-Language header that is sent, with the language that it asks for."""
    return _ACCEPT_LANGUAGES


def first_partner(country: str) -> int:
    """Return the id of the partner of the best priority in a visited country."""
    return ASKED.index(CountryCode(country)) * PER_COUNTRY + 1


def table(*, partners: int, generation: int = 1, mode: Mode = "direct") -> bytes:
    """Encode a routing table of that many partners: 20 in each visited country, the first with the best priority."""
    others = sorted(COUNTRIES - {*ASKED, CountryCode("CA")})
    served = [(code, number) for code in ASKED for number in range(PER_COUNTRY)]
    served += [(others[index % len(others)], index) for index in range(partners - len(served))]
    rows = ((candidate(index, code, number), (code,)) for index, (code, number) in enumerate(served, start=1))
    return encode_table(generation=generation, operator=operator(mode=mode), partners=rows)


def candidate(id_: int, code: str, number: int) -> Candidate:
    """Return the partner of that number in a country. Of seven, one is paused."""
    site = f"https://{code.lower()}{number}.example"
    return Candidate(
        id=id_,
        name=f"Partner {id_}",
        url=Bilingual(en=f"{site}/en/signup", fr=f"{site}/fr/inscription"),
        description=Bilingual(en="Answers in English. " * 8, fr="Répond en français. " * 8),
        priority=1 if number == 0 else 2 + number % 8,
        active=number % 7 != 6,
        agreements=(Period(),),
    )


def operator(*, mode: Mode = "direct") -> Operator:
    """Return the operator, which covers Canada."""
    return Operator(
        name="Téléphonie Boréale",
        signup_url=Bilingual(en="https://boreale.example/en/signup", fr="https://boreale.example/fr/inscription"),
        mode=mode,
        default_language="fr",
        time_zone="America/Toronto",
        covered_countries=frozenset({CountryCode("CA")}),
        covered_regions={},
    )
