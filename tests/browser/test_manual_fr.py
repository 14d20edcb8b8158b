"""The manual, followed step by step in the French console."""

import pytest

from tests.browser.manual import ManualChapters
from tests.browser.manual_exports import ExportChapters
from tests.browser.words import FRENCH, Words
from tests.guide.manual import all_sections

pytestmark = pytest.mark.browser


@pytest.fixture
def words() -> Words:
    """The words of the French console."""
    return FRENCH


class TestManual(ManualChapters, ExportChapters):
    """In French."""


def test_words_of_the_page_are_those_of_the_manual() -> None:
    manual = (
        " ".join(text for section in all_sections() for text in (section.heading, *section.steps))
        .lower()
        .replace("*", "")
    )
    words = (FRENCH.main_menu, FRENCH.partners, FRENCH.new, FRENCH.save, FRENCH.add, FRENCH.ok, FRENCH.name)
    fields = (FRENCH.url_en, FRENCH.url_fr, FRENCH.countries, FRENCH.settings)
    for word in (*words, *fields, "supprimer", "description (en anglais et en français)"):
        assert word.lower() in manual
