"""Tests of the weight of a change: whom it concerns, from whom it takes the partner, and when it is large."""

from datetime import date

import pytest

from renvoi.domain.difference import CellChange, Outcome
from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.domain.routing import Visitor
from renvoi.reports.demand import Demand
from renvoi.reports.models import VisitsOnDay
from renvoi.reports.weighing import Concerned, Weight, weigh

TODAY = date(2026, 11, 25)
ALO = Outcome("partner", "only_candidate", (1,), "https://alo.example/", "fr")
NOBODY = Outcome("none", "no_partner")
OWN = Outcome("own", "in_coverage", (), "https://signup.example/", "fr")
CODES = [CountryCode(f"{first}{second}") for first in "ABCDEFGH" for second in "ABCDEFGH"]


def change(code: str, before: Outcome, after: Outcome, *, language: Language = "fr", region: str = "") -> CellChange:
    visitor = Visitor(CountryCode(code), "parameter", RegionCode(region) if region else None, language)
    return CellChange(visitor, before, after)


def weight(*, countries: int, left: int = 0, total: int = 0) -> Weight:
    demand: Demand = {(CountryCode("BR"), "fr"): left, (CountryCode("PT"), "fr"): total - left}
    return Weight(frozenset(CODES[:countries]), left, left, demand)


@pytest.mark.parametrize(
    ("countries", "left", "total", "verdict"),
    [
        (0, 0, 0, False),
        (10, 0, 0, False),
        (11, 0, 0, True),
        (1, 99, 99, False),
        (1, 20, 100, True),
        (1, 19, 100, False),
        (1, 200, 1_000, True),
        (1, 199, 1_000, False),
    ],
)
def test_large_changes_leave_many_countries_or_many_prospects(
    countries: int,
    left: int,
    total: int,
    verdict: bool,  # noqa: FBT001 (a value of the table)
) -> None:
    assert weight(countries=countries, left=left, total=total).is_large is verdict


def test_partner_is_taken_only_where_nobody_follows() -> None:
    other = ALO._replace(partners=(2,))
    concerned = Concerned.by(
        [
            change("BR", ALO, NOBODY),
            change("PT", ALO, other),
            change("CA", ALO, OWN),
            change("FR", NOBODY, ALO),
            change("BE", ALO, ALO._replace(destination="https://alo.example/fr"), language="en"),
        ]
    )
    assert sorted(concerned.left) == [("BR", "fr"), ("CA", "fr")]
    assert sorted(concerned.groups) == [("BE", "en"), ("BR", "fr"), ("CA", "fr"), ("FR", "fr"), ("PT", "fr")]


def test_another_reason_for_the_same_answer_concerns_nobody() -> None:
    assert Concerned.by([change("BR", ALO, ALO._replace(reason="best_priority"))]) == Concerned(
        frozenset(), frozenset()
    )


def test_regions_of_a_country_are_one_group() -> None:
    cells = [change("CA", ALO, NOBODY, region=region) for region in ("CA-ON", "CA-QC", "")]
    assert [sorted(groups) for groups in Concerned.by(cells)] == [[("CA", "fr")], [("CA", "fr")]]


@pytest.mark.django_db
def test_weight_counts_the_prospects_of_thirty_days() -> None:
    rows = [("BR", "fr", 40), ("BR", "en", 5), ("PT", "fr", 55)]
    VisitsOnDay.objects.bulk_create(
        VisitsOnDay(day=TODAY, country=code, language=language, decision="partner", visits=visits, clicks=visits)
        for code, language, visits in rows
    )
    cells = [change("BR", ALO, NOBODY), change("PT", ALO, ALO._replace(partners=(2,)))]
    found = weigh(Concerned.by(cells), today=TODAY)
    assert (sorted(found.countries), found.left, found.concerned, found.is_large) == (["BR"], 40, 95, True)
