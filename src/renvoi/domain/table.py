"""Define the values of a routing table, from which the gateway routes visitors: partners and the operator.

`table_codec` encodes them to bytes and back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol
from urllib.parse import quote

from renvoi.domain.addresses import is_sendable
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import CountryCode, Language, RegionCode

Mode = Literal["present", "direct"]
State = Literal["active", "paused", "to_come", "ended"]

LOGO_KEY_LENGTH = 16
"""How many hexadecimal digits of its digest the path of a logo has."""
_SHOWN_SIZE = 240, 40


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


class Period(NamedTuple):
    """Days of the operator's calendar, from the first to the last, both included; None is no limit."""

    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner, as the gateway needs it.

    `priority` is 1 (highest) to 9. `agreements` are the periods of its agreements, in any order; a partner without an
    agreement has one period without limits.
    """

    id: int
    name: str
    url: Bilingual
    description: Bilingual
    priority: int
    active: bool
    agreements: tuple[Period, ...]

    def state_on(self, day: date) -> State:
        """Return the effective state on a day of the operator's calendar."""
        return effective_state(active=self.active, agreements=self.agreements, day=day)


def effective_state(*, active: bool, agreements: Iterable[Period], day: date) -> State:
    """Return the state that results from a partner's status and the periods of its agreements on one day.

    A paused partner is paused whatever its agreements, because resuming it is the first thing that staff would have to
    do. Between two agreements, the next one is to come.
    """
    if not active:
        return "paused"
    state: State = "ended"
    for starts_on, ends_on in agreements:
        if starts_on is not None and day < starts_on:
            state = "to_come"
        elif ends_on is None or day <= ends_on:
            return "active"
    return state


@dataclass(frozen=True, slots=True)
class Logo:
    """The operator's logo: the SHA-256 of its PNG, in hexadecimal, and its size. A table has no pixels."""

    digest: str
    width: int
    height: int

    @property
    def path(self) -> str:
        """The path of the PNG on the gateway. Another image has another path."""
        return f"/logo/{self.digest[:LOGO_KEY_LENGTH]}.png"

    @property
    def shown_size(self) -> tuple[int, int]:
        """The width and height on a page, in CSS pixels: at most 240 × 40. A larger one is sharp on any screen."""
        scale = min(1, _SHOWN_SIZE[0] / self.width, _SHOWN_SIZE[1] / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator, as the gateway needs it.

    `covered_countries` are those served in full; `covered_regions` maps each country that is served in part to the
    regions that are served. The others are for the pages of visitors: the operator's site, a text (plain, in paragraphs
    that are parted by empty lines), an e-mail address or web address to write to, its privacy policy, and its logo.
    """

    name: str
    signup_url: Bilingual
    mode: Mode
    default_language: Language
    time_zone: str
    covered_countries: frozenset[CountryCode]
    covered_regions: Mapping[CountryCode, tuple[RegionCode, ...]]
    site_url: Bilingual = Bilingual()
    text: Bilingual = Bilingual()
    contact: str = ""
    privacy_url: Bilingual = Bilingual()
    logo: Logo | None = None

    @property
    def contact_url(self) -> str:
        """The address of a link to the contact (`mailto:`, `https:` or `http:`); empty if there is none to link to."""
        if is_sendable(self.contact):
            return self.contact
        is_email = "@" in self.contact and ":" not in self.contact
        return f"mailto:{quote(self.contact, safe='@')}" if is_email else ""


class TableLike(Protocol):
    """A routing table: one decoded from bytes, or one with changes that are not published (`domain.difference`)."""

    @property
    def generation(self) -> int:
        """The number of the table."""

    @property
    def operator(self) -> Operator:
        """The operator and its coverage area."""

    def candidates(self, country: CountryCode) -> tuple[Candidate, ...]:
        """Return the partners that serve a country, in whatever state, sorted by priority and id."""

    def countries_served_by(self, partner_ids: Collection[int]) -> frozenset[CountryCode]:
        """Return the countries that at least one of these partners serves. Ids that are not in the table serve none."""


def operator_day(at: datetime, *, time_zone: str) -> date:
    """Return the operator's calendar day at an aware datetime; see `zone_of` for a zone that is not known."""
    return at.astimezone(zone_of(time_zone)).date()
