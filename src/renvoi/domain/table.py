"""Define the routing table, from which the gateway routes visitors, and encode it to bytes and back.

`table_content` has the form of the bytes. Each partner and each country's list of candidates is JSON, and is decoded
when the country is first used, so that loading a large table does not block the interpreter for long. See
docs/adr/0005.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from renvoi.domain.addresses import is_sendable
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.domain.table_content import TableContent, TableDamaged, as_json, partner_line, split_table

__all__ = [
    "Bilingual",
    "Candidate",
    "Mode",
    "Operator",
    "RoutingTable",
    "State",
    "TableContent",
    "TableDamaged",
    "content_of",
    "effective_state",
    "encode_table",
    "operator_day",
]

Mode = Literal["present", "direct"]
State = Literal["active", "paused", "to_come", "ended"]


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text or address in both languages; an empty string in a language that has none."""

    en: str = ""
    fr: str = ""

    def in_language(self, language: Language) -> tuple[str, Language]:
        """Return the text in `language` if there is one, else in the other language, and the language returned."""
        own, other = (self.en, self.fr) if language == "en" else (self.fr, self.en)
        if own or not other:
            return own, language
        return other, "fr" if language == "en" else "en"

    def address_in(self, language: Language) -> tuple[str, Language]:
        """Return the address in `language` as `in_language` does. One that can't be sent counts as none."""
        if (not self.en or is_sendable(self.en)) and (not self.fr or is_sendable(self.fr)):
            return self.in_language(language)
        return Bilingual(*(href if is_sendable(href) else "" for href in (self.en, self.fr))).in_language(language)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner, as the gateway needs it.

    `priority` is 1 (highest) to 9. The agreement includes both `starts_on` and `ends_on`; None is no limit.
    """

    id: int
    name: str
    url: Bilingual
    description: Bilingual
    priority: int
    active: bool
    starts_on: date | None
    ends_on: date | None

    def state_on(self, day: date) -> State:
        """Return the effective state on a day of the operator's calendar."""
        return effective_state(active=self.active, starts_on=self.starts_on, ends_on=self.ends_on, day=day)


def effective_state(*, active: bool, starts_on: date | None, ends_on: date | None, day: date) -> State:
    """Return the state that results from a partner's status and agreement on one day.

    The agreement includes both its days. A paused partner is paused whatever its agreement, because resuming it is
    the first thing that staff would have to do.
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
    """Return the operator's calendar day at an aware datetime; see `zone_of` for a zone that is not known."""
    return at.astimezone(zone_of(time_zone)).date()


class RoutingTable:
    """An immutable routing table, decoded from bytes. Equal bytes lead to equal decisions on every host."""

    __slots__ = ("_body", "_candidates", "_index", "generation", "operator")

    def __init__(self, content: bytes) -> None:
        """Raises TableDamaged if the bytes are truncated, altered or of another version."""
        header, self._body = split_table(content)
        try:
            self.generation: int = int(header["generation"])
            self.operator: Operator = _decode_operator(header["operator"])
            self._index: dict[str, tuple[int, int]] = {
                country: (start, end) for country, (start, end) in header["countries"].items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise TableDamaged(f"the header of the routing table can't be read: {error!r}") from error
        self._candidates: dict[CountryCode, tuple[Candidate, ...]] = {}

    @property
    def countries(self) -> frozenset[CountryCode]:
        """The countries that at least one partner in the table serves, in whatever state the partner is."""
        return frozenset(cast("Iterable[CountryCode]", self._index))

    def candidates(self, country: CountryCode) -> tuple[Candidate, ...]:
        """Return the partners that serve a country, in whatever state, sorted by priority and id."""
        candidates = self._candidates.get(country)
        if candidates is None:
            candidates = self._candidates[country] = self._decode(country)
        return candidates

    def _decode(self, country: CountryCode) -> tuple[Candidate, ...]:
        span = self._index.get(country)
        if span is None:
            return ()
        spans = json.loads(self._body[span[0] : span[1]])
        partners = (_decode_candidate(json.loads(self._body[start:end])) for start, end in spans)
        return tuple(sorted(partners, key=lambda partner: (partner.priority, partner.id)))


def encode_table(
    *, generation: int, operator: Operator, partners: Iterable[tuple[Candidate, Iterable[CountryCode]]]
) -> bytes:
    """Return the bytes of a table of partners, each with its countries. The caller leaves out trashed partners."""
    return content_of(operator=operator, partners=partners).to_table(generation)


def content_of(*, operator: Operator, partners: Iterable[tuple[Candidate, Iterable[CountryCode]]]) -> TableContent:
    """Return the content of a table of partners, each with its countries, sorted by id."""
    lines = {
        candidate.id: partner_line(candidate.id, countries, _encode_candidate(candidate))
        for candidate, countries in partners
    }
    return TableContent(operator=as_json(_encode_operator(operator)), partners=lines)


def _encode_operator(operator: Operator) -> dict[str, object]:
    return {
        "name": operator.name,
        "signup_url": [operator.signup_url.en, operator.signup_url.fr],
        "mode": operator.mode,
        "default_language": operator.default_language,
        "time_zone": operator.time_zone,
        "whole": sorted(operator.covered_countries),
        "partial": {country: list(regions) for country, regions in sorted(operator.covered_regions.items())},
    }


def _decode_operator(value: dict[str, Any]) -> Operator:
    return Operator(
        name=value["name"],
        signup_url=Bilingual(*value["signup_url"]),
        # Another version may have published other values.
        mode="direct" if value["mode"] == "direct" else "present",
        default_language="en" if value["default_language"] == "en" else "fr",
        time_zone=value["time_zone"],
        covered_countries=frozenset(value["whole"]),
        covered_regions={country: tuple(regions) for country, regions in value["partial"].items()},
    )


def _encode_candidate(candidate: Candidate) -> list[object]:
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


def _decode_candidate(value: list[Any]) -> Candidate:
    # A newer version may append further fields.
    id_, name, url, description, priority, active, starts_on, ends_on, *_ = value
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
