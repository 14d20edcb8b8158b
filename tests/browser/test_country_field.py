"""The country field of a partner: typing and Enter, any name of a country, territories, and few actions."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff

pytestmark = pytest.mark.browser

NEW = "/console/partners/new/"


@pytest.fixture
def page(staff: Staff) -> Page:
    """The form of a new partner."""
    staff.page.goto(NEW)
    return staff.page


@pytest.fixture
def field(page: Page) -> Locator:
    """The field into which one types a country."""
    return page.get_by_role("combobox", name="Ou taper un pays", exact=True)


def codes(page: Page) -> list[str]:
    inputs = page.locator(".chips [name=countries]")
    return [str(one.get_attribute("value")) for one in inputs.all()]


def matches(page: Page) -> list[str]:
    return page.get_by_role("listbox", name="Pays", exact=True).get_by_role("option").all_inner_texts()


@dataclass
class Actions:
    """A person who counts: one action is a click, a text typed where the focus is, or a key that acts."""

    page: Page
    count: int = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.count += 1

    def type_text(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.count += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1


def test_partner_with_two_countries_takes_eight_actions(staff: Staff) -> None:
    staff.open_list()
    person = Actions(staff.page)
    person.press("n")
    expect(staff.page.locator("#name")).to_be_focused()
    person.type_text("Aló Neuf")
    person.press("Tab")
    person.type_text("https://neuf.partnername.com/")
    person.click(staff.page.locator("#country_name"))
    person.type_text("bresil, holland")
    person.press("Enter")
    person.click(staff.page.get_by_role("button", name=staff.words.save, exact=True))
    Reader(staff).expect_message(staff.words.created.format("Aló Neuf"))
    assert person.count == 8
    staff.open_list(name="Aló Neuf")
    expect(Reader(staff).row("Aló Neuf")).to_contain_text("Brésil, Pays-Bas")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("brésil", "BR"),
        ("BRESIL", "BR"),
        ("le brés", "BR"),
        ("brazil", "BR"),
        ("br", "BR"),
        ("uk", "GB"),
        ("Grande-Bretagne", "GB"),
        ("zaïre", "CD"),
        ("turkey", "TR"),
        ("cote d'ivoire", "CI"),
        ("l’île maurice", "MU"),
        ("etats unis", "US"),
    ],
)
def test_enter_adds_the_country_of_any_name(typed: str, code: str, page: Page, field: Locator) -> None:
    field.fill(typed)
    field.press("Enter")
    assert codes(page) == [code]
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    expect(page.locator("#announcement")).to_have_text(re.compile(r" ajouté(?:e|s|es)?, 1 pays\.$"))
    expect(page.locator(f"#country option[value={code}]")).to_have_count(0)


@pytest.mark.parametrize(
    ("code", "added", "removed"),
    [
        ("BR", "Brésil ajouté", "Brésil retiré"),
        ("FR", "France ajoutée", "France retirée"),
        ("US", "États-Unis ajoutés", "États-Unis retirés"),
        ("CK", "Îles Cook ajoutées", "Îles Cook retirées"),
    ],
)
def test_announcement_agrees_with_the_name(code: str, added: str, removed: str, page: Page, field: Locator) -> None:
    announcement = page.locator("#announcement")
    field.fill(code)
    field.press("Enter")
    expect(announcement).to_have_text(f"{added}, 1 pays.")
    page.locator(".chips").get_by_role("button").click()
    expect(announcement).to_have_text(f"{removed}, 0 pays.")


def test_announcement_of_many_counts_the_others(page: Page, field: Locator) -> None:
    field.fill("FR")
    field.press("Enter")
    page.locator(".territories[data-state=FR]").get_by_role("button", name="Les ajouter tous").click()
    announced = "Guadeloupe, Guyane française, Martinique et 9 autres ajoutés, 13 pays."
    expect(page.locator("#announcement")).to_have_text(announced)


def test_arrows_choose_among_the_matches_and_escape_closes_them(page: Page, field: Locator) -> None:
    field.press_sequentially("guin")
    assert matches(page)[:3] == ["Guinée", "Guinée-Bissau", "Guinée équatoriale"]
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-activedescendant", "match-GN")
    for key, match in (("ArrowDown", "GW"), ("ArrowDown", "GQ"), ("ArrowUp", "GW")):
        field.press(key)
        expect(field).to_have_attribute("aria-activedescendant", f"match-{match}")
        expect(page.locator(f"#match-{match}")).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("guin")
    field.press("ArrowDown")
    page.locator("#match-GQ").click()
    assert codes(page) == ["GQ"]
    expect(field).to_be_focused()


@pytest.mark.parametrize(
    ("typed", "added"),
    [
        ("Brésil, holland; le Japon,", ["BR", "JP", "NL"]),
        ("BR, Brésil", ["BR"]),
        # The beginning of several names, or the name of several countries.
        ("Brésil, Port", []),
        ("Brésil, Corée", []),
    ],
)
def test_enter_adds_several_countries_or_none(typed: str, added: list[str], page: Page, field: Locator) -> None:
    field.fill(typed)
    field.press("Enter")
    expect(field).to_have_value("" if added else typed)
    assert sorted(codes(page)) == added


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Atlantide", "Aucun pays ne s’appelle «\u00a0Atlantide\u00a0»."),
        (
            "Corée",
            "«\u00a0Corée\u00a0» désigne plusieurs pays\u00a0: Corée du Nord ou Corée du Sud. Précisez lequel.",
        ),
        ("islande", "Déjà dans la liste\u00a0: Islande."),
    ],
)
def test_enter_says_why_it_adds_nothing(typed: str, says: str, page: Page, field: Locator) -> None:
    field.fill("IS")
    field.press("Enter")
    field.fill(typed)
    field.press("Enter")
    expect(page.locator("#country-name-note")).to_have_text(says)
    expect(field).to_have_value(typed)
    assert codes(page) == ["IS"]
    assert page.url.endswith(NEW)


def test_add_button_adds_what_is_typed_and_what_is_selected(page: Page, field: Locator) -> None:
    page.locator("#country").select_option("AO")
    field.fill("bresil")
    page.locator("#add-country").click()
    assert codes(page) == ["AO", "BR"]


def test_france_offers_its_territories(page: Page, field: Locator, staff: Staff) -> None:
    offer = page.locator(".territories[data-state=FR]")
    expect(offer).to_be_hidden()
    field.fill("France")
    field.press("Enter")
    expect(offer.get_by_role("button", name="Guadeloupe", exact=True)).to_be_visible()
    offer.get_by_role("button", name="Guadeloupe", exact=True).click()
    expect(offer.get_by_role("button", name="Guadeloupe", exact=True)).to_be_hidden()
    expect(offer.get_by_role("button", name="Guyane française", exact=True)).to_be_focused()
    offer.get_by_role("button", name="Les ajouter tous", exact=True).click()
    assert len(codes(page)) == 13
    expect(offer).to_be_hidden()
    expect(page.locator("#country")).to_be_focused()
    Reader(staff).chosen_countries.filter(has_text="Martinique").get_by_role("button").click()
    expect(offer).to_be_visible()
    Reader(staff).chosen_countries.filter(has_text=re.compile(r"^\s*France")).get_by_role("button").click()
    expect(offer).to_be_hidden()
