"""The accounts: their list, new ones and their links, roles, and switching off and on. An administrator sees them."""

import re
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from renvoi.people import actions
from renvoi.people.models import User
from renvoi.people.passwords import links
from tests.cast import ALO_BRASIL, PASSWORD, colleague, set_operator, stored
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.people.test_sign_in import HOME, sign_in

pytestmark = pytest.mark.django_db
ACCOUNTS = "/console/accounts/"
NEW = "neuf-renards-patients"
EMAIL = "remi@boreale.example"


@pytest.fixture
def browsing() -> Browsing:
    return Browsing.signed_in(colleague(language="en"))


def invite(browsing: Browsing, **typed: Any) -> Page:
    fields = {"email": EMAIL, "name": "Rémi", "role": "manager", "language": "fr"} | typed
    return browsing.send(browsing.open(f"{ACCOUNTS}new/"), **fields)


def link_on(page: Page) -> str:
    """Return the path of the link that a page shows."""
    return "/" + page.one("input", id="link")["value"].split("/", 3)[3]


def path_of(account: User) -> str:
    return f"{ACCOUNTS}{account.pk}/"


def set_password(path: str, password: str = NEW, again: str | None = None) -> Page:
    stranger = Browsing()
    return stranger.send(
        stranger.open(path), new_password=password, new_password_again=password if again is None else again
    )


def test_invited_person_chooses_a_password_and_signs_in_with_the_role(browsing: Browsing) -> None:
    shown = invite(browsing)
    assert shown.title == "Account of Rémi created."
    remi = User.objects.get(email=EMAIL)
    assert (remi.role, remi.name, remi.language, remi.has_usable_password()) == ("manager", "Rémi", "fr", False)
    assert sign_in(Browsing(), email=EMAIL, password="").status == 200
    done = set_password(link_on(shown))
    assert (done.status, EMAIL in done.html) == (200, True)
    own = Browsing()
    assert sign_in(own, email=EMAIL, password=NEW).status == 302
    assert own.open("/console/import/").status == 200
    assert own.open(ACCOUNTS).status == 403


def test_link_serves_once(browsing: Browsing) -> None:
    path = link_on(invite(browsing))
    assert set_password(path).status == 200
    for page in (Browsing().open(path), Browsing().post(path, {})):
        assert page.status in {403, 410}
    gone = Browsing().open(path)
    assert (gone.status, gone.title) == (410, "Ce lien a déjà servi, ou il est trop ancien")


def test_link_is_useless_after_its_days_once_switched_off_or_if_it_was_made_up(
    browsing: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    remi = User.objects.get(email=EMAIL) if invite(browsing).status == 200 else None
    assert remi is not None
    token = links.link_token(remi)
    assert links.account_of(token) == remi
    late = timezone.now().timestamp() + links.VALID_DAYS * 24 * 3600 + 1
    with monkeypatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: late)
        assert links.account_of(token) is None
    for other in (
        "",
        "x",
        token[:-1],
        token + "A",
        signing.dumps([remi.pk, "x"]),
        signing.dumps("x", salt=links._SALT),
    ):
        assert links.account_of(other) is None
        assert Browsing().open(f"/console/password/{other or '-'}/").status == 410
    actions.disable_account(account=remi)
    assert links.account_of(token) is None
    actions.enable_account(account=remi)
    # Its sessions ended, and with them what the link was made for.
    assert links.account_of(token) is None


def test_link_ends_the_sessions_of_an_account_that_had_a_password(browsing: Browsing) -> None:
    remi = colleague(EMAIL, role=User.Role.READER)
    session = Browsing()
    sign_in(session, email=EMAIL, password=PASSWORD)
    page = browsing.open(path_of(remi))
    shown = browsing.send(page, action=f"{path_of(remi)}link/")
    # The password stays until the link is used.
    assert session.open(HOME).status == 200
    assert set_password(link_on(shown)).status == 200
    assert is_sign_in(session.open(HOME))
    assert sign_in(Browsing(), email=EMAIL, password=PASSWORD).status == 200
    assert sign_in(Browsing(), email=EMAIL, password=NEW).status == 302


@pytest.mark.parametrize(
    ("typed", "again", "sentence"),
    [
        ("", "", "Ce champ est obligatoire."),
        ("court", "court", "Tapez au moins 12 caractères."),
        ("passwordpassword", "passwordpassword", "plus qu’un mot"),
        ("telephone-2026", "telephone-2026", "plus qu’un mot"),
        ("RenvoiConsole1", "RenvoiConsole1", "plus qu’un mot"),
        (NEW, "autre", "diffèrent"),
    ],
)
def test_weak_password_is_refused_beside_its_field(browsing: Browsing, typed: str, again: str, sentence: str) -> None:
    set_operator()
    path = link_on(invite(browsing))
    page = set_password(path, typed, again)
    assert page.status == 422
    assert any(sentence in error for error in page.errors.values()), page.errors
    assert NEW not in page.html
    assert set_password(path).status == 200


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"email": ""}, {"email": "This field is required."}),
        ({"email": "nobody"}, {"email": "Enter a valid email address."}),
        ({"email": "ODILE@boreale.example"}, {"email": "There is already an account with this email."}),
        ({"role": "owner"}, {"role": "Value 'owner' is not a valid choice."}),
        ({"name": "x" * 101}, {"name": "Ensure this value has at most 100 characters (it has 101)."}),
        ({"name": "Re\x1bmi"}, {"name": "A control character can’t be stored."}),
    ],
)
def test_wrong_account_is_refused_beside_its_field(
    browsing: Browsing, typed: dict[str, str], errors: dict[str, str]
) -> None:
    page = invite(browsing, **typed)
    assert page.status == 422
    assert page.errors == errors
    assert not User.objects.filter(email=EMAIL).exists()


def test_role_is_changed_and_the_page_says_what_the_person_would_see(browsing: Browsing) -> None:
    remi = colleague(EMAIL, role=User.Role.READER)
    page = browsing.open(path_of(remi))
    deeds = {
        item.text.partition(":")[2].strip(): item.text.startswith("Yes")
        for item in page.one("ul", class_="deeds").all("li")
    }
    assert deeds["Simulate a visit"] is True
    assert deeds["Import partners"] is False
    assert "Accounts" not in page.one("aside").text.split("Export")[0].split("Main menu")[1]
    listed = browsing.send(page, role="administrator", name="Rémi R.")
    assert listed.notices == ["Account of Rémi R. saved."]
    assert all(item.text.startswith("Yes") for item in browsing.open(path_of(remi)).one("ul", class_="deeds").all("li"))
    assert Browsing.signed_in(remi).open(ACCOUNTS).status == 200


def test_last_administrator_can_be_neither_demoted_nor_switched_off(browsing: Browsing) -> None:
    odile = User.objects.get()
    colleague(EMAIL, role=User.Role.MANAGER)
    sentence = "This is the last active administrator. Make somebody else an administrator first."
    refused = browsing.send(browsing.open(path_of(odile)), role="reader")
    assert (refused.status, refused.errors) == (422, {"role": sentence})
    back = browsing.send(browsing.open(path_of(odile)), action=f"{path_of(odile)}switch/")
    assert back.notices == [sentence]
    odile.refresh_from_db()
    assert (odile.role, odile.is_active) == ("administrator", True)


def test_account_is_switched_off_and_on(browsing: Browsing) -> None:
    remi = colleague(EMAIL, role=User.Role.MANAGER)
    stored(ALO_BRASIL, actor=remi)
    session = Browsing.signed_in(remi)
    listed = browsing.send(browsing.open(path_of(remi)), action=f"{path_of(remi)}switch/")
    assert listed.notices == ["The account of remi is switched off, and its sessions have ended."]
    assert is_sign_in(session.open(HOME))
    assert "Nothing: the account is switched off." in browsing.open(path_of(remi)).html
    assert [cell.text for cell in browsing.open("/console/history/").all("td", class_="col-who")][-1] == "remi"
    again = browsing.send(browsing.open(path_of(remi)), action=f"{path_of(remi)}switch/")
    assert again.notices == ["The account of remi is switched on again."]
    assert sign_in(Browsing(), email=EMAIL, password=PASSWORD).status == 302


def test_list_shows_each_account_with_role_and_state(browsing: Browsing) -> None:
    colleague(EMAIL, role=User.Role.READER, name="Rémi")
    invite(browsing, email="zoe@boreale.example", name="Zoé")
    actions.disable_account(account=User.objects.get(email=EMAIL))
    rows = [re.sub(r"\s+", " ", row.text).strip() for row in browsing.open(ACCOUNTS).one("tbody").all("tr")]
    assert [row.split(" – ")[0].rstrip(" –") for row in rows] == [
        "odile You odile@boreale.example Administrator Can sign in",
        "Zoé zoe@boreale.example Manager No password yet",
        "Rémi remi@boreale.example Reader Switched off",
    ]
