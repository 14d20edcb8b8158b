"""Visitors from everywhere, so that a response to another visitor is seen: each country has addresses and partners.

Of ten countries one has two equal partners and one has none; each of the others has one, and the operator of
`tests.visitor.cast` covers Saint-Pierre-et-Miquelon. A partner's address names its id and the language.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

from renvoi.domain.places import COUNTRIES
from renvoi.domain.table import Bilingual
from tests.visitor.cast import SIGN_UP, operator, partner, table_bytes

Language = Literal["fr", "en"]
OWN = "PM"
CODES = (*sorted(COUNTRIES - {"CA", OWN}), OWN)
"""The countries of the world's visitors. The operator covers only the last."""
_FIRST_NETWORK = int(IPv4Address("20.0.0.0"))
_NETWORK_SIZE = 65_536


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor: where from, and what the response must be in."""

    country: str
    address: str
    language: Language

    @property
    def partners(self) -> tuple[int, ...]:
        return partners_of(self.country)


def person(number: int, *, language: Language = "fr") -> Person:
    """Return one of 16 million visitors. Successive numbers are in different countries."""
    index, host = number % len(CODES), number // len(CODES) % _NETWORK_SIZE
    return Person(CODES[index], str(IPv4Address(_FIRST_NETWORK + index * _NETWORK_SIZE + host)), language)


def person_in(country: str, *, language: Language = "fr") -> Person:
    return person(CODES.index(country), language=language)


def partners_of(country: str) -> tuple[int, ...]:
    """Return the ids of the partners that serve the country, in ascending order."""
    index = CODES.index(country)
    if country == OWN or index % 10 == 0:
        return ()
    return (index, 1_000 + index) if index % 10 == 1 else (index,)


def destination(partner_id: int, language: Language) -> str:
    return f"https://p{partner_id}.example/{language}"


def redirect(someone: Person) -> str:
    """Return the Location of the response to a bare GET; empty if the response is a page."""
    if someone.country == OWN:
        return SIGN_UP.en if someone.language == "en" else SIGN_UP.fr
    return destination(someone.partners[0], someone.language) if len(someone.partners) == 1 else ""


def world_table() -> bytes:
    """Return the routing table, in mode direct."""
    partners = [
        (partner(id_, f"Partner {id_}", url=Bilingual(en=destination(id_, "en"), fr=destination(id_, "fr"))), (code,))
        for code in CODES
        for id_ in partners_of(code)
    ]
    return table_bytes(partners=partners, operator_=operator(mode="direct"))


def world_ranges() -> list[str]:
    """Return the lines of the range file that say where each address is."""
    starts = [_FIRST_NETWORK + index * _NETWORK_SIZE for index in range(len(CODES))]
    return [f"{start},{start + _NETWORK_SIZE - 1},{code}" for start, code in zip(starts, CODES, strict=True)]
