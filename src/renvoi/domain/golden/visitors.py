"""Define a golden visitor, and the list of them. Pure: nothing here reads the database."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple, get_args

from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.domain.routing import Visitor

ExpectedKind = Literal["partner", "choice", "none", "own", "region"]
"""What can be expected of a visitor whose country is known: the kinds of `routing.DecisionKind` but "unknown"."""
EXPECTED_KINDS: tuple[ExpectedKind, ...] = get_args(ExpectedKind)
MAX_GOLDEN = 500
"""Golden visitors of one list. The history records the whole list with each change of it."""


class Case(NamedTuple):
    """What is asked: no two golden visitors of a list ask the same. `day` None: the day on which it is checked."""

    country: CountryCode
    region: RegionCode | None
    language: Language
    day: date | None


class TooMany(ValueError):
    """The list would have more than MAX_GOLDEN golden visitors."""


@dataclass(frozen=True, slots=True)
class GoldenVisitor:
    """A visitor, and what is expected of the decision about it: its kind, the partner, or both.

    A partner alone must be the only one to receive the visitor; with "choice", it must be among those that are shown.
    """

    case: Case
    decision: ExpectedKind | None = None
    partner: int | None = None

    @property
    def visitor(self) -> Visitor:
        """The visitor about whom is decided."""
        return Visitor(self.case.country, "parameter", self.case.region, self.case.language)

    def to_json(self) -> list[Any]:
        """Return it as the history and the database record it."""
        country, region, language, day = self.case
        return [country, region or "", language, day.isoformat() if day else "", self.decision or "", self.partner]

    @classmethod
    def from_json(cls, recorded: Sequence[Any]) -> "GoldenVisitor":
        """Return what `to_json` recorded. Raises ValueError or TypeError for anything else."""
        country, region, language, day, decision, partner = recorded
        if not all(isinstance(text, str) for text in recorded[:5]) or language not in {"fr", "en"}:
            raise ValueError("not a golden visitor")
        if decision not in {"", *EXPECTED_KINDS} or not (partner is None or type(partner) is int):
            raise ValueError("not an expectation")
        case = Case(
            CountryCode(country), RegionCode(region) or None, language, date.fromisoformat(day) if day else None
        )
        return cls(case, decision or None, partner)


GoldenList = tuple[GoldenVisitor, ...]


def readable(recorded: object) -> GoldenList:
    """Return the golden visitors that a database column holds, without those that this version can't read."""
    golden = []
    for one in recorded if isinstance(recorded, list) else []:
        with suppress(ValueError, TypeError):
            golden.append(GoldenVisitor.from_json(one))
    return tuple(golden)


def with_golden(listed: Iterable[GoldenVisitor], *more: GoldenVisitor, without: Case | None = None) -> GoldenList:
    """Return the list with more, each in the place of the one that asks the same; and without another case.

    The list is sorted by country, region, language and day. Raises TooMany.
    """
    by_case = {golden.case: golden for golden in listed if golden.case != without}
    by_case |= {golden.case: golden for golden in more}
    if len(by_case) > MAX_GOLDEN:
        raise TooMany
    return tuple(sorted(by_case.values(), key=_order))


def _order(golden: GoldenVisitor) -> tuple[str, str, str, date]:
    country, region, language, day = golden.case
    return country, region or "", language, day or date.min
