"""A second factor that is required, and accounts that sign in by the provider, with and without a password."""

from dataclasses import replace

import pytest

from renvoi.people.models import User
from tests.cast import BOREALE, set_operator
from tests.console.browsing import Browsing
from tests.people.factors import SETUP
from tests.people.oidc.provider import Provider, sign_in

SECURITY = "/console/account/security/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def nora(provider: Provider) -> Browsing:
    """The browser of Nora, whose account the provider created, and who is signed in."""
    browsing = Browsing()
    provider.knows("nora", email="nora@boreale.example", email_verified=True, name="Nora", groups=["renvoi-gestion"])
    sign_in(browsing, provider, "nora")
    return browsing


def require() -> None:
    set_operator(replace(BOREALE, second_factor_from="reader"))


def test_account_without_a_password_needs_none_here(nora: Browsing) -> None:
    require()
    assert nora.open("/console/trash/").status == 200


def test_its_page_says_so_and_asks_for_no_password(nora: Browsing) -> None:
    page = nora.open(SECURITY)
    section = page.one("section", **{"aria-labelledby": "password"})
    assert "Vous ouvrez vos sessions avec Boréale, qui vous les demande" in section.text
    assert not page.all("input", type="password")
    assert not page.all("a", href=SETUP)
    assert nora.open(SETUP).location == SECURITY


def test_account_with_a_password_needs_one(odile: User, provider: Provider) -> None:
    """Who knows the password gets in without the provider."""
    browsing = Browsing()
    provider.knows("odile", email=odile.email, email_verified=True, groups=["renvoi-gestion"])
    sign_in(browsing, provider, "odile")
    require()
    assert browsing.open("/console/trash/").location.startswith(SETUP)


def test_account_that_gets_a_password_needs_one_from_then_on(nora: Browsing) -> None:
    require()
    account = User.objects.get(email="nora@boreale.example")
    account.set_password("neuf-renards-patients")
    account.save()
    assert nora.open("/console/trash/").location.startswith(SETUP)


def test_general_settings_do_not_name_it(console: Browsing, nora: Browsing) -> None:
    assert nora.open(SECURITY).status == 200
    assert console.open("/console/settings/").one("p", id="second_factor_from-now").text.endswith(": Odile (vous)")
