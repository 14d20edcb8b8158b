"""Changing the email of an account: by its person, with and without a mail server, and by an administrator."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from renvoi.people import actions
from renvoi.people.addresses import changing
from renvoi.people.addresses.changing import ask_for_change, change_of
from renvoi.people.mail import sending
from renvoi.people.models import SecurityEvent, User
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.people.mailing import Mailbox
from tests.people.test_mail import configure, host_and_mailbox, link_in, mailbox, texts_of
from tests.people.test_sign_in import HOME, sign_in

__all__ = ["host_and_mailbox", "mailbox"]  # fixtures

pytestmark = pytest.mark.django_db
OWN, LINK = "/console/account/email/", "/console/email/"
EMAIL, NEW = "remi@boreale.example", "remi.roy@boreale.example"
Kind = SecurityEvent.Kind


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send messages within the request: the other thread would not see what the test's transaction has stored."""
    monkeypatch.setattr(sending.later, "call", lambda function: function())


@pytest.fixture
def remi() -> User:
    return colleague(EMAIL, role=User.Role.READER)


@pytest.fixture
def browsing(remi: User) -> Browsing:
    return Browsing.signed_in(remi)


def ask(browsing: Browsing, email: str = NEW, password: str = PASSWORD) -> Page:
    return browsing.send(browsing.open(OWN), follow=True, email=email, current_password=password)


def confirm(browsing: Browsing, path: str) -> Page:
    return browsing.send(browsing.open(path))


def link_to(mailbox: Mailbox, address: str) -> str:
    return next(link_in(message) for message in mailbox.messages if message["To"] == address)


@pytest.mark.usefixtures("at_once")
class TestByLink:
    """With a mail server."""

    def test_link_to_the_new_email_changes_it_and_ends_other_sessions(
        self, browsing: Browsing, remi: User, mailbox: Mailbox
    ) -> None:
        other = Browsing.signed_in(remi)
        page = ask(browsing, " Remi.Roy@boreale.example ")
        assert (page.status, page.title) == (200, "Consultez vos courriels")
        assert len(mailbox.messages) == 2
        remi.refresh_from_db()
        assert remi.email == EMAIL
        path = link_to(mailbox, NEW)
        assert NEW in browsing.open(path).text
        remi.refresh_from_db()
        assert remi.email == EMAIL  # opening changes nothing
        assert confirm(browsing, path).title == "Votre courriel est changé"
        remi.refresh_from_db()
        assert remi.email == NEW
        assert browsing.open(HOME).status == 200
        assert is_sign_in(other.open(HOME))
        assert sign_in(Browsing(), email=NEW).status == 302
        assert sign_in(Browsing(), email=EMAIL).status == 200

    def test_present_email_gets_a_notice_without_a_link(self, browsing: Browsing, mailbox: Mailbox) -> None:
        ask(browsing)
        assert len(mailbox.messages) == 2
        (notice,) = [message for message in mailbox.messages if message["To"] == EMAIL]
        text, html = texts_of(notice)
        assert NEW in text
        assert "changez votre mot de passe" in text
        assert LINK not in text + html

    def test_link_serves_once_and_in_any_browser(self, browsing: Browsing, mailbox: Mailbox) -> None:
        ask(browsing)
        assert len(mailbox.messages) == 2
        path, stranger = link_to(mailbox, NEW), Browsing()
        assert confirm(stranger, path).status == 200
        assert is_sign_in(browsing.open(HOME))
        assert is_sign_in(stranger.open(HOME))
        assert stranger.open(path).status == 410

    def test_email_of_another_account_gets_the_same_answer_and_no_message(
        self, browsing: Browsing, mailbox: Mailbox, wendy: User
    ) -> None:
        answers = [ask(browsing, email).text.replace(email, "") for email in (NEW, wendy.email)]
        assert len(mailbox.messages) == 3
        assert answers[0] == answers[1]
        assert sorted(message["To"] for message in mailbox.messages) == sorted([EMAIL, EMAIL, NEW])

    def test_link_whose_email_was_taken_meanwhile_is_used_up(self, browsing: Browsing, mailbox: Mailbox) -> None:
        ask(browsing)
        assert len(mailbox.messages) == 2
        path = link_to(mailbox, NEW)
        page = browsing.open(path)
        colleague(NEW)
        assert browsing.send(page).status == 410
        assert browsing.open(path).status == 410

    def test_messages_are_limited(self, browsing: Browsing, mailbox: Mailbox) -> None:
        pages = [ask(browsing, f"remi{number}@boreale.example") for number in range(4)]
        assert [page.status for page in pages] == [200, 200, 200, 429]
        assert len(mailbox.messages) == 6

    def test_steps_are_logged_and_an_email_only_once_it_is_confirmed(
        self, browsing: Browsing, remi: User, mailbox: Mailbox
    ) -> None:
        ask(browsing)
        assert len(mailbox.messages) == 2
        asked = SecurityEvent.objects.get(kind=Kind.EMAIL_CHANGE_ASKED)
        assert (asked.account, asked.actor) == (remi, remi)
        assert NEW not in str([*SecurityEvent.objects.values()])
        confirm(Browsing(), link_to(mailbox, NEW))
        changed = SecurityEvent.objects.get(kind=Kind.EMAIL_CHANGED)
        assert (changed.account, changed.actor, changed.email) == (remi, remi, NEW)
        assert changed.details == {"before": EMAIL, "after": NEW}


def test_request_itself_sends_nothing_and_asks_alike_for_an_email_of_another_account(
    browsing: Browsing, mailbox: Mailbox, wendy: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []
    monkeypatch.setattr(sending.later, "call", waiting.append)
    counts = []
    for email in (NEW, wendy.email):
        page = browsing.open(OWN)
        with CaptureQueriesContext(connection) as queries:
            browsing.send(page, email=email, current_password=PASSWORD)
        counts.append(len(queries))
    assert (len(waiting), mailbox.messages, counts[0]) == (2, [], counts[1])


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"email": ""}, {"email": "Ce champ est obligatoire."}),
        ({"email": "remi"}, {"email": "Saisissez une adresse de courriel valide."}),
        ({"email": "REMI@boreale.example"}, {"email": "C’est le courriel actuel du compte."}),
        ({"password": "faux"}, {"current_password": "Ce n’est pas votre mot de passe actuel."}),
        ({"password": ""}, {"current_password": "Ce champ est obligatoire."}),
    ],
)
def test_wrong_form_is_refused_beside_its_field(
    typed: dict[str, str], errors: dict[str, str], browsing: Browsing, mailbox: Mailbox
) -> None:
    page = ask(browsing, **typed)
    assert (page.status, page.errors.keys()) == (422, errors.keys())
    assert "email" in errors or page.errors == errors
    assert mailbox.messages == []


def test_guesses_of_the_password_are_limited(browsing: Browsing, mailbox: Mailbox) -> None:
    pages = [ask(browsing, password="faux") for _ in range(11)]
    assert [page.status for page in pages] == [422] * 10 + [429]
    assert mailbox.messages == []


class TestLinks:
    """Which links are worth something."""

    @pytest.mark.parametrize(
        "end",
        [
            lambda account: actions.set_password(account=account, password="neuf-renards-patients"),
            lambda account: actions.disable_account(account=account),
        ],
    )
    def test_it_ends_with_the_sessions_of_the_account(self, end: Any, remi: User, rf: Any) -> None:
        colleague("zoe@boreale.example")
        request = rf.get("/")
        request.user = remi
        token = ask_for_change(request=request, account=remi, email=NEW)
        change = change_of(token)
        assert change is not None
        assert (change.account, change.email) == (remi, NEW)
        end(remi)
        assert change_of(token) is None

    def test_it_ends_after_its_hours_and_others_are_none(
        self, remi: User, rf: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = rf.get("/")
        request.user = remi
        token = ask_for_change(request=request, account=remi, email=NEW)
        assert [change_of(text) for text in ("", "x", token[:-1], token + "A")] == [None] * 4
        monkeypatch.setattr(changing, "VALID_HOURS", -1)
        assert change_of(token) is None


class TestWithoutMail:
    """Nothing confirms an email: administrators change it."""

    def test_others_are_told_to_ask_an_administrator(self, browsing: Browsing, remi: User) -> None:
        page = browsing.open(OWN)
        assert "demandez à une personne du rôle Administration" in page.text
        assert page.all("form", class_="form") == []
        token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
        fields = {"email": NEW, "current_password": PASSWORD, "csrfmiddlewaretoken": token}
        assert browsing.post(OWN, fields).status == 422
        remi.refresh_from_db()
        assert remi.email == EMAIL

    def test_administrator_changes_the_own_one_at_once(self, console: Browsing, odile: User) -> None:
        other = Browsing.signed_in(odile)
        assert ask(console, password="faux").errors.keys() == {"current_password"}
        page = ask(console)
        assert page.notices == ["Courriel changé. Vos autres sessions sont fermées."]
        odile.refresh_from_db()
        assert odile.email == NEW
        assert is_sign_in(other.open(HOME))

    def test_taken_email_is_refused(self, console: Browsing, odile: User, wendy: User) -> None:
        page = ask(console, wendy.email)
        assert (page.status, page.errors) == (422, {"email": "Il y a déjà un compte avec ce courriel."})
        odile.refresh_from_db()
        assert odile.email != wendy.email


class TestByAdministrator:
    """On the page of an account."""

    def save(self, console: Browsing, account: User, **typed: str) -> Page:
        return console.send(console.open(f"/console/accounts/{account.pk}/"), follow=True, **typed)

    def test_email_of_another_account_is_changed_and_its_sessions_end(
        self, console: Browsing, browsing: Browsing, remi: User
    ) -> None:
        assert self.save(console, remi, email=NEW).path == "/console/accounts/"
        remi.refresh_from_db()
        assert remi.email == NEW
        assert is_sign_in(browsing.open(HOME))
        event = SecurityEvent.objects.get(kind=Kind.EMAIL_CHANGED)
        assert (event.account, event.actor_name, event.details) == (remi, "Odile", {"before": EMAIL, "after": NEW})

    def test_same_email_ends_nothing(self, console: Browsing, browsing: Browsing, remi: User) -> None:
        self.save(console, remi, name="Rémi R.")
        assert browsing.open(HOME).status == 200
        assert not SecurityEvent.objects.filter(kind=Kind.EMAIL_CHANGED).exists()

    @pytest.mark.parametrize("email", ["", "remi", "wendy@boreale.example"])
    def test_wrong_or_taken_email_changes_nothing(
        self, email: str, console: Browsing, browsing: Browsing, remi: User, wendy: User
    ) -> None:
        page = self.save(console, remi, email=email, name="Autre")
        assert (page.status, [*page.errors]) == (422, ["email"])
        assert User.objects.filter(email=EMAIL, name=remi.name).exists()
        assert wendy.email
        assert browsing.open(HOME).status == 200

    def test_own_email_is_not_changed_without_the_password(self, console: Browsing, odile: User) -> None:
        before = odile.email
        assert OWN in {link["href"] for link in console.open(f"/console/accounts/{odile.pk}/").all("a")}
        self.save(console, odile, email=NEW)
        odile.refresh_from_db()
        assert odile.email == before


@pytest.mark.usefixtures("at_once")
def test_settings_without_a_public_address_still_send(
    browsing: Browsing, mailbox: Mailbox, host_and_mailbox: tuple[str, Mailbox], settings: Settings
) -> None:
    url = f"smtp://{host_and_mailbox[0]}?from=renvoi@boreale.example&starttls=off"
    configure(settings, url, public_url="")
    ask(browsing)
    assert confirm(browsing, link_to(mailbox, NEW)).status == 200
