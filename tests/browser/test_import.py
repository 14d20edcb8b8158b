"""The guide's chapter on imports: an error is corrected, rows are pasted, with scripts or without."""

import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
FRENCH_LABELS = {
    "import": "Importer",
    "check": "Vérifier",
    "file": "Fichier CSV ou XLSX",
    "rows": "Lignes copiées d’un tableur",
    "checked": "Vérification (rien n’est enregistré)",
    "download": "Télécharger le fichier annoté",
    "to do": "Créer 1 partenaire",
    "done": "1 partenaire créé",
    "undo": "Annuler l’importation",
}
ENGLISH_LABELS = {
    "import": "Import",
    "check": "Check",
    "file": "CSV or XLSX file",
    "rows": "Rows copied from a spreadsheet",
    "checked": "Check (nothing is saved)",
    "download": "Download the file with its problems",
    "to do": "Create 1 partner",
    "done": "1 partner created",
    "undo": "Undo the import",
}


def a_name() -> str:
    """A name that no other test has put into the trash."""
    return f"Éperlan {uuid.uuid4().hex[:8]}"


class Journeys:
    """In one language, with scripts or without."""

    @pytest.fixture
    def labels(self, words: Words) -> dict[str, str]:
        return ENGLISH_LABELS if words.language == "en" else FRENCH_LABELS

    @pytest.mark.performs("import-1", "import-2", "import-3", "import-4")
    def test_file_with_an_error_is_corrected_and_imported(
        self, reader: Reader, labels: dict[str, str], tmp_path: Path
    ) -> None:
        page = reader.page
        file = tmp_path / "Partners.csv"
        rows = f"name;url_en;countries\n{a_name()};ftp://eperlan.example/;France\n"
        file.write_text(rows, encoding="utf-8")
        self._open(reader, labels)
        page.get_by_label(labels["file"]).set_input_files(file)
        self._check(reader, labels)
        expect(page.get_by_role("row", name=re.compile("^2 url_en"))).to_be_visible()
        expect(self._button(reader, labels["import"])).to_have_count(0)
        with page.expect_download() as download:
            page.get_by_role("link", name=labels["download"], exact=True).click()
        content = download.value.path().read_bytes()
        corrected = tmp_path / download.value.suggested_filename
        corrected.write_bytes(content.replace(b"ftp:", b"https:", 1))
        page.goto("/console/import/")
        page.get_by_label(labels["file"]).set_input_files(corrected)
        self._check(reader, labels)
        self._import(reader, labels)

    @pytest.mark.performs("import-1", "import-2", "import-3", "import-4")
    def test_pasted_rows_are_imported(self, reader: Reader, labels: dict[str, str]) -> None:
        self._open(reader, labels)
        reader.page.get_by_label(labels["rows"]).fill(f"name\turl_en\tcountries\n{a_name()}\thttps://e.example/\tFR\n")
        self._check(reader, labels)
        self._import(reader, labels)

    def _open(self, reader: Reader, labels: dict[str, str]) -> None:
        reader.open_partners()
        reader.page.get_by_role("link", name=labels["import"], exact=True).click()

    def _button(self, reader: Reader, name: str) -> Locator:
        return reader.page.get_by_role("button", name=name, exact=True)

    def _check(self, reader: Reader, labels: dict[str, str]) -> None:
        self._button(reader, labels["check"]).click()
        expect(reader.page.get_by_role("heading", level=1)).to_have_text(labels["checked"])
        expect(reader.page.locator(".import > .facts")).to_be_visible(timeout=PATIENCE_MS)

    def _import(self, reader: Reader, labels: dict[str, str]) -> None:
        """Import one new partner, then undo it, as other tests count the partners."""
        expect(reader.page.locator(".form-actions")).to_contain_text(labels["to do"])
        self._button(reader, labels["import"]).click()
        message = reader.page.locator(".message[data-kind=good]")
        expect(message).to_contain_text(labels["done"], timeout=PATIENCE_MS)
        expect(message).to_be_focused() if reader.staff.has_script else None
        self._button(reader, labels["undo"]).click()
        expect(reader.page).to_have_url(re.compile("/console/partners/"))


class TestInFrench(Journeys):
    """In French."""


class TestInEnglish(Journeys):
    """In English."""

    @pytest.fixture
    def words(self) -> Words:
        return ENGLISH


class TestWithoutScripts(Journeys):
    """In French, without scripts: the page reloads by itself."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        return open_staff(java_script_enabled=False)
