"""Which countries, and languages within them, lose their last partner when some partners leave."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from renvoi.partners import actions
from renvoi.partners.consequences import Loss, are_many, foresee, losses, serve_own_country
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.partners.routing_table import newest_table, publish
from renvoi.partners.values import parse_coverage
from renvoi.publication.models import ArchivedTable, PublishedTable
from renvoi.publication.publishing import raise_generation
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    BOREALE,
    a_partner,
    country,
    generation,
    set_operator,
    stored,
    stored_many,
    with_changes,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
BOTH = "https://fado.example/"
BRAZIL, PORTUGAL = Loss(country("BR")), Loss(country("PT"))


def lost(*partners: Partner) -> list[Loss]:
    return losses([partner.id for partner in partners], today=TODAY)


def test_country_without_another_partner_is_lost() -> None:
    partner = stored(ALO_BRASIL)
    assert lost(partner) == [BRAZIL, PORTUGAL]
    stored(AZULEJO)
    assert lost(partner) == [BRAZIL]


def test_language_without_another_address_is_lost() -> None:
    partner, english = stored_many(ALO_BRASIL, a_partner("Fado", "PT"))
    assert lost(partner) == [BRAZIL, Loss(country("PT"), "fr")]
    assert lost(english) == []
    stored(a_partner("Saudade", "BR", url_en="", url_fr=BOTH))
    assert lost(partner) == [Loss(country("BR"), "en"), Loss(country("PT"), "fr")]


def test_partners_leaving_together_lose_their_common_country() -> None:
    partner, other = stored_many(ALO_BRASIL, AZULEJO)
    assert PORTUGAL not in lost(partner) + lost(other)
    assert lost(partner, other) == [Loss(country("AO")), BRAZIL, PORTUGAL]


@pytest.mark.parametrize(
    "unable",
    [
        with_changes(AZULEJO, status="paused"),
        with_changes(AZULEJO, agreement_ends_on=TODAY - DAY),
        with_changes(AZULEJO, agreement_starts_on=TODAY + DAY),
    ],
)
def test_inactive_partner_neither_prevents_nor_causes_a_loss(unable: PartnerValues) -> None:
    partner, other = stored_many(ALO_BRASIL, unable)
    assert lost(partner) == [BRAZIL, PORTUGAL]
    assert lost(other) == []


def test_trashed_partner_neither_prevents_nor_causes_a_loss() -> None:
    partner, other = stored_many(ALO_BRASIL, AZULEJO)
    actions.trash_partner(partner_id=other.id, actor=None, channel="console")
    assert lost(partner) == [BRAZIL, PORTUGAL]
    assert lost(other) == []


def test_country_that_operator_covers_is_not_lost() -> None:
    """Its visitors are the operator's own, whoever else serves them; from the rest of Canada they are the partner's."""
    partner = stored(a_partner("Prairie", "CA", "PM"))
    set_operator(replace(BOREALE, areas=((country("PM"), ""), *BOREALE.areas)))
    assert lost(partner) == [Loss(country("CA"))]
    assert serve_own_country([partner.id])
    set_operator(replace(BOREALE, areas=((country("CA"), ""),)))
    assert lost(partner) == [Loss(country("PM"))]


@pytest.mark.parametrize(
    ("covered", "expected"),
    [(["CA-QC", "CA-ON"], []), (["CA"], [Loss(country("CA"))])],
)
def test_country_that_operator_would_cover_in_part_keeps_its_partner(covered: list[str], expected: list[Loss]) -> None:
    """Its visitors get the partner in the other regions. Only the whole country leaves the partner nothing."""
    stored(a_partner("Prairie", "CA"))
    for before in ((), BOREALE.areas):
        set_operator(replace(BOREALE, areas=before))
        after = parse_coverage(covered, current=BOREALE)
        assert list(foresee({}, today=TODAY, operator=after).losses) == expected


def test_language_of_lower_priority_counts_once_it_receives() -> None:
    """What visitors get decides: not an address of a partner for later, whoever leaves."""
    english, both, french = stored_many(
        a_partner("First", "PT", priority=1),
        a_partner("Second", "PT", priority=2, url_fr=BOTH),
        a_partner("Third", "PT", priority=3, url_en="", url_fr=BOTH),
    )
    assert lost(both) == lost(french) == lost(both, french) == []
    assert lost(english) == []
    assert lost(english, both) == [Loss(country("PT"), "en")]
    assert lost(english, both, french) == [PORTUGAL]


@pytest.mark.parametrize(("count", "verdict"), [(0, False), (1, False), (24, False), (25, True)])
def test_a_page_of_partners_is_many(count: int, verdict: bool) -> None:  # noqa: FBT001 (a value of the table)
    assert are_many(count) is verdict


class TestNewestTable:
    """The table that is compared is that of the current generation, and is decoded once."""

    def test_bytes_are_read_once_for_each_generation(
        self, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("renvoi.publication.newest_table._decoded", None)
        partner, _ = stored_many(ALO_BRASIL, AZULEJO)
        with django_assert_num_queries(3):
            lost(partner)
        with django_assert_num_queries(2):
            assert lost(partner) == [BRAZIL]
        stored(a_partner("Samba", "BR", url_fr=BOTH))
        assert lost(partner) == []

    def test_table_of_another_database_is_not_taken_for_this_one(self) -> None:
        lost(stored(ALO_BRASIL))
        before = newest_table()
        Partner.objects.update(url_en="https://other.example/")
        PublishedTable.objects.all().delete()
        ArchivedTable.objects.all().delete()
        assert publish() == before.generation == newest_table().generation
        assert newest_table().candidates(country("BR"))[0].url.en == "https://other.example/"

    @pytest.mark.parametrize("content", [None, b"damaged"])
    def test_rows_are_read_if_there_is_no_table(self, content: bytes | None) -> None:
        partner = stored(ALO_BRASIL)
        PublishedTable.objects.all().delete()
        if content:
            PublishedTable.objects.create(generation=generation(), content=content)
        assert lost(partner) == [BRAZIL, PORTUGAL]

    def test_rows_are_read_before_their_table_is_published(self) -> None:
        partner = stored(ALO_BRASIL)
        lost(partner)
        Partner.objects.update(status="paused")
        raise_generation()
        assert lost(partner) == []
