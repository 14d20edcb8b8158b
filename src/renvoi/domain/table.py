"""Hides the form of the routing table: what the gateway obeys, as values and as bytes.

The bytes are: an 8-byte mark, the SHA-256 of all that follows, the length of the head (4 bytes, big-endian), the head
(JSON: generation, operator, index of countries), then the body. The body holds each partner once and, for each country
served, the list of its candidates; both are JSON and decoded at a country's first use, so that loading a table of any
size never holds the interpreter for long. See docs/adr/0005.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from renvoi.domain.places import CountryCode, Language, RegionCode

Mode = Literal["present", "direct"]
State = Literal["active", "paused", "to_come", "ended"]

_MARK = b"RENVOI\x00\x01"
_DIGEST_END = len(_MARK) + 32
_HEAD_START = _DIGEST_END + 4


class TableDamaged(ValueError):
    """The bytes are not a routing table of this version, or not whole."""


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text or address in both languages; an empty string where there is none."""

    en: str = ""
    fr: str = ""

    def in_language(self, language: Language) -> tuple[str, Language]:
        """The text in `language` where there is one, else in the other; and the language that it is in."""
        own, other = (self.en, self.fr) if language == "en" else (self.fr, self.en)
        if own or not other:
            return own, language
        return other, "fr" if language == "en" else "en"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner as the gateway knows it. `priority` is 1 (first) to 9; the agreement's days are both inside it."""

    id: int
    name: str
    url: Bilingual
    description: Bilingual
    priority: int
    active: bool
    starts_on: date | None
    ends_on: date | None

    def state_on(self, day: date) -> State:
        """The effective state on that day of the operator's calendar."""
        return effective_state(active=self.active, starts_on=self.starts_on, ends_on=self.ends_on, day=day)


def effective_state(*, active: bool, starts_on: date | None, ends_on: date | None, day: date) -> State:
    """What a partner's status and agreement amount to on one day; both days of the agreement are inside it.

    A paused partner is paused whatever its agreement says: resuming it is the first thing that staff would have to do.
    """
    if not active:
        return "paused"
    if starts_on is not None and day < starts_on:
        return "to_come"
    if ends_on is not None and day > ends_on:
        return "ended"
    return "active"


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator, as the gateway needs it.

    `covered_countries` are those served in full; `covered_regions` maps each country that is served in part to the
    regions that are served.
    """

    name: str
    signup_url: Bilingual
    mode: Mode
    default_language: Language
    time_zone: str
    covered_countries: frozenset[CountryCode]
    covered_regions: Mapping[CountryCode, tuple[RegionCode, ...]]


def operator_day(at: datetime, *, time_zone: str) -> date:
    """The operator's calendar day at that moment (aware). Raises ZoneInfoNotFoundError for an unknown zone."""
    return at.astimezone(_zone(time_zone)).date()


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


class RoutingTable:
    """An immutable table, read from its bytes. Equal bytes decide alike, on every host."""

    __slots__ = ("_body", "_candidates", "_index", "generation", "operator")

    def __init__(self, content: bytes) -> None:
        """Raises TableDamaged where the bytes are cut, altered or of another version."""
        head, self._body = _split(content)
        try:
            self.generation: int = int(head["generation"])
            self.operator: Operator = _operator_from(head["operator"])
            self._index: dict[str, tuple[int, int]] = {key: (at, to) for key, (at, to) in head["countries"].items()}
        except (KeyError, TypeError, ValueError) as error:
            raise TableDamaged(f"the head of the routing table can't be read: {error!r}") from error
        self._candidates: dict[CountryCode, tuple[Candidate, ...]] = {}

    @property
    def countries(self) -> frozenset[CountryCode]:
        """Every country that at least one partner outside the trash serves, whether or not it can receive."""
        return frozenset(cast("Iterable[CountryCode]", self._index))

    def candidates(self, country: CountryCode) -> tuple[Candidate, ...]:
        """Every partner of that country outside the trash, best priority first, then by id."""
        found = self._candidates.get(country)
        if found is None:
            found = self._candidates[country] = self._decode(country)
        return found

    def _decode(self, country: CountryCode) -> tuple[Candidate, ...]:
        place = self._index.get(country)
        if place is None:
            return ()
        spans = json.loads(self._body[place[0] : place[1]])
        partners = (_candidate_from(json.loads(self._body[start:end])) for start, end in spans)
        return tuple(sorted(partners, key=lambda partner: (partner.priority, partner.id)))


def encode_table(
    *, generation: int, operator: Operator, partners: Iterable[tuple[Candidate, Iterable[CountryCode]]]
) -> bytes:
    """The bytes of a table. Partners in the trash are for the caller to leave out; all others belong in it."""
    body = bytearray()
    spans: dict[CountryCode, list[tuple[int, int]]] = {}
    for candidate, countries in partners:
        start = len(body)
        body += _json(_candidate_to(candidate))
        for country in countries:
            spans.setdefault(country, []).append((start, len(body)))
    index: dict[CountryCode, tuple[int, int]] = {}
    for country in sorted(spans):
        start = len(body)
        body += _json(spans[country])
        index[country] = (start, len(body))
    head = _json({"generation": generation, "operator": _operator_to(operator), "countries": index})
    content = len(head).to_bytes(4, "big") + head + body
    return _MARK + hashlib.sha256(content).digest() + content


def _split(content: bytes) -> tuple[dict[str, Any], bytes]:
    if content[: len(_MARK)] != _MARK:
        raise TableDamaged("these bytes are not a routing table of this version")
    if hashlib.sha256(memoryview(content)[_DIGEST_END:]).digest() != content[len(_MARK) : _DIGEST_END]:
        raise TableDamaged("the routing table is cut or altered: its digest differs")
    head_end = _HEAD_START + int.from_bytes(content[_DIGEST_END:_HEAD_START], "big")
    head = json.loads(content[_HEAD_START:head_end])
    return head, content[head_end:]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _operator_to(operator: Operator) -> dict[str, object]:
    return {
        "name": operator.name,
        "signup_url": [operator.signup_url.en, operator.signup_url.fr],
        "mode": operator.mode,
        "default_language": operator.default_language,
        "time_zone": operator.time_zone,
        "whole": sorted(operator.covered_countries),
        "partial": {country: list(regions) for country, regions in sorted(operator.covered_regions.items())},
    }


def _operator_from(value: dict[str, Any]) -> Operator:
    return Operator(
        name=value["name"],
        signup_url=Bilingual(*value["signup_url"]),
        mode=value["mode"],
        default_language=value["default_language"],
        time_zone=value["time_zone"],
        covered_countries=frozenset(value["whole"]),
        covered_regions={country: tuple(regions) for country, regions in value["partial"].items()},
    )


def _candidate_to(candidate: Candidate) -> list[object]:
    days = (candidate.starts_on, candidate.ends_on)
    return [
        candidate.id,
        candidate.name,
        [candidate.url.en, candidate.url.fr],
        [candidate.description.en, candidate.description.fr],
        candidate.priority,
        candidate.active,
        *(day.isoformat() if day else None for day in days),
    ]


def _candidate_from(value: list[Any]) -> Candidate:
    id_, name, url, description, priority, active, starts_on, ends_on = value
    return Candidate(
        id=id_,
        name=name,
        url=Bilingual(*url),
        description=Bilingual(*description),
        priority=priority,
        active=active,
        starts_on=date.fromisoformat(starts_on) if starts_on else None,
        ends_on=date.fromisoformat(ends_on) if ends_on else None,
    )
