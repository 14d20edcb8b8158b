"""A routing table is published once, after a crash too, and never holds half of a change."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from threading import Thread

import pytest
from django.db import connection

from renvoi.domain.places import CountryCode
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.partners import actions, routing_table
from renvoi.partners.actions import recording
from renvoi.partners.routing_table import publish
from renvoi.publication import publishing
from renvoi.publication.archive import ArchiveReader
from renvoi.publication.models import ArchivedTable, PublishedTable
from tests.cast import ALO_BRASIL, a_partner, generation, published, set_operator, stored

BR = CountryCode("BR")


def tables() -> list[RoutingTable]:
    """Return all tables of the archive, after checking that those still published are equal to them."""
    reader = ArchiveReader()
    for one in PublishedTable.objects.all():
        assert reader.content(one.generation).to_table(one.generation) == bytes(one.content)
    numbers = ArchivedTable.objects.order_by("generation").values_list("generation", flat=True)
    return [reader.read(number).table for number in numbers]


@pytest.mark.django_db
class TestPublish:
    """`publish`, without concurrent writers."""

    def test_publish_is_idempotent(self) -> None:
        stored(ALO_BRASIL)
        before = list(PublishedTable.objects.values_list("generation", "published_at"))
        assert publish() == publish() == generation()
        assert list(PublishedTable.objects.values_list("generation", "published_at")) == before

    def test_next_publish_publishes_commit_of_killed_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The process dies between its commit and its publication."""
        with monkeypatch.context() as dying:
            dying.setattr(recording, "publish", _die)
            with pytest.raises(SystemExit):
                stored(ALO_BRASIL)
        assert not PublishedTable.objects.filter(generation=generation()).exists()
        assert publish() == generation()
        assert published().countries == {"BR", "PT"}

    def test_bytes_depend_on_rows_only(self) -> None:
        set_operator()
        stored(ALO_BRASIL)
        number = generation()
        content = bytes(PublishedTable.objects.get(generation=number).content)
        PublishedTable.objects.all().delete()
        ArchivedTable.objects.all().delete()
        assert publish() == number
        assert bytes(PublishedTable.objects.get(generation=number).content) == content


def _die() -> int:
    raise SystemExit


def in_another_thread(work: Callable[[], object]) -> None:
    """Run `work` in another thread with its own connection, and wait for it."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (raised again below)
            failures.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def trios(*, numbers: range) -> None:
    """Create three partners in each change set, all or none."""
    for number in numbers:
        many = [a_partner(f"Trio {number} {part}", "BR") for part in "abc"]
        actions.create_partners(many=many, actor=None, channel="cli")


def number_of_trios(table: RoutingTable) -> int:
    """Return how many trios the table holds. Fail if it holds a part of one."""
    trio_names = [candidate.name.rpartition(" ")[0] for candidate in table.candidates(BR)]
    assert {trio_names.count(name) for name in trio_names} <= {3}
    return len(trio_names) // 3


def publish_interrupted(reading: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Publish while another thread commits a trio just before the function named `reading` reads rows."""
    read = getattr(routing_table, reading)

    def interrupted() -> object:
        in_another_thread(lambda: trios(numbers=range(1)))
        return read()

    with monkeypatch.context() as racing:
        # The writer does not publish, so that only this thread's publication is tested.
        racing.setattr(recording, "publish", lambda: 0)
        racing.setattr(routing_table, reading, interrupted)
        return publish()


@pytest.mark.usefixtures("committed")
class TestConcurrentWriters:
    """`publish` reads rows without a lock while other threads write them."""

    @pytest.mark.parametrize("reading", ["_routed_operator", "_candidates", "_countries_by_partner"])
    def test_commit_while_rows_are_read_is_in_next_table(self, reading: str, monkeypatch: pytest.MonkeyPatch) -> None:
        first = generation()
        assert publish_interrupted(reading, monkeypatch) == first
        assert [(table.generation, number_of_trios(table)) for table in tables()] == [(first, 0)]
        assert publish() == generation() == first + 1
        assert number_of_trios(published()) == 1

    def test_without_snapshot_table_mixes_two_moments(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Planted fault: without a snapshot, each query sees what is committed by then."""
        monkeypatch.setattr(publishing, "_read_snapshot", nullcontext)
        number = publish_interrupted("_candidates", monkeypatch)
        assert [(table.generation, number_of_trios(table)) for table in tables()] == [(number, 1)]

    def test_tables_of_concurrent_writers_and_publishers_are_snapshots(self) -> None:
        first = generation()
        writers = [
            Thread(target=_closing(partial(trios, numbers=range(start, start + 4)))) for start in (0, 10, 20, 30)
        ]
        publishers = [Thread(target=_closing(lambda: [publish() for _ in range(20)])) for _ in range(2)]
        for thread in (*writers, *publishers):
            thread.start()
        for thread in (*writers, *publishers):
            thread.join()
        assert publish() == generation() == first + 16
        moments = dict(PublishedTable.objects.values_list("generation", "published_at"))
        archived = ArchivedTable.objects.filter(generation__in=moments)
        assert dict(archived.values_list("generation", "published_at")) == moments
        assert all(number_of_trios(table) == table.generation - first for table in tables() if table.generation > first)
        assert number_of_trios(published()) == 16


def _closing(work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run
