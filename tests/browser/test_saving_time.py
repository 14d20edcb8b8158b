"""The guide's chapter on saving time: copies of a partner, pasted countries, agreements that end soon."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.saving_time import LABELS, Labels, unique_name
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser


@pytest.fixture
def labels(words: Words) -> Labels:
    """The labels in the language of the console."""
    return LABELS[words.language]


class Chapter:
    """One test for each section, run in each language and without scripts."""

    @pytest.mark.performs("duplicate-1", "duplicate-2", "duplicate-3", "duplicate-4")
    def test_partner_is_duplicated(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        model = unique_name(reader, "Aló Modèle")
        reader.staff.create(model, countries=["IS", "NO"], description_fr="Elle répond.")
        reader.staff.open_list(name=model)
        reader.click(page.get_by_role("link", name=model, exact=True))
        reader.expect_settings()
        reader.click(page.get_by_role("link", name=labels.duplicate, exact=True))
        expect(page).to_have_url(re.compile(r"/console/partners/new/\?from="))
        reader.expect_settings()
        expect(reader.chosen_countries).to_contain_text([words.country["IS"], words.country["NO"]])
        expect(reader.field(words.description_fr)).to_have_value("Elle répond.")
        reader.field(words.name).fill(f"{model} bis")
        reader.save(message=words.created.format(f"{model} bis"))
        assert reader.names() == [model, f"{model} bis"]
        for name in reader.names():
            expect(reader.row(name)).to_contain_text(words.country["IS"])

    @pytest.mark.performs("paste-1", "paste-2", "paste-3", "paste-4")
    def test_list_of_countries_is_pasted(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        name = unique_name(reader, "Aló Collé")
        reader.staff.open_settings(reader.staff.create(name, countries=["IS"]))
        reader.click(page.locator("summary", has_text=labels.paste))
        field = page.get_by_role("textbox", name=labels.countries_list, exact=True)
        field.fill(labels.pasted)
        reader.staff.watch.expected_statuses.add(422)
        reader.click(page.get_by_role("button", name=labels.add_list, exact=True))
        expect(reader.chosen_countries).to_have_count(4)
        expect(field).to_have_value(labels.unknown)
        expect(page.locator("#countries-error")).to_contain_text(labels.unknown)
        if reader.staff.has_script:
            expect(page.locator("#announcement")).to_contain_text(labels.added)
            expect(field).to_be_focused()
        # Saving does not discard the countries that were not added.
        reader.click(page.get_by_role("button", name=words.save, exact=True))
        expect(page.locator(".error-summary")).to_contain_text(labels.not_added)
        field.fill("")
        reader.save(message=words.saved.format(name))
        reader.staff.open_list(name=name)
        expect(reader.row(name).locator(".more")).to_contain_text("+1")

    @pytest.mark.performs("ending-1")
    def test_notice_of_ending_agreements_filters_list(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        last_day = (datetime.now(UTC) + timedelta(days=12)).date().isoformat()
        name = unique_name(reader, "Aló Finissant")
        reader.staff.create(name, countries=["IS"], agreement_ends_on=last_day)
        reader.open_partners()
        reader.click(page.get_by_role("link", name=labels.ending))
        expect(reader.search_field(words.state)).to_have_value(labels.ends_soon)
        expect(reader.row(name)).to_contain_text(last_day)
        assert len(reader.names()) == page.locator("#rows .state-date[data-soon]").count()
        # The clock.
        expect(reader.row(name).locator(".state-date > svg")).to_be_visible()
        names = reader.names()
        reader.search("", column=words.state)
        reader.search(labels.ends_soon, column=words.state)
        assert reader.names() == names


class TestInFrench(Chapter):
    """« Gagner du temps »."""


class TestWithoutScripts(Chapter):
    """Pages take the place of windows."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)


class TestInEnglish(Chapter):
    """“Saving time”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH
