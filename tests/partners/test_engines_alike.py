"""SQLite and PostgreSQL sort, search, and order nulls in the same way, and store the longest folded keys."""

import random
from datetime import date
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Collate
from django.http import QueryDict

from renvoi.domain.names.keys import fold, sort_key
from renvoi.partners.fields import PartnerValues
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, a_partner, sample, stored_at_once, with_changes
from tests.corpora import corpus
from tests.databases import on_postgresql

pytestmark = pytest.mark.django_db
NAMES = ("Zèbre", "zebra", "Éole", "eole 2", "Ångström", "a-b", "ab", "a b", "Œuvre", "ouvre", "Oaba", "Ƀaba", "ζήτα")
TODAY = date(2026, 11, 23)


def named(name: str) -> PartnerValues:
    return with_changes(ALO_BRASIL, name=name)


def listed(query: str) -> list[Partner]:
    listing = PartnerListing.from_query(QueryDict(query), language="fr", today=TODAY)
    return list(listing.rows())


def test_names_sort_by_code_points_of_folded_key() -> None:
    others = {text[:100].strip() for text in sample(corpus("naughty_strings"), 60)}
    name_by_key = {fold(name): name for name in (*NAMES, *others) if name and "\0" not in name and name.isprintable()}
    names = list(name_by_key.values())
    random.shuffle(names)
    stored_at_once(*(named(name) for name in names))
    expected = sorted(names, key=sort_key)
    assert [partner.name for partner in listed("")] == expected
    assert [partner.name for partner in listed("sort=-name")] == expected[::-1]


@pytest.mark.parametrize("keyword", ["%", "_", "\\", "100%", "a_b", "É", "STRASSE", "ß", "i", "İ", "d’o"])
def test_keyword_matches_names_whose_folded_key_contains_its_own(keyword: str) -> None:
    names = ["100% a_b", "100 axb", "a\\b", "Éole", "eole", "Straße", "strasse d'or", "L’İstanbul", "plain"]
    names = list({fold(name): name for name in names}.values())
    stored_at_once(*(named(name) for name in names))
    matches = {partner.name for partner in listed(urlencode({"name": keyword}))}
    assert matches == {name for name in names if fold(keyword) in fold(name)}


def test_missing_day_sorts_before_every_day() -> None:
    days = (date(2027, 1, 1), None, date(2026, 12, 1), date(2027, 6, 1))
    partners = [a_partner(f"Until {day}", "BR", agreement_ends_on=day) for day in days]
    stored_at_once(*partners)
    names = ["Until None", "Until 2026-12-01", "Until 2027-01-01", "Until 2027-06-01"]
    assert [partner.name for partner in listed("sort=state")] == names
    assert [partner.name for partner in listed("sort=-state")] == names[::-1]


def test_longest_folded_keys_fit_columns_and_indexes() -> None:
    """One character of a name folds to at most 18 characters; a PostgreSQL index entry holds 2,700 bytes."""
    names = {
        "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100,
        "".join(chr(0x3300 + number % 88) for number in range(100)),
        "".join(chr(0x20000 + 97 * number) for number in range(100)),
    }
    stored_at_once(*(named(name) for name in names))
    assert {partner.name for partner in listed("")} == names


@on_postgresql
class TestCollation:
    """The test database has a French collation, on which no folded column may depend."""

    def test_every_folded_column_declares_collation_c(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND table_name LIKE 'partners_%%' AND collation_name = 'C'"
            )
            by_code_points = set(cursor.fetchall())
        keys = [field.name for field in Partner._meta.get_fields() if "_key" in field.name or "_sort" in field.name]
        assert len(keys) == 6
        assert by_code_points == {
            *(("partners_partner", key) for key in keys),
            ("partners_servedcountry", "country"),
            ("partners_coveredarea", "country"),
            ("partners_coveredarea", "region"),
            ("partners_savedview", "name_key"),
            *(("partners_changeset", key) for key in ("actor_sort", "name_sort", "reason_sort")),
        }

    def test_database_collation_would_sort_differently(self) -> None:
        stored_at_once(*(named(name) for name in NAMES))
        by_database = Partner.objects.order_by(Collate(F("name_sort"), "fr-CA-x-icu")).values_list("name", flat=True)
        assert list(by_database) != [partner.name for partner in listed("")]
