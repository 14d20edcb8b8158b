"""What the pages of `tests.browser.pages` need: the partners of their states, and the common ways to open a page."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.browser.people import Staff

LONG_NAME = "Téléphonie " + "interminablement" * 5 + " Ltée"
LONG_ADDRESS = "http://" + ".".join(["sous-domaine-interminable"] * 6) + ".example/" + "chemin/" * 30


@dataclass(frozen=True, slots=True)
class PreparedPartners:
    """The ids of the partners that the states need: an ordinary one, and one with the longest values."""

    ordinary: int
    longest: int


def prepare_partners(staff: Staff) -> PreparedPartners:
    """Create them, and put two others in the trash. The server has the sample partners."""
    ordinary = staff.create("Aló Ordinaire", countries=["IS", "NO"], description_fr="Elle répond.")
    longest = staff.create(
        LONG_NAME,
        url_en=LONG_ADDRESS,
        url_fr=LONG_ADDRESS,
        description_en="W" * 255,
        description_fr="Anticonstitutionnellement " * 9,
        countries=["GS", "CD", "VC", "BA", "UM", "KN", "CC", "HM", "IO", "TF"],
        agreement_reference="ENT-" + "9" * 96,
        agreement_starts_on="2020-01-01",
        agreement_ends_on="2099-12-31",
    )
    for name in ("Aló Jeté", "Aló Jeté aussi"):
        staff.trash(staff.create(name, countries=["ZM", "BO", "PY", "PE", "EC", "UY", "GY", "SR"]))
    return PreparedPartners(ordinary, longest)


Opening = Callable[[Staff, PreparedPartners], object]


def at(path: str) -> Opening:
    """Open the page at that path."""
    return lambda staff, _partners: staff.page.goto(path)


def window_at(path: str, button: str) -> Opening:
    """Open the window of a button of the page at that path."""

    def open_window(staff: Staff, _partners: PreparedPartners) -> None:
        staff.page.goto(path)
        staff.page.locator(button).click()
        expect(staff.page.get_by_role("dialog")).to_be_visible()

    return open_window
