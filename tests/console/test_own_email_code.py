"""An account with an authenticator app changes its email with a code, besides the password."""

import pytest

from renvoi.people.models import User
from tests.cast import PASSWORD
from tests.console.browsing import Browsing
from tests.console.test_own_email import NEW, OWN, ask, browsing, remi
from tests.people.factors import code_now, with_app
from tests.people.mailing import Mailbox
from tests.people.test_mail import host_and_mailbox, mailbox

__all__ = ["browsing", "host_and_mailbox", "mailbox", "remi"]  # fixtures

pytestmark = pytest.mark.django_db


def test_right_code_is_asked_for_and_serves_once(console: Browsing, odile: User) -> None:
    assert console.open(OWN).all("input", id="code") == []
    before = odile.email
    with_app(odile)
    page = console.open(OWN)
    for code in ("", "000000"):
        assert [*console.send(page, email=NEW, current_password=PASSWORD, code=code).errors] == ["code"]
    code = code_now()
    # A form with another error does not use the code up.
    wrong = console.send(page, email=NEW, current_password="faux", code=code)
    assert ([*wrong.errors], code in wrong.html) == (["current_password"], False)
    odile.refresh_from_db()
    assert odile.email == before
    console.send(page, email=NEW, current_password=PASSWORD, code=code)
    odile.refresh_from_db()
    assert odile.email == NEW
    again = console.send(console.open(OWN), email=before, current_password=PASSWORD, code=code)
    assert (again.status, [*again.errors]) == (422, ["code"])


def test_guesses_of_the_code_are_limited(console: Browsing, odile: User) -> None:
    with_app(odile)
    page = console.open(OWN)
    pages = [console.send(page, email=NEW, current_password=PASSWORD, code="000000") for _ in range(11)]
    assert [page.status for page in pages] == [422] * 10 + [429]
    assert [*pages[-1].errors] == ["code"]


def test_no_link_is_sent_without_a_code(browsing: Browsing, remi: User, mailbox: Mailbox) -> None:
    with_app(remi)
    assert [*ask(browsing).errors] == ["code"]
    assert mailbox.messages == []
