"""Go through all countries of a routing table once, and note where each available partner receives prospects."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from renvoi.domain.places import COUNTRIES, CountryCode
from renvoi.domain.routing import Reason, is_available, receivers_among
from renvoi.domain.table import Candidate, Operator, TableLike


@dataclass(slots=True)
class Reach:
    """Where a partner that is available today receives prospects, where others come before it, and where it is hidden.

    `behind` has the countries in which a better priority comes first, and `hidden` those that the operator covers
    entirely. `ahead` are the ids of the partners that come first, one of each country.
    """

    partner: Candidate
    receives: list[CountryCode] = field(default_factory=list)
    behind: list[CountryCode] = field(default_factory=list)
    hidden: list[CountryCode] = field(default_factory=list)
    ahead: set[int] = field(default_factory=set)

    @property
    def countries(self) -> list[CountryCode]:
        """All its countries, in no particular order."""
        return self.receives + self.behind + self.hidden


@dataclass(slots=True)
class Country:
    """A country that the operator does not cover entirely: its candidates, and those of them that receive prospects."""

    code: CountryCode
    candidates: tuple[Candidate, ...]
    receivers: tuple[Candidate, ...]
    reason: Reason


@dataclass(slots=True)
class Survey:
    """The countries that the operator does not cover entirely, by code, and the reach of each available partner."""

    operator: Operator
    countries: dict[CountryCode, Country]
    reaches: dict[int, Reach]
    available: Callable[[Candidate, date], bool]

    def is_served(self, country: CountryCode) -> bool:
        """Return whether prospects of a country get a partner, or the operator in all of it or in a part."""
        operator = self.operator
        if country in operator.covered_countries or country in operator.covered_regions:
            return True
        return bool(self.countries[country].receivers) if country in self.countries else False


def survey_table(table: TableLike, *, day: date) -> Survey:
    """Return what the table does on a day of the operator's calendar. Pure; each partner is examined once a day."""
    available = examining_once()
    survey = Survey(table.operator, {}, {}, available)
    for code in sorted(COUNTRIES):
        candidates = table.candidates(code)
        is_hidden = code in table.operator.covered_countries
        receivers, reason = receivers_among(candidates, day=day, available=available)
        if not is_hidden:
            survey.countries[code] = Country(code, candidates, tuple(receivers), reason)
        first = receivers[0] if receivers else None
        for candidate in candidates:
            if not available(candidate, day):
                continue
            reach = survey.reaches.get(candidate.id) or survey.reaches.setdefault(candidate.id, Reach(candidate))
            if is_hidden:
                reach.hidden.append(code)
            elif first is None or candidate.priority == first.priority:
                reach.receives.append(code)
            else:
                reach.behind.append(code)
                reach.ahead.add(first.id)
    return survey


def examining_once() -> Callable[[Candidate, date], bool]:
    """Return `is_available` for the partners of one table. Each is examined once for each day."""
    answers: dict[tuple[int, date], bool] = {}

    def available(candidate: Candidate, day: date) -> bool:
        answer = answers.get((candidate.id, day))
        if answer is None:
            answer = answers[candidate.id, day] = is_available(candidate, day)
        return answer

    return available
