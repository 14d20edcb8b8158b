"""The guide's section on replacing a partner, in each language and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.saving_time import unique_name
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser
LABELS = {
    "fr": {
        "replace by": "Remplacer par…",
        "field": "Nom de l’autre partenaire",
        "search": "Rechercher",
        "delete it": "Le supprimer",
        "replace": "Remplacer",
        "done": "Partenaire {} remplacé par {}.",
        "undo": "Annuler le remplacement",
        "undone": "2 partenaires rétablis tels qu’ils étaient.",
    },
    "en": {
        "replace by": "Replace by…",
        "field": "Name of the other partner",
        "search": "Search",
        "delete it": "Delete it",
        "replace": "Replace",
        "done": "Partner {} is replaced by {}.",
        "undo": "Undo the replacement",
        "undone": "2 partners are as they were.",
    },
}


class Section:
    """The steps of the section."""

    @pytest.mark.performs("succession-1", "succession-2", "succession-3", "succession-4")
    def test_partner_is_replaced_and_put_back(self, reader: Reader) -> None:
        page, words, labels = reader.page, reader.words, LABELS[reader.words.language]
        old, new = unique_name(reader, "Aló Ancien"), unique_name(reader, "Aló Repreneur")
        reader.staff.create(new, countries=["NO"])
        reader.staff.open_settings(reader.staff.create(old, countries=["IS"]))
        reader.click(page.get_by_role("link", name=labels["replace by"], exact=True))
        page.get_by_label(labels["field"], exact=True).fill("repreneur")
        reader.click(page.get_by_role("main").get_by_role("button", name=labels["search"], exact=True))
        reader.click(page.get_by_role("link", name=new, exact=True))
        expect(page.get_by_role("heading", level=1)).to_contain_text(new)
        expect(page.locator(".answers")).to_contain_text(words.country["IS"])
        page.get_by_label(labels["delete it"]).check()
        reader.click(page.get_by_role("button", name=labels["replace"], exact=True))
        expect(page.get_by_text(labels["done"].format(old, new))).to_be_visible()
        expect(reader.row(new)).to_contain_text(words.country["IS"])
        reader.click(page.get_by_role("button", name=labels["undo"], exact=True))
        expect(page.get_by_text(labels["undone"])).to_be_visible()
        reader.staff.open_list(name=new)
        expect(reader.row(new)).not_to_contain_text(words.country["IS"])
        reader.staff.open_list(name=old)
        expect(reader.row(old)).to_contain_text(re.compile(words.country["IS"]))


class TestInFrench(Section):
    """« Remplacer un partenaire par un autre »."""


class TestWithoutScripts(Section):
    """The same pages."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)


class TestInEnglish(Section):
    """“Replace a partner by another one”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH
