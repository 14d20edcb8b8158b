"""Hides how each step of the manual is done with a mouse: what is clicked, and what must be seen after it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Staff, Visitor
from tests.browser.words import Words


@dataclass(frozen=True, slots=True)
class Sample:
    """What a person types of a partner. The addresses are the manual's own."""

    name: str
    countries: Sequence[str]
    url_en: str = "http://signup.partnername.com/en/welcome"
    url_fr: str = "http://partnername.com/signup_fr/welcome"
    description_en: str = "She answers in English and Portuguese."
    description_fr: str = "L’assistante virtuelle répond en français et en portugais."


class Reader:
    """Somebody who does what the manual says, in the words of one language."""

    def __init__(self, staff: Staff) -> None:
        self.page: Page = staff.page
        self.words: Words = staff.words
        self.staff = staff

    def opens_the_partners(self) -> None:
        """« Dans le menu principal, cliquez sur Partenaires. »."""
        if not self.page.url.startswith("http"):
            self.page.goto("/console/coverage/")
        menu = self.page.get_by_role("navigation", name=self.words.main_menu)
        menu.get_by_role("link", name=self.words.partners, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words.partners)

    def clicks_new(self) -> None:
        """« Cliquez sur le bouton Nouveau. »."""
        self.page.get_by_role("button", name=self.words.new, exact=True).click()
        self.sees_the_settings()

    def sees_the_settings(self) -> None:
        """« Les réglages du partenaire s’affichent. »."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words.settings)

    def field(self, label: str) -> Locator:
        """The field of that label, whether or not it is marked as required."""
        return self.page.get_by_role("textbox", name=re.compile(rf"^{re.escape(label)}( · \w+)?$"))

    def fills(self, sample: Sample) -> None:
        """« Remplissez les champs avec l'information requise. »."""
        self.field(self.words.name).fill(sample.name)
        self.field(self.words.url_en).fill(sample.url_en)
        self.field(self.words.url_fr).fill(sample.url_fr)
        self.field(self.words.description_en).fill(sample.description_en)
        self.field(self.words.description_fr).fill(sample.description_fr)
        for code in sample.countries:
            self.adds(code)

    @property
    def countries(self) -> Locator:
        """What the settings call « Pays »."""
        return self.page.get_by_role("group", name=self.words.countries, exact=True)

    @property
    def chosen(self) -> Locator:
        """The countries that are chosen."""
        return self.countries.get_by_role("listitem")

    def adds(self, code: str) -> None:
        """« Sélectionnez un pays dans la liste déroulante et cliquez sur le bouton Ajouter. »."""
        name = self.words.country[code]
        self.countries.get_by_role("combobox").select_option(label=name)
        self.countries.get_by_role("button", name=self.words.add, exact=True).click()
        expect(self.chosen.filter(has_text=name)).to_have_count(1)

    def removes(self, code: str) -> None:
        """« Pour supprimer un pays de la liste, cliquez l’icône à côté du pays à supprimer. »."""
        name = self.words.country[code]
        self.chosen.filter(has_text=name).get_by_role("button").click()
        expect(self.chosen.filter(has_text=name)).to_have_count(0)

    def saves(self, *, then: str) -> None:
        """« Cliquez sur Enregistrer »; the page says that it is done."""
        self.page.get_by_role("button", name=self.words.save, exact=True).click()
        self.reads(then)

    def reads(self, message: str) -> None:
        """A message of the page."""
        expect(self.page.locator(".messages")).to_contain_text(message)

    def row(self, name: str) -> Locator:
        """The row of that partner."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("link", name=name, exact=True))

    def names(self) -> list[str]:
        """The names in the list, from top to bottom."""
        return self.page.locator("#rows .col-name > a").all_inner_texts()

    def shows(self, names: Sequence[str]) -> None:
        """Those names, from top to bottom, as soon as the page has them."""
        expect(self.page.locator("#rows .col-name > a")).to_have_text(list(names))

    def search_field(self, column: str) -> Locator:
        """The field of the first row, in that column."""
        return self.page.get_by_role("textbox", name=self.words.search_in.format(column), exact=True)

    def searches(self, keyword: str, *, column: str) -> None:
        """« Entrez « Canada » dans la colonne Pays et appuyez sur la touche Entrée »; the rows have changed."""
        self.search_field(column).fill(keyword)
        with self.rows_exchanged():
            self.page.keyboard.press("Enter")
        expect(self.search_field(column)).to_have_value(keyword.strip("« »"))

    def heading(self, column: str) -> Locator:
        """The heading of that column."""
        return self.page.get_by_role("columnheader", name=column, exact=True)

    def sorts(self, column: str) -> None:
        """« Cliquez sur l'entête d'une colonne pour modifier son ordre de tri. »."""
        with self.rows_exchanged():
            self.heading(column).get_by_role("button").click()

    @contextmanager
    def rows_exchanged(self) -> Iterator[None]:
        """Waits until what happens inside has brought other rows; without scripts, another page."""
        if not self.staff.has_script:
            with self.page.expect_navigation():
                yield
            return
        self.page.evaluate("document.getElementById('listing').dataset.old = ''")
        yield
        expect(self.page.locator("#listing:not([data-old])")).to_have_count(1)

    def clicks_the_delete_icon(self, name: str) -> Locator:
        """« Cliquez sur l’icône Supprimer dans la rangée »; the window that opens, or the page that stands for it."""
        icon = self.row(name).get_by_role("link", name=self.words.delete.format(name), exact=True)
        icon.click()
        question = self.words.delete_question.format(name)
        if not self.staff.has_script:
            expect(self.page.get_by_role("heading", level=1)).to_have_text(question)
            return self.page.get_by_role("main")
        window = self.page.get_by_role("dialog", name=question, exact=True)
        expect(window).to_be_visible()
        return window

    def deletes(self, name: str) -> None:
        """The icon, the window, « OK »."""
        self.clicks_the_delete_icon(name).get_by_role("button", name=self.words.ok, exact=True).click()
        self.reads(self.words.deleted.format(name))
        expect(self.row(name)).to_have_count(0)


def follows_the_button(visitor: Visitor, *, name: str, to: str, words: Words) -> None:
    """A prospect clicks the partner's button, and arrives at that address."""
    button = visitor.page.get_by_role("link", name=re.compile(rf"^{words.continue_to}\W+{re.escape(name)}\W*$"))
    expect(button).to_have_count(1)
    with visitor.page.expect_navigation():
        button.click()
    assert visitor.page.url == to
