"""What the guide promises of a file to import, through the page."""

import pytest

from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, stored, with_changes
from tests.console.browsing import Browsing
from tests.console.importing import checked, imported
from tests.partners.acting import update

pytestmark = pytest.mark.django_db


def test_columns_may_be_in_any_order_and_missing_ones_change_nothing(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    imported(console, checked(console, [["Priorité", "Nom", "Description en anglais"], [2, ALO_BRASIL.name, ""]]))
    alo.refresh_from_db()
    assert (alo.priority, alo.description_en, alo.description_fr) == (2, "", ALO_BRASIL.description_fr)


def test_row_without_a_number_is_the_partner_of_that_name_or_a_new_one(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    rows = [
        ["Number", "Name", "URL in English", "Country codes", "Status"],
        ["", "alo brasil", "https://alo.example/new", "BR", ""],
        ["", "Éperlan", "https://eperlan.example/", "France; Monaco", "En pause"],
    ]
    imported(console, checked(console, rows))
    alo.refresh_from_db()
    assert (alo.url_en, alo.status) == ("https://alo.example/new", "active")
    assert Partner.objects.get(name="Éperlan").status == "paused"
    assert Partner.objects.count() == 2


def test_older_version_is_an_error_and_an_empty_one_writes_over_the_change(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    update(alo, with_changes(ALO_BRASIL, priority=7))
    headings = ["id", "name", "priority", "version"]
    page = checked(console, [headings, [alo.id, ALO_BRASIL.name, 1, 1]])
    assert "Vérification" in page.title
    assert [cell.text for cell in page.one("tbody").all("td")][:2] == ["2", "version"]
    imported(console, checked(console, [headings, [alo.id, ALO_BRASIL.name, 1, ""]]))
    alo.refresh_from_db()
    assert alo.priority == 1


def test_nobody_is_deleted(console: Browsing) -> None:
    stored(ALO_BRASIL)
    imported(console, checked(console, [["name", "url_en", "countries"], ["B", "https://b.example/", "FR"]]))
    assert Partner.objects.filter(trashed_at=None).count() == 2
