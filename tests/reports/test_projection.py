"""Tests of the projection: each entry counted once, figures that can be rebuilt, and their publication to the list."""

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.db import transaction

from renvoi.domain.ledger_entry import Act, Entry, make_ref
from renvoi.domain.places import CountryCode
from renvoi.ledger.protocol import Store
from renvoi.ledger.sqlite import SqliteStore
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.reports import projection
from renvoi.reports.models import ProjectionCursor, SentOnDay
from renvoi.reports.projection import project, rebuild
from tests.cast import ALO_BRASIL, AZULEJO, stored_many

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = count()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(SqliteStore(tmp_path / "ledger.sqlite3")) as opened:
        opened.prepare()
        yield opened


@pytest.fixture
def partners() -> Sequence[Partner]:
    return stored_many(ALO_BRASIL, AZULEJO)


def entry(partner: Partner | None, *, at: datetime = NOW, act: Act = "sent") -> Entry:
    at_ms = int(at.timestamp() * 1000)
    return Entry(
        ref=make_ref(at_ms=at_ms, random_bytes=next(_numbers).to_bytes(10, "little")),
        at_ms=at_ms,
        act=act,
        decision="partner",
        reason="visitor_chose",
        country=CountryCode("PT"),
        region=None,
        country_source="parameter",
        language="fr",
        partner=partner.id if partner else None,
        source=None,
        generation=3,
    )


def figures() -> list[int]:
    return list(Partner.objects.order_by("id").values_list("sent_30_days", flat=True))


def rows() -> list[tuple[int, date, int]]:
    return list(SentOnDay.objects.order_by("day", "partner").values_list("partner", "day", "count"))


def test_only_entries_sent_to_one_partner_are_counted(store: Store, partners: Sequence[Partner]) -> None:
    alo, azulejo = partners
    store.append([entry(alo), entry(alo), entry(azulejo), entry(alo, act="shown"), entry(None)])
    assert project(store, at=NOW) == 5
    assert figures() == [2, 1]
    assert rows() == [(alo.id, date(2026, 11, 25), 2), (azulejo.id, date(2026, 11, 25), 1)]


def test_projection_resumes_at_cursor(store: Store, partners: Sequence[Partner]) -> None:
    alo, azulejo = partners
    store.append([entry(alo)])
    assert project(store, at=NOW) == 1
    assert project(store, at=NOW) == 0
    store.append([entry(alo), entry(azulejo)])
    assert project(store, at=NOW) == 2
    assert (figures(), ProjectionCursor.objects.get().position) == ([2, 1], 3)


def test_day_is_in_operator_time_zone(store: Store, partners: Sequence[Partner]) -> None:
    late = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # 22 h in Toronto, the day before
    store.append([entry(partners[0], at=late)])
    project(store, at=NOW)
    assert rows() == [(partners[0].id, date(2026, 11, 24), 1)]


def test_thirty_day_window_moves_with_time(store: Store, partners: Sequence[Partner]) -> None:
    alo, _ = partners
    store.append([entry(alo, at=NOW - 29 * DAY), entry(alo, at=NOW - 30 * DAY), entry(alo)])
    project(store, at=NOW)
    assert figures() == [2, 0]
    project(store, at=NOW + DAY)
    assert figures() == [1, 0]


def test_rebuild_restores_same_figures(store: Store, partners: Sequence[Partner]) -> None:
    store.append([entry(partner, at=NOW - number * DAY) for number in range(40) for partner in partners])
    project(store, at=NOW)
    before = (figures(), rows())
    SentOnDay.objects.update(count=99)
    assert rebuild(store, at=NOW) == 80
    assert (figures(), rows()) == before


def test_ledger_longer_than_a_batch_is_counted_completely(
    store: Store, partners: Sequence[Partner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "_BATCH_SIZE", 7)
    store.append([entry(partners[number % 2]) for number in range(50)])
    assert project(store, at=NOW) == 50
    assert figures() == [25, 25]


def test_crash_between_steps_loses_and_duplicates_nothing(store: Store, partners: Sequence[Partner]) -> None:
    store.append([entry(partners[0]) for _ in range(5)])

    with suppress(SystemExit), transaction.atomic():
        projection._project_batch(store)
        raise SystemExit
    assert (rows(), ProjectionCursor.objects.filter(position__gt=0).exists()) == ([], False)
    project(store, at=NOW)
    assert figures() == [5, 0]


def test_deleted_partner_does_not_affect_others(store: Store, partners: Sequence[Partner]) -> None:
    gone = Partner(id=10**9)
    store.append([entry(gone), entry(partners[1])])
    project(store, at=NOW)
    assert figures() == [0, 1]


def test_referrals_of_a_partner_deleted_for_good_still_count(store: Store, partners: Sequence[Partner]) -> None:
    store.append([entry(partners[0]), entry(partners[0]), entry(partners[1])])
    project(store, at=NOW)
    before = rows()
    actions.trash_partner(partner_id=partners[0].id, actor=None, channel="cli")
    actions.purge_partners(partners=Partner.objects.all(), actor=None, channel="cli")
    assert rows() == before
    rebuild(store, at=NOW)
    assert (rows(), figures()) == (before, [1])
    assert [recorded.entry.partner for recorded in store.read(after=0, limit=9)].count(partners[0].id) == 2
