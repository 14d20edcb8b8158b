"""The manual in Firefox: one person follows its steps in the French console, from « Nouveau » to « Supprimer ».

tests/browser/test_manual_fr.py performs each step in Chromium, in all its forms. This journey is for what another
engine may do otherwise: forms, keys, windows, downloads. Docstrings in « » quote the manual.
"""

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.browser.exported import text_of, without_spaces
from tests.browser.firefox import ENTER, Element, Firefox, wait_for
from tests.browser.partner_sites import PartnerSites
from tests.browser.words import FRENCH as WORDS
from tests.running import EMAIL, PASSWORD, RunningRenvoi

pytestmark = [pytest.mark.browser, pytest.mark.needs("firefox-esr")]

_NAME, _RENAMED = "Aló Renard", "Aló Renard roux"
_FIELDS = {
    WORDS.url_en: "http://signup.partnername.com/en/welcome",
    WORDS.url_fr: "http://partnername.com/signup_fr/welcome",
    WORDS.description_en: "She answers in English and Portuguese.",
    WORDS.description_fr: "L’assistante virtuelle répond en français et en portugais.",
}
_SETTLED_S = 2
_LINES_OF_EXAMPLES = "return [...document.querySelectorAll('.hint bdi')].map(one => one.getClientRects().length)"


@pytest.fixture
def firefox(tmp_path: Path, sites: PartnerSites) -> Iterator[Firefox]:
    """Firefox, which finds the partners' sites, and every other host, at their server."""
    with Firefox(tmp_path, proxy_port=sites.port) as running:
        yield running


def test_manual_in_firefox(firefox: Firefox, renvoi: RunningRenvoi) -> None:
    reader = FirefoxReader(firefox)
    reader.sign_in(renvoi.address)
    reader.add_partner()
    reader.search_and_sort()
    reader.export_csv()
    reader.export_pdf()
    reader.change_settings()
    reader.delete()


class FirefoxReader:
    """A member of staff who follows the manual in Firefox, with one partner of two countries."""

    def __init__(self, firefox: Firefox) -> None:
        self.firefox = firefox
        self.find = firefox.find

    def sign_in(self, address: str) -> None:
        """The page that asks for it comes first."""
        self.firefox.send("Navigate", url=f"{address}/console/partners/")
        self.find("textbox", "Courriel").fill(EMAIL)
        self.find("textbox", "Mot de passe").fill(PASSWORD)
        self.find("button", "Ouvrir une session").click()
        self._expect_heading(WORDS.partners)

    def open_partners(self) -> None:
        """« Dans le menu principal, cliquez sur Partenaires. »."""
        self.find("link", WORDS.partners, within=self.firefox.one("nav", WORDS.partners)).click()
        self._expect_heading(WORDS.partners)

    def add_partner(self) -> None:
        """« Cliquez sur le bouton Nouveau. Remplissez les champs […]. Cliquez sur Enregistrer »."""
        self.open_partners()
        self.find("button", WORDS.new).click()
        self._expect_heading(WORDS.settings)
        assert self.firefox.send("ExecuteScript", script=_LINES_OF_EXAMPLES, args=[]) == [1, 1]
        self.find("textbox", WORDS.name).fill(_NAME)
        for label, value in _FIELDS.items():
            self.find("textbox", label).fill(value)
        for code in ("CA", "BR"):
            self._add_country(WORDS.country[code])
        assert self._chosen_countries() == [WORDS.country["BR"], WORDS.country["CA"]]
        self.find("button", WORDS.save).click()
        self._expect_message(WORDS.created.format(_NAME))
        assert _NAME in self._names()

    def _add_country(self, name: str) -> None:
        """« Sélectionnez un pays dans la liste déroulante et cliquez sur le bouton Ajouter. »."""
        select = self.find("combobox", "Pays desservis")
        self.find("option", name, within=select).click()
        self.find("button", WORDS.add).click()
        wait_for(lambda: name in self._chosen_countries())

    def _chosen_countries(self) -> list[str]:
        return self.firefox.texts("#countries .chips li > span")

    def search_and_sort(self) -> None:
        """« Entrez « Canada » dans la colonne Pays et appuyez sur la touche Entrée », and the other way round."""
        everyone = self._names()
        self._search(WORDS.countries, "Canada")
        wait_for(lambda: self._names() != everyone)
        found = self._names()
        assert _NAME in found
        assert self.firefox.texts("#rows mark") == ["Canada"] * len(found)
        self._sort(order="descending")
        assert self._names() == found[::-1]
        self._sort(order="ascending")
        assert self._names() == found
        self._search(WORDS.countries, "")
        wait_for(lambda: self._names() == everyone)

    def _sort(self, *, order: str) -> None:
        """« Cliquez sur l'entête d'une colonne pour modifier son ordre de tri. »."""
        self.find("button", WORDS.name).click()
        wait_for(lambda: self.firefox.all(f"th.col-name[aria-sort={order}]"))

    def _search(self, column: str, keyword: str) -> None:
        self.find("textbox", WORDS.search_in.format(column)).fill(keyword + ENTER)

    def _tick(self) -> None:
        """« Cochez la case à côté du nom »."""
        self.open_partners()
        self.find("checkbox", WORDS.tick.format(_NAME)).click()
        self.firefox.one("#selection", "1 partenaire sélectionné")

    def export_csv(self) -> None:
        """« Renommez Partners.csv par MesPartenaires.csv. […] Cliquez sur Enregistrer. »."""
        self._tick()
        self.find("button", "CSV").click()
        window = self._window(WORDS.export_window)
        field = self.find("textbox", WORDS.file_name, within=window)
        assert field.value == "Partners.csv"
        field.fill(WORDS.renamed_file)
        self.find("button", WORDS.save, within=window).click()
        path = self._saved(WORDS.renamed_file)
        with path.open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file, strict=True)
        assert row[WORDS.name] == _NAME
        assert {label: row[label] for label in _FIELDS} == _FIELDS
        assert row[WORDS.countries] == f"{WORDS.country['BR']}; {WORDS.country['CA']}"
        wait_for(lambda: not self.firefox.all("dialog"))

    def export_pdf(self) -> None:
        """« S'ouvrira automatiquement dans une nouvelle fenêtre et sera enregistré »: one window, and one file."""
        self._tick()
        (own,) = self.firefox.windows
        self.find("button", "PDF").click()
        path = self._saved("Partners.pdf")
        assert without_spaces(_NAME) in text_of(path)
        assert len(PdfReader(path).pages) == 1
        wait_for(lambda: self._pages_besides(own) and all("Partners.pdf" in page for page in self._pages_besides(own)))
        time.sleep(_SETTLED_S)
        assert len(self._pages_besides(own)) == 1, self._pages_besides(own)
        assert [saved.name for saved in self.firefox.downloads.glob("*.pdf")] == ["Partners.pdf"]
        (window,) = self.firefox.windows - {own}
        self.firefox.switch(window)
        self.firefox.send("CloseWindow")
        self.firefox.switch(own)

    def _pages_besides(self, own: str) -> list[str]:
        """The addresses of the other windows and tabs."""
        pages = []
        for window in self.firefox.windows - {own}:
            self.firefox.switch(window)
            pages.append(self.firefox.send("GetCurrentURL"))
        self.firefox.switch(own)
        return pages

    def change_settings(self) -> None:
        """« Cliquez sur le nom de celui que vous souhaitez modifier. […] Cliquez sur Enregistrer »."""
        self.open_partners()
        self.find("link", _NAME).click()
        self._expect_heading(WORDS.settings)
        for label, value in _FIELDS.items():
            assert self.find("textbox", label).value == value
        self.find("textbox", WORDS.name).fill(_RENAMED)
        self.find("button", WORDS.remove.format(WORDS.country["BR"])).click()
        wait_for(lambda: self._chosen_countries() == [WORDS.country["CA"]])
        self.find("button", WORDS.save).click()
        self._expect_message(WORDS.saved.format(_RENAMED))

    def delete(self) -> None:
        """« Cliquez sur l’icône Supprimer […]. Cliquez sur OK »; before that, « Annuler » changes nothing."""
        self.open_partners()
        self.find("button", WORDS.cancel, within=self._click_delete_icon()).click()
        wait_for(lambda: not self.firefox.all("dialog"))
        assert _RENAMED in self._names()
        self.find("button", WORDS.ok, within=self._click_delete_icon()).click()
        self._expect_message(WORDS.deleted.format(_RENAMED))
        assert _RENAMED not in self._names()

    def _click_delete_icon(self) -> Element:
        self.find("link", WORDS.delete.format(_RENAMED)).click()
        return self._window(WORDS.delete_question.format(_RENAMED))

    def _window(self, title: str) -> Element:
        return self.firefox.one("dialog[open]", title)

    def _names(self) -> list[str]:
        return self.firefox.texts("#rows .col-name > a")

    def _expect_heading(self, text: str) -> None:
        self.firefox.one("h1", text)

    def _expect_message(self, text: str) -> None:
        self.firefox.one(".messages", text)

    def _saved(self, name: str) -> Path:
        """Wait for a download to be complete."""
        folder = self.firefox.downloads
        wait_for(lambda: (folder / name).exists() and (folder / name).stat().st_size and not [*folder.glob("*.part")])
        return folder / name
