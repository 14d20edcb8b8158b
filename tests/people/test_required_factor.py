"""A second factor that a role must have: whom it concerns, what is allowed before, and what is not lost."""

from dataclasses import replace

import pytest
from allauth.mfa.models import Authenticator

from renvoi.partners.models import Operator, Partner
from renvoi.people.models import User
from tests.api.calling import program_of
from tests.cast import ALO_BRASIL, BOREALE, PASSWORD, colleague, set_operator, stored
from tests.console.browsing import Browsing
from tests.console.test_access import STAFF
from tests.people.factors import SETUP, code_now, with_app
from tests.people.test_sign_in import HOME, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ROLES = ("reader", "manager", "administrator")


def require_from(role: str) -> None:
    set_operator(replace(BOREALE, second_factor_from=role))


def set_up(browsing: Browsing, path: str) -> str:
    """Set an app up on the page at that address, and return where its last button leads."""
    page = browsing.open(path)
    secret = page.one("input", id="secret")["value"]
    done = browsing.send(page, code=code_now(secret), current_password=PASSWORD)
    assert done.one("textarea", id="codes").text
    return done.one("main").one("a", class_="primary")["href"]


@pytest.mark.parametrize("least", ["none", *ROLES])
@pytest.mark.parametrize("role", ROLES)
def test_whom_it_concerns(role: str, least: str) -> None:
    browsing = Browsing.signed_in(colleague(role=User.Role(role)))
    require_from(least)
    is_concerned = least != "none" and ROLES.index(role) >= ROLES.index(least)
    page = browsing.open(HOME)
    assert page.location == (f"{SETUP}?next=%2Fconsole%2Fpartners%2F" if is_concerned else "")


def test_nothing_else_is_allowed_before(odile: User, console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    require_from("administrator")
    allowed = {"sign-in/", "sign-out/", "inactive/", "help/", "preferences/", "password/", "account/security/app/"}
    for route, methods in STAFF.items():
        name = route.removeprefix("console/")
        if any(name.startswith(prefix) for prefix in allowed) and "remove" not in name:
            continue
        path = "/" + route.replace("<int:partner_id>", str(partner.id)).replace("<slug:chapter>", "partners")
        path = path.replace("<str:", "x").replace("<int:", "1").replace("<uuid:", "x")
        if "<" in path or ">" in path or "GET" not in methods:
            continue
        assert console.open(path).location.startswith(SETUP), route
    assert console.open("/console/help/").status == 200
    assert not Authenticator.objects.filter(user_id=odile.pk).exists()


def test_sign_in_leads_to_the_setup_and_then_to_the_requested_page(stranger: Browsing, odile: User) -> None:
    require_from("reader")
    target = "/console/trash/?sort=-name"
    sign_in_page = stranger.follow(stranger.open(target))
    page = stranger.send(sign_in_page, email=odile.email, password=PASSWORD)
    assert page.title == "Configurer une application d’authentification"
    assert "Les comptes de votre rôle" in page.one(class_="message").text
    assert set_up(stranger, page.path) == target
    assert stranger.open(target).status == 200


def test_form_that_is_sent_before_comes_back_afterwards(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    path = f"/console/partners/{partner.id}/"
    form = console.open(path)
    require_from("manager")
    led = console.send(form, follow=False, name="Aló Portugal")
    assert Partner.objects.get().name == "Aló Brasil"
    assert set_up(console, led.location) == path
    assert console.open(path).one("input", id="name")["value"] == "Aló Portugal"


def test_what_a_page_asks_by_itself_does_not_lead_away(console: Browsing) -> None:
    require_from("reader")
    assert console.open("/console/simulation/line/", htmx=True, **{"Renvoi-Background": "1"}).status == 204


def test_account_with_an_app_goes_on(odile: User, console: Browsing) -> None:
    with_app(odile)
    require_from("reader")
    assert console.open("/console/trash/").status == 200


def test_setup_leads_to_no_foreign_page(console: Browsing) -> None:
    require_from("reader")
    assert set_up(console, f"{SETUP}?next=https://evil.example/console/") == "/console/account/security/"


def test_it_is_chosen_in_the_general_settings_which_name_those_without(console: Browsing) -> None:
    with_app(colleague("wendy@boreale.example", name="Wendy"))
    colleague("zoe@boreale.example", name="Zoé")
    require_from("none")
    page = console.open("/console/settings/")
    assert (
        page.one("p", id="second_factor_from-now").text == "Sans second facteur actuellement\u00a0: Odile (vous), Zoé"
    )
    saved = console.send(page, follow=False, second_factor_from="administrator")
    assert (saved.status, saved.errors) == (302, {})
    assert Operator.objects.get(id=1).second_factor_from == "administrator"
    assert set_up(console, console.follow(saved).location or SETUP)
    refused = console.send(console.open("/console/settings/"), second_factor_from="owner")
    assert (refused.status, set(refused.errors)) == (422, {"second_factor_from"})


def test_signing_in_again_needs_the_code(odile: User, console: Browsing) -> None:
    require_from("reader")
    set_up(console, SETUP)
    assert sign_in(Browsing()).location == "/console/sign-in/code/"
    assert odile.may(User.Role.READER)


def test_tokens_go_on(odile: User) -> None:
    program = program_of(odile, scope="read")
    require_from("reader")
    assert program.get("/api/v1/partners").status == 200
