"""Archived tables form chains of differences, which take little room: each is based on one before it."""

import os
import random
from dataclasses import replace

import pytest
from django.utils import timezone

from renvoi.domain.places import COUNTRIES
from renvoi.domain.table import Bilingual, Candidate
from renvoi.domain.table_codec.routing_table import content_of
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.publication import archive
from renvoi.publication.archive import ArchiveReader, archive_row
from renvoi.publication.models import ArchivedTable, PublishedTable
from tests.cast import ALO_BRASIL, a_partner, stored, with_changes
from tests.domain.cast import BR, OPERATOR, candidate
from tests.partners.acting import update

pytestmark = pytest.mark.django_db

TABLES = int(os.environ.get("ROUNDS", "12"))
"""How many tables of 10,000 partners are archived: 1,000 for the figure in docs/reliability.md."""
MAX_ROOM = 60 * 2**20
"""For 1,000 such tables that differ by one partner each."""


def chain_lengths() -> list[int]:
    """Return the number of tables in each chain, in order."""
    fulls = list(ArchivedTable.objects.order_by("generation").values_list("full", flat=True))
    return [fulls.count(full) for full in sorted(set(fulls))]


class TestChains:
    def test_table_that_is_archived_after_a_later_one_is_read(self) -> None:
        """Two processes publish: the one with the earlier table is slower."""
        rng = random.Random(5)
        contents = [content_of(operator=OPERATOR, partners=[(wordy(n, rng), (BR,)) for n in range(1, 31)])]
        for changed in (1, 2):
            line = content_of(operator=OPERATOR, partners=[(wordy(changed, rng), (BR,))]).partners[changed]
            contents.append(contents[-1]._replace(partners=contents[-1].partners | {changed: line}))
        for number in (1, 3, 2):
            archive_row(number, contents[number - 1], published_at=timezone.now()).save()
        assert [ArchiveReader().content(number) for number in (1, 2, 3)] == contents
        assert list(ArchivedTable.objects.order_by("generation").values_list("base", flat=True)) == [None, 1, 1]

    def test_a_chain_ends_at_its_greatest_length(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive, "_MAX_CHAIN_LENGTH", 5)
        actions.create_partners(many=[a_partner(f"Many {n}", "FR") for n in range(60)], actor=None, channel="cli")
        ArchivedTable.objects.all().delete()
        PublishedTable.objects.all().delete()
        partner = stored(ALO_BRASIL)
        for priority in (1, 2, 3, 4, 6, 7, 8, 9, 1, 2, 3):
            partner = update(partner, with_changes(ALO_BRASIL, priority=priority))
        assert chain_lengths() == [5, 5, 2]

    def test_a_chain_ends_before_its_changes_outgrow_its_full_table(self) -> None:
        rng = random.Random(7)
        many = [described(f"Many {n}", rng) for n in range(80)]
        actions.create_partners(many=many, actor=None, channel="cli")
        for _ in range(12):
            for partner in Partner.objects.order_by("?")[:20]:
                Partner.objects.filter(id=partner.id).update(description_en=rng.randbytes(60).hex())
            stored(described(f"One {rng.random()}", rng))
        for full in ArchivedTable.objects.filter(base=None):
            chain = ArchivedTable.objects.filter(full=full.generation).exclude(base=None)
            assert sum(len(row.content) for row in chain) < len(full.content)
        assert max(chain_lengths()) > 1

    def test_tables_that_differ_by_one_partner_take_little_room(self) -> None:
        """TABLES tables of 10,000 partners with texts that hardly compress: 1,000 of them fit into MAX_ROOM."""
        rng = random.Random(11)
        codes = sorted(COUNTRIES)
        partners = {n: (wordy(n, rng), rng.sample(codes, 3)) for n in range(1, 10_001)}
        content = content_of(operator=OPERATOR, partners=partners.values())
        for number in range(1, TABLES + 1):
            archive_row(number, content, published_at=timezone.now()).save()
            changed = rng.randrange(1, 10_001)
            line = content_of(operator=OPERATOR, partners=[(wordy(changed, rng), (BR,))]).partners[changed]
            content = content._replace(partners=content.partners | {changed: line})
        full = sum(len(row.content) for row in ArchivedTable.objects.filter(base=None))
        deltas = sum(len(row.content) for row in ArchivedTable.objects.exclude(base=None))
        hot_rows = 2 * len(content.to_table(1))
        assert ArchivedTable.objects.filter(base=None).count() == -(-TABLES // archive._MAX_CHAIN_LENGTH)
        for_1000 = 10 * full / -(-TABLES // 100) + 1000 * deltas / max(1, TABLES - 1) + hot_rows
        assert for_1000 <= MAX_ROOM


def described(name: str, rng: random.Random) -> PartnerValues:
    return a_partner(name, "FR", "DE", description_en=rng.randbytes(60).hex(), description_fr=rng.randbytes(60).hex())


def wordy(id_: int, rng: random.Random) -> Candidate:
    """Return a candidate with a name and descriptions that hardly compress."""
    texts = Bilingual(en=rng.randbytes(100).hex(), fr=rng.randbytes(100).hex())
    return replace(candidate(id_), name=rng.randbytes(6).hex(), description=texts)
