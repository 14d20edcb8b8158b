"""A reader of the manual who uses a mouse: what each step clicks, and what the page must show after it.

Docstrings in « » quote the manual.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.list_row import ListRow, read_rows
from tests.browser.people import Staff, Visitor
from tests.browser.words import Words


@dataclass(frozen=True, slots=True)
class Sample:
    """What a person types for a partner. The addresses are the manual's own."""

    name: str
    countries: Sequence[str]
    url_en: str = "http://signup.partnername.com/en/welcome"
    url_fr: str = "http://partnername.com/signup_fr/welcome"
    description_en: str = "She answers in English and Portuguese."
    description_fr: str = "L’assistante virtuelle répond en français et en portugais."


class Reader:
    """A member of staff who follows the manual, in one language."""

    def __init__(self, staff: Staff) -> None:
        self.page: Page = staff.page
        self.words: Words = staff.words
        self.staff = staff

    def open_partners(self) -> None:
        """« Dans le menu principal, cliquez sur Partenaires. »."""
        if not self.page.url.startswith("http"):
            self.page.goto("/console/coverage/")
        self.open(self.words.partners)

    def open(self, label: str, *, title: str = "") -> None:
        """Open a page from the main menu. It has that title, or that of the menu."""
        menu = self.page.get_by_role("navigation", name=self.words.main_menu)
        self.click(menu.get_by_role("link", name=label, exact=True))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title or label)

    def click(self, target: Locator) -> None:
        """« Cliquez »."""
        target.click()

    def click_new(self) -> None:
        """« Cliquez sur le bouton Nouveau. »."""
        self.click(self.page.get_by_role("button", name=self.words.new, exact=True))
        self.expect_settings()

    def expect_settings(self) -> None:
        """« Les réglages du partenaire s’affichent. »."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.words.settings)

    def field(self, label: str) -> Locator:
        """The field with that label, marked as required or not."""
        return self.page.get_by_role("textbox", name=re.compile(rf"^{re.escape(label)}( · \w+)?$"))

    def fill(self, sample: Sample) -> None:
        """« Remplissez les champs avec l'information requise. »."""
        self.field(self.words.name).fill(sample.name)
        self.field(self.words.url_en).fill(sample.url_en)
        self.field(self.words.url_fr).fill(sample.url_fr)
        self.field(self.words.description_en).fill(sample.description_en)
        self.field(self.words.description_fr).fill(sample.description_fr)
        for code in sample.countries:
            self.add_country(code)

    @property
    def countries(self) -> Locator:
        """The group « Pays » of the settings."""
        return self.page.get_by_role("group", name=self.words.countries, exact=True)

    @property
    def chosen_countries(self) -> Locator:
        """The countries that are chosen."""
        return self.countries.get_by_role("listitem")

    @property
    def country_select(self) -> Locator:
        """« La liste déroulante »."""
        return self.countries.locator("select")

    def add_country(self, code: str) -> None:
        """« Sélectionnez un pays dans la liste déroulante et cliquez sur le bouton Ajouter. »."""
        name = self.words.country[code]
        self.country_select.select_option(label=name)
        self.click(self.countries.get_by_role("button", name=self.words.add, exact=True))
        expect(self.chosen_countries.filter(has_text=name)).to_have_count(1)

    def remove_country(self, code: str) -> None:
        """« Pour supprimer un pays de la liste, cliquez l’icône à côté du pays à supprimer. »."""
        name = self.words.country[code]
        self.click(self.chosen_countries.filter(has_text=name).get_by_role("button"))
        expect(self.chosen_countries.filter(has_text=name)).to_have_count(0)

    def save(self, *, message: str) -> None:
        """« Cliquez sur Enregistrer »; the page shows the message."""
        self.click(self.page.get_by_role("button", name=self.words.save, exact=True))
        self.expect_message(message)

    def expect_message(self, message: str) -> None:
        """The page shows this message."""
        expect(self.page.locator(".messages")).to_contain_text(message)

    def row(self, name: str) -> Locator:
        """The row of that partner."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("link", name=name, exact=True))

    def names(self) -> list[str]:
        """The names in the list, from top to bottom."""
        return self.page.locator("#rows .col-name > a").all_inner_texts()

    def expect_names(self, names: Sequence[str]) -> None:
        """Wait until the list has these names, from top to bottom."""
        expect(self.page.locator("#rows .col-name > a")).to_have_text(list(names))

    def first_row(self) -> Locator:
        """« La première rangée de la liste contient des champs vides »; it is under the row of headings."""
        return self.page.get_by_role("row").nth(1)

    def rows(self) -> list[ListRow]:
        """The list's rows on this page, from top to bottom."""
        return read_rows(self.page, self.words)

    def rows_of_every_page(self) -> list[ListRow]:
        """Open each following page; return the list's rows from this page to the last."""
        rows = self.rows()
        while self.page.locator("#page-next").count():
            self.open_next_page()
            rows += self.rows()
        return rows

    def search_field(self, column: str) -> Locator:
        """The field of the first row in that column."""
        return self.page.get_by_role("textbox", name=self.words.search_in.format(column), exact=True)

    def search(self, keyword: str, *, column: str) -> None:
        """« Entrez « Canada » dans la colonne Pays et appuyez sur la touche Entrée »; waits for the new rows."""
        self.search_field(column).fill(keyword)
        with self.expect_new_rows():
            self.page.keyboard.press("Enter")
        expect(self.search_field(column)).to_have_value(keyword.strip("« »"))

    def heading(self, column: str) -> Locator:
        """The heading of that column."""
        return self.page.get_by_role("columnheader", name=column, exact=True)

    def sort(self, column: str) -> None:
        """« Cliquez sur l'entête d'une colonne pour modifier son ordre de tri. »."""
        with self.expect_new_rows():
            self.click(self.heading(column).get_by_role("button"))

    def expect_columns(self, *columns: str) -> None:
        """The list has these columns."""
        for column in columns:
            expect(self.heading(column)).to_be_visible()

    def expect_order(self, column: str, order: str) -> None:
        """The list is sorted by that column alone, ascending or descending."""
        expect(self.heading(column)).to_have_attribute("aria-sort", order)
        expect(self.page.locator("[aria-sort]")).to_have_count(1)

    @contextmanager
    def expect_new_rows(self) -> Iterator[None]:
        """Wait, after the block, for the rows to be exchanged; without scripts, for another page."""
        if not self.staff.has_script:
            with self.page.expect_navigation():
                yield
            return
        self.page.evaluate("document.getElementById('listing').dataset.old = ''")
        yield
        expect(self.page.locator("#listing:not([data-old])")).to_have_count(1)

    def click_delete_icon(self, name: str) -> Locator:
        """« Cliquez sur l’icône Supprimer dans la rangée »; return the window, or the page in its place."""
        icon = self.row(name).get_by_role("link", name=self.words.delete.format(name), exact=True)
        self.click(icon)
        return self.window(self.words.delete_question.format(name))

    def window(self, title: str) -> Locator:
        """The window with that title; without scripts, the page in its place."""
        if not self.staff.has_script:
            expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
            return self.page.get_by_role("main")
        window = self.page.get_by_role("dialog", name=title, exact=True)
        expect(window).to_be_visible()
        return window

    def delete(self, name: str) -> None:
        """Click the icon, then « OK » in the window."""
        self.click(self.click_delete_icon(name).get_by_role("button", name=self.words.ok, exact=True))
        self.expect_message(self.words.deleted.format(name))
        expect(self.row(name)).to_have_count(0)

    def selection_box(self, name: str) -> Locator:
        """« La case à côté du nom »."""
        return self.page.get_by_role("checkbox", name=self.words.tick.format(name), exact=True)

    def select_all_box(self, count: int) -> Locator:
        """« La case en haut de la liste, à côté de l'entête Nom »."""
        heads = self.page.get_by_role("row").first
        return heads.get_by_role("checkbox", name=self.words.tick_all.format(count), exact=True)

    def tick(self, *boxes: Locator) -> None:
        """« Cochez la case »; a second click clears it."""
        for box in boxes:
            if self.staff.has_script:
                with self.expect_new_rows():
                    self.click(box)
            else:
                self.click(box)

    def open_next_page(self) -> None:
        """Open the next page of the list."""
        with self.expect_new_rows():
            self.click(self.page.get_by_role("button", name=self.words.next_page))


def follow_partner_link(visitor: Visitor, *, name: str, to: str, words: Words) -> None:
    """A visitor clicks the partner's button and arrives at that address."""
    button = visitor.page.get_by_role("link", name=re.compile(rf"^{words.continue_to}\W+{re.escape(name)}\W*$"))
    expect(button).to_have_count(1)
    with visitor.page.expect_navigation():
        button.click()
    assert visitor.page.url == to


def fill_new_partner(staff: Staff, name: str) -> Reader:
    """Open the page of a new partner, from a sorted list, and fill in its fields without saving."""
    reader = Reader(staff)
    staff.page.goto("/console/partners/new/?list=sort%3D-name")
    reader.fill(Sample(name, countries=["IS"]))
    return reader
