"""The manual that came with the order, followed word for word in the French console."""

import pytest

from tests.browser.exports_of_the_manual import ExportChapters
from tests.browser.manual import ManualChapters
from tests.browser.prepare import ROOT
from tests.browser.words import FRENCH, Words

pytestmark = pytest.mark.browser

_MANUAL = ROOT.parent / "shared" / "seed" / "partenaires.fr.txt"


@pytest.fixture
def words() -> Words:
    """The manual's language."""
    return FRENCH


class TestManual(ManualChapters, ExportChapters):
    """In French."""


@pytest.mark.skipif(not _MANUAL.exists(), reason="the manual lies beside the project, not in it")
def test_the_words_are_the_manuals() -> None:
    manual = " ".join(_MANUAL.read_text(encoding="utf-8").lower().split())
    said = (FRENCH.main_menu, FRENCH.partners, FRENCH.new, FRENCH.save, FRENCH.add, FRENCH.ok, FRENCH.name)
    named = (FRENCH.url_en, FRENCH.url_fr, FRENCH.countries, FRENCH.settings)
    for word in (*said, *named, "icône supprimer", "description (en anglais et en français)"):
        assert word.lower() in manual
