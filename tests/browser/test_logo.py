"""The guide's section on the logo: a real file is uploaded and seen by prospects, hostile ones are refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.words import ENGLISH, Words
from tests.corpora.images import GOOD, HOSTILE

pytestmark = pytest.mark.browser

FRENCH_LABELS: dict[str, Any] = {
    "settings": "Réglages généraux",
    "open": re.compile("^(Ajouter un|Changer le) logo$"),
    "file": "Fichier PNG, JPEG, WebP ou GIF",
    "saved": "Logo enregistré.",
    "remove": "Retirer le logo",
    "removed": "Logo retiré. Vous pouvez le remettre depuis l’historique.",
}
ENGLISH_LABELS: dict[str, Any] = {
    "settings": "General settings",
    "open": re.compile("^(Add a|Change the) logo$"),
    "file": "PNG, JPEG, WebP or GIF file",
    "saved": "Logo saved.",
    "remove": "Remove the logo",
    "removed": "Logo removed. You can bring it back from the history.",
}
REFUSED = (
    "truncated png",
    "1 x 1",
    "bomb of 50,000 x 50,000",
    "svg",
    "over 2 MB",
    "transparent",
    "signature of a webp",
    "html",
)
NATURAL_SIZE = "image => [image.complete, image.naturalWidth, image.naturalHeight]"


class Journeys:
    """In one language, with scripts or without."""

    @pytest.fixture
    def labels(self, words: Words) -> dict[str, Any]:
        return ENGLISH_LABELS if words.language == "en" else FRENCH_LABELS

    @pytest.mark.performs("logo-1", "logo-2", "logo-3")
    def test_logo_is_uploaded_seen_by_prospects_and_removed(
        self, reader: Reader, labels: dict[str, Any], tmp_path: Path
    ) -> None:
        page = reader.page
        self._open(reader, labels)
        self._save(reader, labels, tmp_path, GOOD["polyglot"])
        expect(page.locator(".message[data-kind=good]")).to_contain_text(labels["saved"])
        shown = page.locator("#logo img").first
        assert shown.evaluate(NATURAL_SIZE) == [True, 600, 150]
        self._expect_on_visitors_page(reader)
        page.goto("/console/settings/logo/")
        page.get_by_role("button", name=labels["remove"]).click()
        expect(page.locator(".message[data-kind=good]")).to_contain_text(labels["removed"])
        expect(page.locator("#logo img")).to_have_count(0)

    def test_hostile_file_is_refused_beside_the_field(
        self, reader: Reader, labels: dict[str, Any], tmp_path: Path
    ) -> None:
        page = reader.page
        reader.staff.watch.expected_statuses.add(422)
        self._open(reader, labels)
        sentences = set()
        for name in REFUSED:
            self._save(reader, labels, tmp_path, HOSTILE[name][1])
            error = page.locator("#file-error")
            expect(error).to_be_visible()
            sentences.add(error.inner_text())
            expect(page.get_by_label(labels["file"])).to_have_attribute("aria-invalid", "true")
        assert len(sentences) == len({HOSTILE[name][0] for name in REFUSED})

    def test_animation_becomes_a_still_image(self, reader: Reader, labels: dict[str, Any], tmp_path: Path) -> None:
        self._open(reader, labels)
        self._save(reader, labels, tmp_path, GOOD["animated gif"])
        expect(reader.page.locator(".message[data-kind=good]")).to_contain_text(labels["saved"])
        path = reader.page.locator("#logo img").first.get_attribute("src") or ""
        content = reader.page.context.request.get(path).body()
        assert content.startswith(b"\x89PNG")
        assert b"acTL" not in content
        reader.page.goto("/console/settings/logo/")
        reader.page.get_by_role("button", name=labels["remove"]).click()

    def _open(self, reader: Reader, labels: dict[str, Any]) -> None:
        if not reader.page.url.startswith("http"):
            reader.page.goto("/console/coverage/")
        reader.open(labels["settings"])
        reader.page.get_by_role("link", name=labels["open"]).click()
        expect(reader.page.get_by_role("heading", level=1)).to_have_text("Logo")

    def _save(self, reader: Reader, labels: dict[str, Any], folder: Path, content: bytes) -> None:
        file = folder / "logo.png"
        file.write_bytes(content)
        reader.page.get_by_label(labels["file"]).set_input_files(file)
        reader.page.locator(".form-actions .primary").click()

    def _expect_on_visitors_page(self, reader: Reader) -> None:
        """The gateway has it within a second."""
        page = reader.page
        for _ in range(20):
            page.goto("/?country=AQ")
            if page.locator("header img").count():
                break
            page.wait_for_timeout(100)
        assert page.locator("header img").evaluate(NATURAL_SIZE) == [True, 600, 150]


class TestInFrench(Journeys):
    """In French."""


class TestInEnglish(Journeys):
    """In English."""

    @pytest.fixture
    def words(self) -> Words:
        return ENGLISH


class TestWithoutScript(Journeys):
    """With scripts off."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        return open_staff(java_script_enabled=False)
