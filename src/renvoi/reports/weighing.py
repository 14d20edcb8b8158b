"""Weigh a change by the prospects that it concerns, and say whether it is so large that it must be confirmed."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Self

from renvoi.domain.difference import CellChange
from renvoi.domain.places import CountryCode, Language
from renvoi.partners.consequences import leaves_nobody
from renvoi.partners.imports.report import Report
from renvoi.reports.demand import Demand, recent_demand

MAX_COUNTRIES = 10
"""From more countries than this a change takes the partner only if it is confirmed."""
MIN_PROSPECTS = 100
"""With fewer prospects than this in 30 days, their share says nothing."""
MAX_SHARE = 0.2
"""From this share of the prospects on, a change that takes the partner from them must be confirmed."""

Group = tuple[CountryCode, Language]
"""Prospects of one country who read one language: the regions of a country are not counted apart."""


class Weight(NamedTuple):
    """What a change weighs. Numbers of prospects are those of the last 30 days.

    `countries` are those where prospects have a partner and would have none; `left` is the number of these prospects,
    and `concerned` that of all whose answer changes. `demand` has all prospects from outside the coverage area.
    """

    countries: frozenset[CountryCode]
    left: int
    concerned: int
    demand: Demand

    @property
    def is_large(self) -> bool:
        """Whether the change takes the partner from so many that a number must be typed to confirm it."""
        total = sum(self.demand.values())
        is_share_large = total >= MIN_PROSPECTS and self.left >= MAX_SHARE * total
        return len(self.countries) > MAX_COUNTRIES or is_share_large


class Concerned(NamedTuple):
    """The prospects whose answer a change changes, and those among them who have a partner and would have none."""

    groups: frozenset[Group]
    left: frozenset[Group]

    @classmethod
    def by(cls, cells: Iterable[CellChange]) -> Self:
        """Return those of the cells that change."""
        groups: set[Group] = set()
        left: set[Group] = set()
        for change in cells:
            if change.cell.country is not None and change.is_seen:
                group = change.cell.country, change.cell.language
                groups.add(group)
                if leaves_nobody(change):
                    left.add(group)
        return cls(frozenset(groups), frozenset(left))


def weigh(concerned: Concerned, *, today: date) -> Weight:
    """Return the weight of a change. One query."""
    demand = recent_demand(today=today)
    return Weight(
        countries=frozenset(country for country, _ in concerned.left),
        left=prospects_of(concerned.left, demand),
        concerned=prospects_of(concerned.groups, demand),
        demand=demand,
    )


def weight_of_import(report: Report, *, today: date) -> Weight:
    """Return the weight of what an import would change, as its report says. One query."""
    weighed: list[tuple[Group, bool]] = [
        ((CountryCode(country), "fr" if language == "fr" else "en"), is_left)
        for country, language, is_left in report.get("weighed", [])
    ]
    left = frozenset(group for group, is_left in weighed if is_left)
    return weigh(Concerned(frozenset(group for group, _ in weighed), left), today=today)


def prospects_of(groups: Iterable[Group], demand: Demand) -> int:
    """Return how many prospects came from these groups. Each group counts once."""
    return sum(demand.get(group, 0) for group in set(groups))
