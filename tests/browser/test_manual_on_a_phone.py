"""The manual on a phone: 390 px wide, by touch, in French.

Where a step can't be followed literally, the nearest equivalent is tested. There are no headings to click: « Trier
par » chooses a column, and the arrow beside it reverses the order. The fields of the first row are under « Rechercher
», the box « en haut de la liste, à côté de l'entête Nom » is « Tout (60) », and the main menu is under « Menu ».
"""

import pytest

from tests.browser.manual import ManualChapters
from tests.browser.manual_exports import ExportChapters
from tests.browser.pages import SIZES
from tests.browser.people import Staff, StaffMaker
from tests.browser.phone import PhoneReader

pytestmark = pytest.mark.browser


@pytest.fixture
def staff(open_staff: StaffMaker) -> Staff:
    """A member of staff on a phone."""
    return open_staff(viewport=SIZES["narrow"], screen=SIZES["narrow"], is_mobile=True, has_touch=True)


@pytest.fixture
def reader(staff: Staff) -> PhoneReader:
    """The same person, following the manual."""
    return PhoneReader(staff)


class TestManual(ManualChapters, ExportChapters):
    """In French, by touch."""
