"""Tests of the daily figures by country, language and decision: projection, its own cursor, and the sums of days."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from renvoi.domain.ledger_entry import Entry, make_ref
from renvoi.domain.places import CountryCode, Language
from renvoi.domain.routing import DecisionKind, Reason
from renvoi.ledger.protocol import Store
from renvoi.ledger.sqlite import SqliteStore
from renvoi.partners.models import Partner
from renvoi.reports import projection
from renvoi.reports.demand import Answered, answered, recent_demand
from renvoi.reports.models import ProjectionCursor, VisitsOnDay
from renvoi.reports.projection import project, rebuild
from tests.cast import ALO_BRASIL, stored

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
BRAZIL = CountryCode("BR")
_numbers = count()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(SqliteStore(tmp_path / "ledger.sqlite3")) as opened:
        opened.prepare()
        yield opened


def entry(
    country: str | None = "BR",
    language: Language = "fr",
    decision: DecisionKind = "partner",
    *,
    reason: Reason = "only_candidate",
    at: datetime = NOW,
    partner: int | None = None,
) -> Entry:
    at_ms = int(at.timestamp() * 1000)
    return Entry(
        ref=make_ref(at_ms=at_ms, random_bytes=next(_numbers).to_bytes(10, "little")),
        at_ms=at_ms,
        act="sent" if partner else "shown",
        decision=decision,
        reason=reason,
        country=CountryCode(country) if country else None,
        region=None,
        country_source="address" if country else "unknown",
        language=language,
        partner=partner,
        source=None,
        generation=3,
    )


def click(partner: int = 7) -> Entry:
    return entry(reason="visitor_chose", partner=partner)


def rows() -> list[tuple[object, ...]]:
    fields = ("day", "country", "language", "decision", "visits", "clicks")
    return list(VisitsOnDay.objects.order_by(*fields).values_list(*fields))


def test_answers_are_counted_by_day_country_language_and_decision(store: Store) -> None:
    unknown = entry(None, decision="unknown", reason="no_country")
    store.append([entry(), entry(), click(), entry(language="en"), entry(decision="none"), unknown])
    project(store, at=NOW)
    assert rows() == [
        (TODAY, "", "fr", "unknown", 1, 0),
        (TODAY, "BR", "en", "partner", 1, 0),
        (TODAY, "BR", "fr", "none", 1, 0),
        (TODAY, "BR", "fr", "partner", 2, 1),
    ]


def test_later_batches_are_added_to_the_same_rows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "_BATCH_SIZE", 3)
    store.append([entry() for _ in range(10)] + [click() for _ in range(4)])
    project(store, at=NOW)
    store.append([entry()])
    project(store, at=NOW)
    assert rows() == [(TODAY, "BR", "fr", "partner", 11, 4)]


def test_more_rows_than_one_query_takes_are_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "_ROWS_PER_QUERY", 4)
    store.append([entry(at=NOW - number * DAY) for number in range(30)])
    project(store, at=NOW)
    assert [row[0] for row in rows()] == [TODAY - number * DAY for number in reversed(range(30))]


def test_entries_that_an_older_version_has_projected_are_counted_once(store: Store) -> None:
    """A host of a version without these figures moves its own cursor; the list's figure is not counted again."""
    partner = stored(ALO_BRASIL)
    store.append([entry(partner=partner.id), entry(partner=partner.id)])
    project(store, at=NOW)
    VisitsOnDay.objects.all().delete()
    ProjectionCursor.objects.update(visits_position=0)
    store.append([entry(partner=partner.id)])
    project(store, at=NOW)
    assert rows() == [(TODAY, "BR", "fr", "partner", 3, 0)]
    assert Partner.objects.get().sent_30_days == 3
    assert ProjectionCursor.objects.values_list("position", "visits_position").get() == (3, 3)


def test_rebuild_restores_the_same_rows(store: Store) -> None:
    store.append([entry(at=NOW - number * DAY) for number in range(40)] + [click()])
    project(store, at=NOW)
    before = rows()
    VisitsOnDay.objects.update(visits=99)
    rebuild(store, at=NOW)
    assert rows() == before


def test_recent_demand_covers_thirty_days_and_only_visits_from_outside_the_coverage(store: Store) -> None:
    store.append(
        [
            entry(),
            click(),
            entry(decision="none"),
            entry(at=NOW - 29 * DAY),
            entry(at=NOW - 30 * DAY),
            entry("CA", decision="own", reason="in_coverage"),
            entry("CA", decision="region", reason="no_region"),
            entry(None, decision="unknown", reason="no_country"),
            entry("PT", "en", "choice", reason="same_priority"),
        ]
    )
    project(store, at=NOW)
    assert recent_demand(today=TODAY) == {("BR", "fr"): 3, ("PT", "en"): 1}


def test_answered_sums_a_period_for_one_country_and_language(store: Store) -> None:
    store.append([entry(), click(), entry(at=NOW - DAY), entry(decision="none", at=NOW - 2 * DAY)])
    store.append([entry(language="en"), entry("PT"), entry(at=NOW - 3 * DAY)])
    project(store, at=NOW)
    assert answered(BRAZIL, "fr", first=TODAY - 2 * DAY, last=TODAY) == {
        "partner": Answered(2, 1),
        "none": Answered(1, 0),
    }
    assert answered(None, "fr", first=TODAY - 2 * DAY, last=TODAY) == {}
