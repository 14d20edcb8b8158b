"""Define the values of a routing table, from which the gateway routes visitors: partners and the operator.

`table_codec` encodes them to bytes and back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from renvoi.domain.addresses import is_sendable
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import CountryCode, Language, RegionCode

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
