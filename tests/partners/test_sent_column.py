"""The number of prospects sent, as recorded on partners, searched and sorted."""

from datetime import date

import pytest
from django.http import QueryDict

from renvoi.history.models import Change
from renvoi.partners.actions import record_sent
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Partner
from tests.cast import a_partner, generation, stored_many

pytestmark = pytest.mark.django_db

SENT = {"Aucun": 0, "Deux": 2, "Cinq": 5, "Neuf": 9, "Dix mille": 10_000}


@pytest.fixture(autouse=True)
def partners() -> dict[str, Partner]:
    by_name = dict(zip(SENT, stored_many(*(a_partner(one, "BR") for one in SENT)), strict=True))
    assert record_sent(counts={by_name[name].id: sent for name, sent in SENT.items()}) == 4
    return by_name


def listed(**params: str) -> list[str]:
    query = QueryDict(mutable=True)
    query.update(params)
    listing = PartnerListing.from_query(query, language="fr", today=date(2026, 11, 25))
    return [partner.name for partner in listing.rows()]


@pytest.mark.parametrize(
    ("keyword", "names"),
    [
        ("5", ["Cinq"]),
        ("=5", ["Cinq"]),
        (">5", ["Neuf", "Dix mille"]),
        ("> 5", ["Neuf", "Dix mille"]),
        (">=5", ["Cinq", "Neuf", "Dix mille"]),
        ("≥5", ["Cinq", "Neuf", "Dix mille"]),
        ("<5", ["Aucun", "Deux"]),
        ("<=5", ["Aucun", "Deux", "Cinq"]),
        ("2..9", ["Deux", "Cinq", "Neuf"]),
        ("9..2", ["Deux", "Cinq", "Neuf"]),
        ("10 000", ["Dix mille"]),
        ("10\u00a0000", ["Dix mille"]),
        ("10,000", ["Dix mille"]),
        ("0", ["Aucun"]),
        ("cinq", []),
        ("5 9", []),
        ("-1", []),
        ("٥", []),
        ("99999999999", []),
    ],
)
def test_sent_count_is_searched_as_number(keyword: str, names: list[str]) -> None:
    assert listed(sent=keyword, sort="sent") == names


def test_sent_count_is_sorted_as_number() -> None:
    assert listed(sort="sent") == ["Aucun", "Deux", "Cinq", "Neuf", "Dix mille"]
    assert listed(sort="-sent") == ["Dix mille", "Neuf", "Cinq", "Deux", "Aucun"]


def test_record_sent_changes_no_version_or_history(partners: dict[str, Partner]) -> None:
    before, changes = generation(), Change.objects.count()
    assert record_sent(counts={partners["Neuf"].id: 9, partners["Deux"].id: 3}) == 3
    assert {partner.name: (partner.sent_30_days, partner.version) for partner in Partner.objects.all()} == {
        "Aucun": (0, 1),
        "Deux": (3, 1),
        "Cinq": (0, 1),
        "Neuf": (9, 1),
        "Dix mille": (0, 1),
    }
    assert (generation(), Change.objects.count()) == (before, changes)


def test_record_sent_with_equal_counts_writes_nothing(partners: dict[str, Partner]) -> None:
    counts = {partner.id: SENT[name] for name, partner in partners.items()}
    assert record_sent(counts=counts) == 0
