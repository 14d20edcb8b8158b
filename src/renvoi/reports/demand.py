"""How many prospects came from where, and what they were answered: sums of the daily figures."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import Sum

from renvoi.domain.places import CountryCode, Language
from renvoi.domain.routing import DecisionKind
from renvoi.reports.models import VisitsOnDay
from renvoi.reports.projection import WINDOW

_OUTSIDE = ("partner", "choice", "none")

Demand = Mapping[tuple[CountryCode, Language], int]
"""A number of prospects, by their country and language. Those that have none are left out."""


class Answered(NamedTuple):
    """How often prospects got a decision at the entry, and how many went on from its page to a partner."""

    visits: int
    clicks: int


def recent_demand(*, today: date) -> Demand:
    """Return how many prospects from outside the coverage area came in the 30 days that end today. One query.

    Each answer at the entry counts as one prospect; a click on a partner is the same prospect again.
    """
    rows = VisitsOnDay.objects.filter(day__gt=today - WINDOW, day__lte=today, decision__in=_OUTSIDE, visits__gt=0)
    sums = rows.exclude(country="").values_list("country", "language").annotate(Sum("visits"))
    return {(country, language): total for country, language, total in sums}


def answered(
    country: CountryCode | None, language: Language, *, first: date, last: date
) -> Mapping[DecisionKind, Answered]:
    """Return what the prospects of a country, None if unknown, who read a language got from one day to another."""
    rows = VisitsOnDay.objects.filter(day__gte=first, day__lte=last, country=country or "", language=language)
    sums = rows.values_list("decision").annotate(Sum("visits"), Sum("clicks"))
    return {decision: Answered(visits, clicks) for decision, visits, clicks in sums}
