"""Every published table is archived, and is read exactly as it was or not at all."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db.models import F
from django.utils import timezone

from renvoi.domain.table_codec.content import TableContent, TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.partners.routing_table import publish
from renvoi.publication.archive import ArchiveReader, TableNotArchived, generation_at, read_archived
from renvoi.publication.models import ArchivedTable, PublishedTable
from tests.cast import ALO_BRASIL, AZULEJO, BOREALE, PRAIRIE, a_partner, generation, set_operator, stored, with_changes
from tests.partners.acting import restore, trash, update

pytestmark = pytest.mark.django_db


def hot() -> bytes:
    """Return the bytes of the newest published table, as the gateways load them."""
    return bytes(PublishedTable.objects.latest("generation").content)


def saves() -> Iterator[None]:
    """Make changes of every kind, one after another."""
    partner = stored(ALO_BRASIL)
    yield
    other = stored(PRAIRIE)
    yield
    set_operator()
    yield
    for priority in (1, 2, 3):
        partner = update(partner, with_changes(ALO_BRASIL, priority=priority))
        yield
    trash(other)
    yield
    stored(AZULEJO)
    yield
    # Its id is lower than that of the last one.
    restore(other)
    yield
    actions.create_partners(many=[a_partner(f"Many {n}", "FR", "DE") for n in range(30)], actor=None, channel="cli")
    yield
    actions.pause_partners(partners=Partner.objects.filter(name__startswith="Many"), actor=None, channel="cli")
    yield
    update(partner, with_changes(ALO_BRASIL, description_fr="Ligne 1\nligne 2\u2028\u0085\t« fin »"))
    yield
    set_operator(replace(BOREALE, mode="direct"))
    yield


@pytest.fixture
def published() -> dict[int, bytes]:
    """The bytes of each table at the time of its publication, after changes of every kind."""
    publish()
    tables = {generation(): hot()}
    for _ in saves():
        tables[generation()] = hot()
    return tables


class TestReading:
    def test_every_table_is_read_as_it_was_published(self, published: dict[int, bytes]) -> None:
        assert len(published) == 14
        for number, content in published.items():
            archived = ArchivedTable.objects.get(generation=number)
            assert ArchiveReader().content(number).to_table(number) == content
            assert archived.digest == TableContent.of_table(content)[1].digest()
            assert read_archived(number).table.generation == number
            assert read_archived(number).published_at == archived.published_at
        reader = ArchiveReader()
        assert [reader.content(number).to_table(number) for number in published] == list(published.values())
        assert list(reader.damaged(published)) == []

    def test_equal_contents_have_equal_digests(self) -> None:
        partner = stored(ALO_BRASIL)
        first = generation()
        update(update(partner, with_changes(ALO_BRASIL, priority=1)), ALO_BRASIL)
        digests = dict(ArchivedTable.objects.values_list("generation", "digest"))
        assert digests[first] == digests[first + 2] != digests[first + 1]

    def test_published_tables_are_the_last_two(self, published: dict[int, bytes]) -> None:
        numbers = PublishedTable.objects.order_by("generation").values_list("generation", flat=True)
        assert list(numbers) == list(published)[-2:]

    def test_other_generations_are_not_archived(self, published: dict[int, bytes]) -> None:
        for number in (0, max(published) + 1, -1):
            with pytest.raises(TableNotArchived, match=f"no routing table {number} "):
                read_archived(number)


class TestMoment:
    def test_the_newest_table_published_by_then_is_in_force(self, published: dict[int, bytes]) -> None:
        moments = dict(ArchivedTable.objects.order_by("generation").values_list("generation", "published_at"))
        for (earlier, _), (number, at) in pairwise(moments.items()):
            assert generation_at(at) == number
            assert generation_at(at - timedelta(microseconds=1)) == earlier
        assert generation_at(timezone.now() + timedelta(days=9)) == max(published)

    def test_before_the_first_table_none_is_in_force(self, published: dict[int, bytes]) -> None:
        first = min(published)
        ArchivedTable.objects.filter(generation=first).update(published_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
        with pytest.raises(TableNotArchived, match=rf"the first one, {first}, is of 2026-11-20T09:00:00Z\."):
            generation_at(datetime(2026, 11, 20, 8, 59, 59, tzinfo=UTC))

    def test_with_a_clock_set_back_the_higher_number_is_in_force(self, published: dict[int, bytes]) -> None:
        newest = max(published)
        at = ArchivedTable.objects.get(generation=newest - 1).published_at
        ArchivedTable.objects.filter(generation=newest).update(published_at=at - timedelta(milliseconds=1))
        assert generation_at(at) == newest


def _flip(content: bytes) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "one bit": _flip,
    "cut": lambda content: content[:-1],
    "empty": lambda _: b"",
    "more": lambda content: content + content,
    "zeros": lambda content: bytes(len(content)),
}


class TestDamage:
    """A damaged table is reported. It never answers as another."""

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_damaged_bytes_are_detected(self, published: dict[int, bytes], damage: Callable[[bytes], bytes]) -> None:
        for number, table in published.items():
            row = ArchivedTable.objects.get(generation=number)
            content = bytes(row.content)
            ArchivedTable.objects.filter(generation=number).update(content=damage(content))
            try:
                # Some bits have no meaning in a compressed stream: the content is whole without them.
                is_exact = ArchiveReader().content(number).to_table(number) == table and damage is _flip
            except TableDamaged:
                is_exact = True
            assert is_exact
            ArchivedTable.objects.filter(generation=number).update(content=content)

    def test_exchanged_rows_are_detected(self, published: dict[int, bytes]) -> None:
        rows = list(ArchivedTable.objects.order_by("generation"))
        for one, other in pairwise(rows):
            if one.digest != other.digest:
                ArchivedTable.objects.filter(generation=one.generation).update(
                    content=other.content, base=other.base, full=other.full
                )
                with pytest.raises(TableDamaged):
                    read_archived(one.generation)
                one.save()
        assert list(ArchiveReader().damaged(published)) == []

    def test_missing_base_is_detected(self, published: dict[int, bytes]) -> None:
        row = ArchivedTable.objects.exclude(base=None).order_by("-generation")[0]
        ArchivedTable.objects.filter(generation=row.base or 0).delete()
        with pytest.raises(TableDamaged, match=f"{row.base}, on which table {row.generation} is based, is missing"):
            read_archived(row.generation)
        damaged = dict(ArchiveReader().damaged(published))
        assert damaged.keys() >= {row.base, row.generation}

    def test_rows_that_name_each_other_are_detected(self, published: dict[int, bytes]) -> None:
        newest = max(published)
        ArchivedTable.objects.filter(generation__gte=newest - 1).update(full=newest - 1, base=newest)
        with pytest.raises(TableDamaged):
            read_archived(newest)

    def test_after_a_damaged_table_the_next_one_is_full(self, published: dict[int, bytes]) -> None:
        ArchivedTable.objects.filter(generation=max(published)).update(content=b"junk")
        stored(a_partner("Next", "JP"))
        row = ArchivedTable.objects.latest("generation")
        assert (row.generation, row.base) == (max(published) + 1, None)
        assert ArchiveReader().content(row.generation).to_table(row.generation) == hot()


class TestPublication:
    def test_archived_table_is_published_again_as_it_was(self, published: dict[int, bytes]) -> None:
        """Rows that were changed without an action do not change what a number means."""
        Partner.objects.update(priority=F("priority") % 9 + 1)
        PublishedTable.objects.all().delete()
        assert publish() == max(published)
        assert hot() == published[max(published)]

    def test_damaged_table_is_not_published_again(self, published: dict[int, bytes]) -> None:
        newest = max(published)
        ArchivedTable.objects.filter(generation=newest).update(content=b"junk")
        PublishedTable.objects.all().delete()
        assert publish() == generation() == newest + 1
        assert RoutingTable(hot()).generation == newest + 1

    def test_tables_of_earlier_versions_are_archived(self, published: dict[int, bytes]) -> None:
        """An earlier version of Renvoi stores published tables only, here and on hosts that are not upgraded yet."""
        ArchivedTable.objects.all().delete()
        PublishedTable.objects.all().delete()
        at = datetime(2026, 11, 20, 9, tzinfo=UTC)
        for number, content in published.items():
            PublishedTable.objects.create(generation=number, content=content, published_at=at + timedelta(hours=number))
        assert publish() == max(published)
        for number, content in published.items():
            assert ArchiveReader().content(number).to_table(number) == content
            assert read_archived(number).published_at == at + timedelta(hours=number)

    def test_damaged_table_of_an_earlier_version_is_published_again(self, published: dict[int, bytes]) -> None:
        newest = max(published)
        ArchivedTable.objects.filter(generation__gte=newest - 1).delete()
        PublishedTable.objects.update(content=b"junk")
        assert publish() == newest
        assert hot() == published[newest]
        assert not ArchivedTable.objects.filter(generation=newest - 1).exists()
