"""Links by e-mail: what is sent and in which language, servers that refuse or do not answer, forgotten passwords."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from threading import Thread

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from renvoi.config import ConfigError, read_config
from renvoi.people import actions
from renvoi.people.mail import sending
from renvoi.people.models import SecurityEvent, User
from tests.cast import PASSWORD, colleague, set_operator
from tests.console.browsing import Browsing, Page
from tests.people.mailing import SECRET, USER, Mailbox, serving

EMAIL = "remi@boreale.example"
FORGOTTEN, SIGN_IN = "/console/forgotten/", "/console/sign-in/"
PUBLIC = "http://127.0.0.1"
NEW = "neuf-renards-patients"


@pytest.fixture(scope="module")
def host_and_mailbox() -> Iterator[tuple[str, Mailbox]]:
    mailbox = Mailbox()
    with serving(mailbox) as host:
        yield host, mailbox


@pytest.fixture
def mailbox(host_and_mailbox: tuple[str, Mailbox], settings: Settings) -> Mailbox:
    host, mailbox = host_and_mailbox
    mailbox.__init__()  # type: ignore[misc]  # a new one for each test, in the same server
    configure(settings, f"smtp://{host}?from=renvoi@boreale.example&starttls=off")
    return mailbox


def configure(settings: Settings, url: str, *, public_url: str = PUBLIC) -> None:
    settings.CONFIG = read_config({"RENVOI_EMAIL_URL": url, "RENVOI_PUBLIC_URL": public_url})


def texts_of(message: EmailMessage) -> list[str]:
    return [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]


def link_in(message: EmailMessage) -> str:
    text, html = texts_of(message)
    (link,) = re.findall(r"https?://\S+", text)
    assert f'href="{link}"' in html
    assert isinstance(link, str)
    return "/" + link.split("/", 3)[3]


def invite(browsing: Browsing, *, language: str = "fr") -> Page:
    page = browsing.open("/console/accounts/new/")
    return browsing.send(page, email=EMAIL, name="Rémi", role="reader", language=language)


@pytest.mark.django_db
class TestLinks:
    """Invitations, and links that an administrator makes."""

    def test_invitation_is_sent_in_the_language_of_the_person(
        self, english_console: Browsing, mailbox: Mailbox
    ) -> None:
        set_operator()
        page = invite(english_console)
        assert f"The link was sent to {EMAIL}" in page.text
        assert "/console/password/" not in page.html
        (message,) = mailbox.messages
        assert (message["To"], message["From"]) == (EMAIL, "renvoi@boreale.example")
        assert message["Subject"] == "Votre compte Renvoi – Téléphonie Boréale"
        text, html = texts_of(message)
        assert "Un compte a été créé pour vous" in text
        assert "Le lien sert une seule fois, pendant 7 jours." in text
        assert '<html lang="fr">' in html
        stranger = Browsing()
        shown = stranger.open(link_in(message))
        assert stranger.send(shown, new_password=NEW, new_password_again=NEW).status == 200

    def test_link_for_a_password_is_sent(self, console: Browsing, mailbox: Mailbox) -> None:
        remi = colleague(EMAIL, language="en")
        page = console.open(f"/console/accounts/{remi.pk}/")
        assert "a été envoyé" in console.send(page, action=f"/console/accounts/{remi.pk}/link/").text
        (message,) = mailbox.messages
        assert message["Subject"] == "Your password for Renvoi"
        assert Browsing().open(link_in(message)).status == 200

    def test_user_name_and_password_are_sent_to_the_server(
        self, console: Browsing, mailbox: Mailbox, host_and_mailbox: tuple[str, Mailbox], settings: Settings
    ) -> None:
        host = host_and_mailbox[0]
        for password, count in (("wrong", 0), ("mot%3Ade%2Fpasse", 1)):
            configure(settings, f"smtp://{USER}:{password}@{host}?from=renvoi@boreale.example&starttls=off")
            remi = User.objects.filter(email=EMAIL).first() or colleague(EMAIL)
            page = console.send(
                console.open(f"/console/accounts/{remi.pk}/"), action=f"/console/accounts/{remi.pk}/link/"
            )
            assert len(mailbox.messages) == count
            assert ("refuse le nom ou le mot de passe" in page.text) == (count == 0), page.all(role="alert")
            assert password not in page.html
            assert SECRET not in page.html

    def test_refused_message_shows_the_reason_and_the_link(self, console: Browsing, mailbox: Mailbox) -> None:
        mailbox.refusal = "550 no such mailbox"
        page = invite(console)
        assert "n’a pas pu être envoyé (le serveur de courriel refuse cette adresse)" in page.one(role="alert").text
        link = page.one("input", id="link")["value"]
        assert Browsing().open("/" + link.split("/", 3)[3]).status == 200

    def test_starttls_that_is_not_offered_sends_nothing(
        self, console: Browsing, mailbox: Mailbox, host_and_mailbox: tuple[str, Mailbox], settings: Settings
    ) -> None:
        configure(settings, f"smtp://{host_and_mailbox[0]}?from=renvoi@boreale.example")
        assert "STARTTLS" in invite(console).one(role="alert").text
        assert mailbox.messages == []

    def test_server_that_does_not_answer_is_not_waited_for(
        self, console: Browsing, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert sending.TIMEOUT_S == 10
        monkeypatch.setattr(sending, "TIMEOUT_S", 0.5)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            configure(settings, f"smtp://127.0.0.1:{silent.getsockname()[1]}?from=a@b.example")
            start = time.monotonic()
            page = invite(console)
            assert time.monotonic() - start < 5
        assert "n’a pas répondu à temps" in page.one(role="alert").text
        assert page.one("input", id="link")["value"]

    def test_without_a_server_the_link_is_shown(self, console: Browsing) -> None:
        page = invite(console)
        assert page.one("input", id="link")["value"]
        assert not page.all(role="alert")
        assert "oublié" not in Browsing().open(SIGN_IN).text


@pytest.mark.usefixtures("committed")
def test_no_transaction_is_open_while_a_message_is_sent(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Browsing.signed_in(colleague())
    seen: list[bool] = []

    def watching(start: Thread) -> None:
        seen.append(connection.in_atomic_block)
        original(start)

    original = Thread.start
    monkeypatch.setattr(Thread, "start", watching)
    invite(console)
    assert len(mailbox.messages) == 1
    assert seen
    assert not any(seen)


class TestForgotten:
    """« Mot de passe oublié? »."""

    @pytest.fixture(autouse=True)
    def _committed(self, committed: None) -> None:  # noqa: ARG002 (required by pytest-django)
        """The message is sent by a thread, which sees what is committed."""
        cache.clear()

    def ask(self, email: str, browsing: Browsing | None = None) -> Page:
        browsing = browsing or Browsing()
        return browsing.send(browsing.open(FORGOTTEN), email=email)

    def test_link_sets_the_password(self, mailbox: Mailbox) -> None:
        colleague(EMAIL)
        page = Browsing().open(SIGN_IN)
        assert any(link["href"] == FORGOTTEN for link in page.all("a"))
        assert "un lien vient d’y être envoyé" in self.ask(f" {EMAIL.upper()} ").text
        mailbox.wait(1)
        path = link_in(mailbox.messages[0])
        stranger = Browsing()
        assert stranger.send(stranger.open(path), new_password=NEW, new_password_again=NEW).status == 200
        event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.LINK_MADE)
        assert (event.email, event.actor, event.channel) == (EMAIL, None, "console")

    def test_request_asks_alike_for_any_email_and_sends_nothing(
        self, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        colleague(EMAIL)
        colleague("off@boreale.example")
        actions.disable_account(account=User.objects.get(email="off@boreale.example"))
        waiting: list[Callable[[], None]] = []
        monkeypatch.setattr(sending.later, "call", waiting.append)
        asked = []
        for email in (EMAIL, "nobody@boreale.example", "off@boreale.example"):
            browsing = Browsing()
            page = browsing.open(FORGOTTEN)
            with CaptureQueriesContext(connection) as queries:
                assert browsing.send(page, email=email).status == 200
            asked.append([re.sub(r"'[^']*'|\d+", "…", query["sql"]) for query in queries])
        assert asked[0] == asked[1] == asked[2]
        assert not any("people_user" in query for query in asked[0])
        assert (len(waiting), mailbox.messages) == (3, [])
        for send in waiting:
            send()
        assert [message["To"] for message in mailbox.messages] == [EMAIL]

    def test_answer_is_the_same_without_an_account(self, mailbox: Mailbox) -> None:
        colleague(EMAIL)
        actions.create_account(email="off@boreale.example", password=NEW, role=User.Role.READER)
        actions.disable_account(account=User.objects.get(email="off@boreale.example"))
        pages = {}
        for email in ("nobody@boreale.example", "off@boreale.example", EMAIL):
            page = self.ask(email)
            pages[page.status, re.sub(r"(nonce|csrf|value)[^>]*", "", page.html.replace(email, ""))] = email
        assert len(pages) == 1
        mailbox.wait(1)
        assert mailbox.messages[0]["To"] == EMAIL

    def test_account_gets_three_links_an_hour(self, mailbox: Mailbox) -> None:
        colleague(EMAIL)
        for _ in range(4):
            assert self.ask(EMAIL).status == 200
        self.ask_another(mailbox, after=3)

    def ask_another(self, mailbox: Mailbox, *, after: int) -> None:
        """Ask for another account: its message comes after those that were asked for before."""
        colleague("zoe@boreale.example")
        self.ask("zoe@boreale.example")
        mailbox.wait(after + 1)
        assert [message["To"] for message in mailbox.messages].count(EMAIL) == after

    def test_too_many_requests_are_refused(self, mailbox: Mailbox) -> None:
        for _ in range(10):
            self.ask("nobody@boreale.example")
        page = self.ask("nobody@boreale.example")
        assert page.status == 429
        assert int(page.response.headers["Retry-After"]) > 0
        assert mailbox.messages == []

    def test_no_account_is_locked_out_by_requests(self, mailbox: Mailbox) -> None:
        colleague()
        for _ in range(11):
            self.ask("odile@boreale.example")
        mailbox.wait(3)
        browsing = Browsing()
        page = browsing.open(SIGN_IN)
        assert browsing.send(page, email="odile@boreale.example", password=PASSWORD, follow=False).status == 302

    @pytest.mark.parametrize("email", ["", "nobody", "a@b\r\nBcc: c@d.example"])
    def test_what_is_no_email_is_refused(self, email: str, mailbox: Mailbox) -> None:
        page = self.ask(email)
        assert (page.status, mailbox.messages) == (422, [])

    def test_without_a_public_address_there_is_no_such_page(self, mailbox: Mailbox, settings: Settings) -> None:
        """A link that begins with the Host of the request could lead elsewhere."""
        configure(settings, settings.CONFIG.email_url, public_url="")
        assert Browsing().open(FORGOTTEN).status == 404
        assert "oublié" not in Browsing().open(SIGN_IN).text
        assert mailbox.messages == []


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com?from=a@b.example",
        "smtp://",
        "smtp://mail.example.com",
        "smtp://mail.example.com/path?from=a@b.example",
        "smtp://mail.example.com:99999?from=a@b.example",
        "smtp://mail.example.com?from=a@b.example&starttls=maybe",
        "smtp://mail.example.com?from=a@b.example&tls=1",
        "smtp://mail.example.com?from=a%0d%0ab@c.example",
        "smtp://user:pa℀ss@mail.example.com?from=a@b.example",
        "smtp://[::1?from=a@b.example",
    ],
)
def test_wrong_url_names_the_variable_and_not_the_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^RENVOI_EMAIL_URL is wrong: .*\.$") as raised:
        read_config({"RENVOI_EMAIL_URL": url})
    assert "ss@" not in str(raised.value)
