"""A second factor from its set-up to the recovery code, as the guide describes it, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Staff, StaffMaker
from tests.browser.prepare import EDITOR
from tests.people.factors import code_now
from tests.running import EMAIL, PASSWORD

pytestmark = pytest.mark.browser

SECURITY = "/console/account/security/"


@pytest.fixture(params=[EMAIL, EDITOR], ids=["scripts", "no scripts"])
def account(request: pytest.FixtureRequest) -> str:
    """Each run has an account of its own, on the module's own server."""
    email: str = request.param
    return email


@pytest.fixture
def staff(account: str, open_staff: StaffMaker) -> Staff:
    return open_staff(account=account, java_script_enabled=account == EMAIL)


def open_code_page(page: Page, email: str) -> None:
    """Type the password on the sign-in page that is open."""
    page.get_by_label("Courriel").fill(email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Ouvrir une session").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Second facteur")
    expect(page.locator("#code")).to_be_focused()


def set_up(page: Page) -> tuple[str, list[str]]:
    """Set an app up; return its secret and the recovery codes. The code of this step has served then."""
    page.goto(SECURITY)
    page.get_by_role("link", name="Configurer une application d’authentification").click()
    secret = page.get_by_label("Ou tapez cette clé dans l’application").input_value()
    page.get_by_label("Code à 6 chiffres").fill(code_now(secret))
    page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    page.get_by_role("button", name="Configurer l’application").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre application est configurée")
    return secret, page.get_by_label("Codes de récupération").input_value().split("\n")


def wrong_code(secret: str) -> str:
    """Return a code that is right neither now nor soon."""
    right = {code_now(secret, steps=steps) for steps in range(-3, 10)}
    return next(code for code in ("000000", *(f"{number:06}" for number in range(20))) if code not in right)


def test_from_the_set_up_to_the_recovery_code(staff: Staff, account: str) -> None:
    page = staff.page
    secret, codes = set_up(page)
    assert len({*codes}) == 10
    page.get_by_role("link", name="Je les ai conservés").click()
    expect(page.get_by_role("main")).to_contain_text("10 codes restants")
    assert not any(code in page.content() for code in codes)

    page.goto("/console/sign-out/")
    page.get_by_role("main").get_by_role("button", name="Fermer la session").click()
    open_code_page(page, account)
    staff.watch.expected_statuses.add(422)
    page.locator("#code").fill(wrong_code(secret))
    page.locator("#code").press("Enter")
    expect(page.locator("#code")).to_have_accessible_description(
        "Erreur : Ce code n’est pas le bon, ou a déjà servi. Attendez le suivant, puis tapez-le."
    )
    expect(page.locator("#code")).to_be_focused()
    expect(page.locator("#code")).to_have_value("")
    # The code of this step may be that which confirmed the app; that of the next one is right already.
    page.locator("#code").fill(code_now(secret, steps=1))
    page.locator("#code").press("Enter")
    expect(page).to_have_url("/console/partners/")

    page.goto("/console/partners/new/")
    page.get_by_label("Nom", exact=True).fill("Aló Deux Étapes")
    page.context.clear_cookies(name="renvoi_session")
    page.get_by_role("button", name=staff.words.save, exact=True).click()
    open_code_page(page, account)
    expect(page.get_by_role("main")).to_contain_text("Ce que vous aviez tapé est conservé")
    page.get_by_role("link", name="Utiliser un code de récupération").click()
    expect(page.get_by_label("Code de récupération")).to_be_focused()
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    expect(page.get_by_label("Nom", exact=True)).to_have_value("Aló Deux Étapes")
    staff.watch.accepts = True
    page.goto(SECURITY)
    expect(page.get_by_role("main")).to_contain_text("9 codes restants")
