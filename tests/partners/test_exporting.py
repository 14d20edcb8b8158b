"""The exported columns and their values, the number of queries, and the description of what was exported."""

from datetime import date

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from renvoi.partners.exporting import COLUMN_NAMES, data_table, printed_list, printed_table
from renvoi.partners.lists.listing import PartnerListing, describe_export
from renvoi.partners.models import CoveredArea, Operator, Partner
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, crowd, stored, stored_many, with_changes

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
PROMISED = (
    "id,name,url_en,url_fr,description_en,description_fr,countries,country_names,status,priority,"
    "agreement_reference,agreement_starts_on,agreement_ends_on,version"
)
NOBREAK = "\u00a0"
THOUSANDS = 2_500
"""More than one chunk of the iterator."""


def listing_for(query: str = "", *, language: str = "fr") -> PartnerListing:
    return PartnerListing.from_query(QueryDict(query), language="en" if language == "en" else "fr", today=TODAY)


def test_column_names_and_order_are_stable() -> None:
    table = data_table(Partner.objects.all(), count=0, language="fr", headings="names")
    assert ",".join(table.headings) == ",".join(COLUMN_NAMES) == PROMISED


def test_data_table_holds_every_field_as_import_accepts_it() -> None:
    partner = stored(with_changes(ALO_BRASIL, agreement_ends_on=date(2027, 1, 31)))
    table = data_table(Partner.objects.all(), count=1, language="fr", headings="names")
    (row,) = table.rows
    assert dict(zip(table.headings, row, strict=True)) == {
        "id": str(partner.id),
        "name": "Aló Brasil",
        "url_en": "https://alobrasil.example/en/signup",
        "url_fr": "https://inscription.alobrasil.example/fr",
        "description_en": "Portuguese and English, every day.",
        "description_fr": "Portugais et anglais, chaque jour.",
        "countries": "BR PT",
        "country_names": "Brésil; Portugal",
        "status": "active",
        "priority": "5",
        "agreement_reference": "ENT-2024-017",
        "agreement_starts_on": "2024-06-26",
        "agreement_ends_on": "2027-01-31",
        "version": "1",
    }


def test_country_codes_and_names_are_sorted() -> None:
    stored(with_changes(ALO_BRASIL, countries=tuple(sorted(("US", "DE", "CA", "ZA")))))
    for language, names in (
        ("fr", "Afrique du Sud; Allemagne; Canada; États-Unis"),
        ("en", "Canada; Germany; South Africa; United States"),
    ):
        (row,) = data_table(
            Partner.objects.all(), count=1, language="en" if language == "en" else "fr", headings="names"
        ).rows
        assert row[6:8] == ("CA DE US ZA", names)


def test_rows_take_one_query_in_order_of_the_list() -> None:
    crowd(THOUSANDS)
    for query in ("", "sort=-countries", "sort=state", "countries=br&sort=url_fr", "state=actif"):
        for more, count in (("name=partner 000&", 9), ("", THOUSANDS)):
            listing = listing_for(more + query)
            with CaptureQueriesContext(connection) as queries:
                rows = list(data_table(listing.exported(), count=count, language="fr", headings="names").rows)
            assert (len(queries), len(rows)) == (1, count), query
            assert [int(row[0]) for row in rows] == list(listing.rows().values_list("id", flat=True))
            assert {row[6] for row in rows} == {"BR PT"}


def test_rows_are_streamed() -> None:
    """The first row is available before the last one is fetched."""
    crowd(THOUSANDS)
    rows = iter(data_table(listing_for().exported(), count=THOUSANDS, language="fr", headings="names").rows)
    assert next(rows)[1] == "Partner 0001"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # another query runs while the first one is still being read
    assert sum(1 for _ in rows) == THOUSANDS - 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The query plan is in the format of SQLite.")
def test_default_order_uses_index_without_sorting_in_memory() -> None:
    plan = listing_for().exported().explain()
    assert "USING INDEX partner_in_order" in plan
    assert "TEMP B-TREE" not in plan


def test_partner_without_country_has_empty_cells() -> None:
    partner = stored(ALO_BRASIL)
    partner.served.all().delete()
    (row,) = data_table(Partner.objects.all(), count=1, language="fr", headings="names").rows
    assert row[6:8] == ("", "")


def test_printed_table_shows_label_of_effective_state() -> None:
    stored_many(
        ALO_BRASIL,
        AZULEJO,
        TUNDRA,
        with_changes(TUNDRA, name="Ended", status="active", agreement_ends_on=TODAY.replace(day=21)),
    )
    for language, words in (
        ("fr", {"Actif", "En pause", "Entente échue"}),
        ("en", {"Active", "Paused", "Agreement ended"}),
    ):
        table = printed_table(Partner.objects.all(), count=4, language="en" if language == "en" else "fr", today=TODAY)
        state = [column.heading for column in table.columns].index("State" if language == "en" else "État")
        assert {row[state] for row in table.rows} == words
        assert len(table.columns) == len(COLUMN_NAMES) - 1


class TestDescribeExport:
    """The description of an export, in both languages."""

    @pytest.mark.parametrize(
        ("language", "query", "description"),
        [
            ("fr", "", "12 partenaires sur 312, triés par nom"),
            ("en", "", "12 partners of 312, sorted by name"),
            (
                "fr",
                "countries=Brésil",
                f"12 partenaires sur 312, pays contenant «{NOBREAK}Brésil{NOBREAK}», triés par nom",
            ),
            ("en", "countries=Brazil", "12 partners of 312, countries containing “Brazil”, sorted by name"),
            (
                "fr",
                "name=a&url_en=b&state=actif&sort=-url_fr",
                (
                    f"12 partenaires sur 312, nom contenant «{NOBREAK}a{NOBREAK}», "
                    f"URL en anglais contenant «{NOBREAK}b{NOBREAK}», "
                    f"état contenant «{NOBREAK}actif{NOBREAK}», triés par URL en français, en ordre inverse"
                ),
            ),
            (
                "en",
                "url_en=b&sort=-state",
                "12 partners of 312, URL in English containing “b”, sorted by state, in reverse order",
            ),
        ],
    )
    def test_description_names_search_and_order(self, language: str, query: str, description: str) -> None:
        assert describe_export(listing_for(query, language=language), count=12, all_partners=312) == description

    def test_description_of_one_partner_has_no_order(self) -> None:
        assert describe_export(listing_for("sort=-state"), count=1, all_partners=312) == "1 partenaire sur 312"

    @pytest.mark.parametrize(
        ("language", "description"),
        [("fr", f"9{NOBREAK}999 partenaires sur 10{NOBREAK}000, triés"), ("en", "9,999 partners of 10,000, sorted")],
    )
    def test_numbers_are_formatted_for_the_language(self, language: str, description: str) -> None:
        assert describe_export(listing_for(language=language), count=9_999, all_partners=10_000).startswith(description)


class TestPaper:
    """The paper of the PDF."""

    @pytest.mark.parametrize(
        ("areas", "paper"),
        [
            ([], "a4"),
            (["CA"], "letter"),
            (["CA-QC"], "letter"),
            (["US"], "letter"),
            (["US-OH", "FR"], "letter"),
            (["FR"], "a4"),
            (["MX", "PR"], "a4"),
        ],
    )
    def test_paper_follows_the_coverage_area(self, areas: list[str], paper: str) -> None:
        CoveredArea.objects.all().delete()
        for area in areas:
            CoveredArea.objects.create(country=area[:2], region=area if "-" in area else "")
        assert printed_list(listing_for()).paper == paper

    @pytest.mark.parametrize("chosen", ["letter", "a4"])
    def test_chosen_paper_comes_before_the_coverage_area(self, chosen: str) -> None:
        Operator.objects.update(paper=chosen)
        for country in ("US", "FR"):
            CoveredArea.objects.all().delete()
            CoveredArea.objects.create(country=country)
            assert printed_list(listing_for()).paper == chosen

    def test_paper_of_a_newer_version_follows_the_coverage_area(self) -> None:
        Operator.objects.update(paper="a5")
        assert printed_list(listing_for()).paper == "a4"

    @pytest.mark.parametrize(
        ("language", "note"),
        [
            (
                "fr",
                "Certains caractères de ce partenaire n’ont pas pu être affichés, car aucune police ne les contient.",
            ),
            ("en", "Some characters of this partner could not be shown, because no font has them."),
        ],
    )
    def test_note_about_missing_glyphs_is_in_the_language_of_the_list(self, language: str, note: str) -> None:
        assert printed_list(listing_for(language=language)).unshown_note == note
