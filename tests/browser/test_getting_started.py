"""An empty installation is set up in French by the page Getting started alone, with and without scripts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.people import Chromium, Staff
from tests.browser.prepare import prepared
from tests.browser.words import FRENCH
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser

STEPS = (
    "Votre entreprise",
    "Zone de couverture",
    "Vos premiers partenaires",
    "L’adresse à mettre sur votre site",
    "Essayer une visite",
)


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningRenvoi, str]]:
    """A Renvoi as after its installation, with one account, and the key of a session."""
    running = RunningRenvoi(tmp_path_factory.mktemp("empty") / "renvoi", command=("serve",))
    keys = prepared(running.environ, with_sample=False)
    with running:
        yield running, keys[FRENCH.account][0]


def expect_done(staff: Staff, *titles: str) -> None:
    """Wait for the page Getting started with just these steps done."""
    expect(staff.page.get_by_role("heading", level=1)).to_have_text("Mise en route")
    expect(staff.page.locator(".step-head", has_text="Fait").get_by_role("heading")).to_have_text([*titles])


def click(staff: Staff, name: str) -> None:
    """Click the link or button with that label."""
    page = staff.page
    page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.click()


def go_on(staff: Staff, message: str, *titles: str) -> None:
    """Follow the link in the message after a step, to the page with these steps done."""
    expect(staff.page.locator(".messages")).to_contain_text(message)
    click(staff, "Poursuivre la mise en route")
    expect_done(staff, *titles)


@pytest.mark.performs("steps-1", "steps-2", "steps-3", "steps-4", "steps-5")
@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["script", "no script"])
def test_empty_installation_is_set_up(
    options: dict[str, bool], empty: tuple[RunningRenvoi, str], chromium: Chromium
) -> None:
    running, key = empty
    site = replace(chromium, renvoi=running)
    staff = site.open_staff(session=key, words=FRENCH, **options)
    page = staff.page
    page.goto("/console/")
    expect_done(staff)

    click(staff, "Entrer les renseignements sur votre entreprise")
    page.get_by_label("Nom", exact=True).fill("Téléphonie Boréale")
    page.get_by_label("Adresse d’abonnement en français").fill("https://abonnement.boreale.example/fr")
    click(staff, "Enregistrer")
    go_on(staff, "Réglages généraux enregistrés.", STEPS[0])

    click(staff, "Définir la zone de couverture")
    page.get_by_label("Ajouter un pays").select_option(label="Canada")
    click(staff, "Ajouter")
    click(staff, "Enregistrer")
    go_on(staff, "Zone de couverture enregistrée.", *STEPS[:2])

    click(staff, "Ajouter un partenaire")
    page.get_by_label("Nom", exact=True).fill("Aló Brasil")
    page.get_by_label("URL en français").fill("https://inscription.alobrasil.example/fr")
    page.locator("#country").select_option(label="Brésil")
    click(staff, "Ajouter")
    click(staff, "Enregistrer")
    go_on(staff, "Partenaire Aló Brasil créé.", *STEPS[:3])

    page.get_by_label("Source").fill("accueil")
    click(staff, "L’ajouter à l’adresse")
    link = f"{running.address}/?src=accueil"
    expect(page.get_by_label("Adresse", exact=True)).to_have_value(link)
    expect(page.get_by_label("Code HTML")).to_have_value(
        f'<a href="{link}">Vous êtes ailleurs? Voyez qui offre le service chez vous.</a>'
    )
    with page.context.expect_page() as opened:
        click(staff, "Ouvrir l’adresse")
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    assert opened.value.url == link
    opened.value.close()
    with page.context.expect_page() as opened:
        page.locator(".trials").get_by_role("link", name="Brésil").click()
    expect(opened.value.locator("main")).to_contain_text("Aló Brasil")
    opened.value.close()
    click(staff, "Voir si c’est fait")
    expect_done(staff, *STEPS)

    page.goto("/console/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Partenaires")
    click(staff, "Aide")
    click(staff, "Mise en route\u00a0: les étapes")
    expect_done(staff, *STEPS)


def test_address_is_copied(empty: tuple[RunningRenvoi, str], chromium: Chromium) -> None:
    running, key = empty
    staff = replace(chromium, renvoi=running).open_staff(
        session=key, words=FRENCH, permissions=["clipboard-read", "clipboard-write"]
    )
    staff.page.goto("/console/getting-started/?src=pied")
    click(staff, "Copier l’adresse")
    expect(staff.page.locator("[data-copied]")).to_have_text("Copié")
    assert staff.page.evaluate("navigator.clipboard.readText()") == f"{running.address}/?src=pied"
