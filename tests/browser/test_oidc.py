"""Sign-in by the provider in a browser: the button, the page of the provider, and the console.

It shows that no policy of the console's pages stops the way there and back.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.prepare import Sessions
from tests.people.oidc.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture
def served(ready: tuple[Path, Sessions], tmp_path: Path, provider: Provider) -> Iterator[RunningRenvoi]:
    """A server that signs in by the provider."""
    folder = tmp_path / "renvoi"
    shutil.copytree(ready[0], folder)
    running = RunningRenvoi(
        folder,
        command=("serve",),
        RENVOI_OIDC_ISSUER=provider.issuer,
        RENVOI_OIDC_CLIENT_ID=CLIENT_ID,
        RENVOI_OIDC_CLIENT_SECRET=CLIENT_SECRET,
        RENVOI_OIDC_NAME="Boréale",
        RENVOI_OIDC_ROLE_CLAIM="groups",
        RENVOI_OIDC_ROLES="renvoi-gestion=manager",
    )
    running.environ["RENVOI_PUBLIC_URL"] = running.address
    with running:
        yield running


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, browser: Browser, served: RunningRenvoi) -> Iterator[Page]:
    context = browser.new_context(base_url=served.address, java_script_enabled=request.param, locale="fr-CA")
    yield context.new_page()
    context.close()


def authorize(page: Page, subject: str) -> None:
    page.locator("input[name=sub]").fill(subject)
    page.get_by_role("button", name="Authorize").click()


def test_person_of_the_company_signs_in_by_the_button(page: Page, provider: Provider) -> None:
    provider.knows("nora", email="nora@boreale.example", email_verified=True, name="Nora", groups=["renvoi-gestion"])
    page.goto("/console/coverage/")
    expect(page.get_by_label("Mot de passe")).to_be_visible()
    page.get_by_role("link", name="Continuer avec Boréale").click()
    authorize(page, "nora")
    expect(page).to_have_url("/console/coverage/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zone de couverture")


def test_person_without_a_group_reads_whom_to_ask(page: Page, provider: Provider) -> None:
    provider.knows("nil", email="nil@boreale.example", email_verified=True, groups=["sales"])
    page.goto("/console/")
    page.get_by_role("link", name="Continuer avec Boréale").click()
    authorize(page, "nil")
    expect(page.get_by_role("alert")).to_contain_text("Vous n’avez pas accès à cette console.")
    expect(page.get_by_label("Mot de passe")).to_be_visible()


def unknown_answer(page: Page) -> None:
    page.goto("/console/sign-in/provider/callback/?state=x&code=y")


def refused_sign_in(page: Page, subject: str) -> None:
    page.goto("/console/sign-in/")
    page.locator(".provider a").click()
    authorize(page, subject)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_problems_pass_axe(
    browser: Browser, served: RunningRenvoi, provider: Provider, scheme: Literal["light", "dark"]
) -> None:
    provider.knows("nil", email="nil@boreale.example", email_verified=True, groups=["sales"])
    provider.knows("new", email="new@boreale.example", email_verified=False, groups=["renvoi-gestion"])
    openings: dict[str, Callable[[Page], object]] = {
        "sign-in": lambda page: page.goto("/console/sign-in/"),
        "answer to no sign-in": unknown_answer,
        "no role": lambda page: refused_sign_in(page, "nil"),
        "email not verified": lambda page: refused_sign_in(page, "new"),
    }
    with browser.new_context(base_url=served.address, locale="fr-CA", color_scheme=scheme) as context:
        for name, open_it in openings.items():
            page = context.new_page()
            open_it(page)
            expect(page.get_by_role("alert")).to_have_count(0 if name == "sign-in" else 1)
            found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            assert [(name, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_page_passes_axe_while_the_provider_is_down(
    browser: Browser, served: RunningRenvoi, provider: Provider
) -> None:
    provider.stop()
    with browser.new_context(base_url=served.address, locale="fr-CA") as context:
        page = context.new_page()
        response = page.goto("/console/sign-in/provider/?next=/console/coverage/")
        assert response is not None
        assert response.status == 503
        expect(page.get_by_role("alert")).to_contain_text("Boréale ne répond pas.")
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
