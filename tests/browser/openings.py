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


def golden_list(staff: Staff, _partners: PreparedPartners) -> None:
    """The list of golden visitors, one of which differs."""
    rows = [
        "country,region,language,day,decision,partner",
        "BR,,fr,,none,",
        "AQ,,en,,none,",
        "CA,CA-QC,fr,2030-01-31,none,",
    ]
    staff.send("/console/simulation/visitors/paste/", {"pasted": "\n".join(rows), "replaces": "1"})
    staff.page.goto("/console/simulation/visitors/")
    expect(staff.page.locator(".golden tbody tr")).to_have_count(3)


def golden_refused(staff: Staff, _partners: PreparedPartners) -> None:
    """The form of a golden visitor whose partner is refused."""
    staff.watch.expected_statuses.add(422)
    staff.page.goto("/console/simulation/visitors/edit/")
    staff.page.locator("#partner").fill("Interminablement" * 8)
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator("#partner-error")).to_be_visible()


def matching_countries(staff: Staff, partners: PreparedPartners) -> None:
    """The settings of a partner, with the countries that a typed text finds."""
    staff.open_settings(partners.ordinary)
    staff.page.locator("#country").select_option("FR")
    staff.page.locator("#add-country").click()
    staff.page.locator("#country_name").press_sequentially("guin")
    expect(staff.page.get_by_role("listbox")).to_be_visible()


def visit_simulated(staff: Staff, _partners: PreparedPartners) -> None:
    """The list of partners, with a visit simulated in the line above it."""
    staff.page.goto("/console/partners/")
    fold = staff.page.locator(".ask-fold > summary")
    if fold.is_visible():
        fold.click()
    staff.page.locator("#ask-country").select_option("GS")
    expect(staff.page.locator("#ask-answer a.details")).to_be_visible()


def signed_out(path: str, *, status: int = 200) -> Opening:
    """Return how to open a page that needs no account."""

    def opening(staff: Staff, _partners: PreparedPartners) -> None:
        staff.watch.expected_statuses.add(status)
        staff.page.context.clear_cookies()
        cookie = {"name": "renvoi_console_lang", "value": staff.words.language, "url": staff.page.url}
        if staff.page.url.startswith("http"):
            staff.page.context.add_cookies([cookie])  # type: ignore[list-item]  # as in people.py
        joint = "&" if "?" in path else "?"
        staff.page.goto(f"{path}{joint}lang={staff.words.language}")

    return opening
