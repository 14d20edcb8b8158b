"""The manual, followed in the English console."""

import pytest

from tests.browser.manual import ManualChapters
from tests.browser.manual_exports import ExportChapters
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser


@pytest.fixture
def words() -> Words:
    """The words of the English console."""
    return ENGLISH


class TestManual(ManualChapters, ExportChapters):
    """In English."""
