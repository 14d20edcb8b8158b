"""The pages that exist only with a mail server: a forgotten password, and the link that confirms a new email."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.openings import PreparedPartners, at, signed_out
from tests.browser.people import Staff, StaffMaker
from tests.browser.prepare import EDITOR, Sessions
from tests.browser.test_accessibility import every_rule, violations
from tests.browser.test_wcag_by_hand import reflow_faults
from tests.browser.test_wcag_over_time import out_of_order
from tests.browser.words import ENGLISH, FRENCH
from tests.people.mailing import Mailbox, serving
from tests.running import PASSWORD, RunningRenvoi

pytestmark = pytest.mark.browser

_NEW = "une.adresse.interminablement.longue@" + "sous-domaine-interminable." * 4 + "example"
_NOBODY = PreparedPartners(ordinary=0, longest=0)
_REGIONS = (".skip-link", ".brand", "header", "main", "footer")
Open = Callable[[Staff, Mailbox], object]


@pytest.fixture(scope="module")
def host_and_mailbox() -> Iterator[tuple[str, Mailbox]]:
    mailbox = Mailbox()
    with serving(mailbox) as host:
        yield host, mailbox


@pytest.fixture
def mailbox(host_and_mailbox: tuple[str, Mailbox]) -> Mailbox:
    """The mailbox, empty."""
    host_and_mailbox[1].messages.clear()
    return host_and_mailbox[1]


@pytest.fixture(scope="module")
def renvoi(
    ready: tuple[Path, Sessions], tmp_path_factory: pytest.TempPathFactory, host_and_mailbox: tuple[str, Mailbox]
) -> Iterator[RunningRenvoi]:
    """A server that sends e-mail to the mailbox."""
    folder = tmp_path_factory.mktemp("mailing") / "renvoi"
    shutil.copytree(ready[0], folder)
    url = f"smtp://{host_and_mailbox[0]}?from=renvoi@renvoi.example&starttls=off"
    running = RunningRenvoi(folder, command=("serve",), RENVOI_EMAIL_URL=url)
    running.environ["RENVOI_PUBLIC_URL"] = running.address
    with running:
        yield running


def _forgotten(staff: Staff, _mailbox: Mailbox) -> None:
    signed_out("/console/forgotten/")(staff, _NOBODY)


def _forgotten_refused(staff: Staff, mailbox: Mailbox) -> None:
    _forgotten(staff, mailbox)
    staff.watch.expected_statuses.add(422)
    staff.page.locator("#email").fill("nobody")
    staff.page.locator("button.primary").click()
    expect(staff.page.locator("#email-error")).to_be_visible()


def _forgotten_sent(staff: Staff, mailbox: Mailbox) -> None:
    _forgotten(staff, mailbox)
    staff.page.locator("#email").fill(_NEW)
    staff.page.locator("button.primary").click()
    expect(staff.page.locator("#email")).to_have_count(0)


def _email(staff: Staff, _mailbox: Mailbox) -> None:
    at("/console/account/email/")(staff, _NOBODY)


def _email_refused(staff: Staff, mailbox: Mailbox) -> None:
    _email(staff, mailbox)
    staff.watch.expected_statuses.add(422)
    staff.page.locator("#email").fill("personne")
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator(".error-summary")).to_be_focused()


def _email_sent(staff: Staff, mailbox: Mailbox, email: str = _NEW) -> None:
    _email(staff, mailbox)
    staff.page.locator("#email").fill(email)
    staff.page.locator("#current_password").fill(PASSWORD)
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator("#email")).to_have_count(0)
    mailbox.wait(2)


def _email_to_confirm(staff: Staff, mailbox: Mailbox, email: str = _NEW) -> None:
    _email_sent(staff, mailbox, email)
    (message,) = [each for each in mailbox.messages if each["To"] == email]
    part = message.get_body(("plain",))
    assert part is not None
    (link,) = re.findall(r"https?://\S+", part.get_content())
    staff.page.goto(link)


OPENINGS: Mapping[str, Open] = {
    "forgotten": _forgotten,
    "forgotten, refused": _forgotten_refused,
    "forgotten, sent": _forgotten_sent,
    "email": _email,
    "email, refused": _email_refused,
    "email, sent": _email_sent,
    "email, to confirm": _email_to_confirm,
}


@pytest.mark.parametrize("name", OPENINGS)
def test_every_page_passes_axe_and_reflows(name: str, open_staff: StaffMaker, mailbox: Mailbox) -> None:
    for words in (FRENCH, ENGLISH):
        # Each account asks for at most three links an hour.
        staff = open_staff(account=words.account, words=words)
        OPENINGS[name](staff, mailbox)
        mailbox.messages.clear()
        assert every_rule(staff) == []
        staff.page.emulate_media(color_scheme="dark")
        assert violations(staff, type="rule", values=["color-contrast", "link-in-text-block"]) == []
        assert reflow_faults(staff.page) == {}


@pytest.mark.parametrize("name", ["forgotten", "forgotten, refused", "forgotten, sent"])
def test_focus_order_is_reading_order(name: str, staff: Staff, mailbox: Mailbox) -> None:
    staff.page.set_viewport_size({"width": 1440, "height": 2600})
    OPENINGS[name](staff, mailbox)
    staff.page.locator(".skip-link").focus()
    staff.page.keyboard.press("Shift+Tab")
    assert out_of_order(staff.page, _REGIONS) == []


def test_email_is_changed_by_the_link_and_its_page_passes_axe(open_staff: StaffMaker, mailbox: Mailbox) -> None:
    # The other tests use neither this account nor this email.
    staff, email = open_staff(account=EDITOR), "anne@renvoi.example"
    _email_to_confirm(staff, mailbox, email)
    staff.page.locator("main button.primary").click()
    expect(staff.page.locator("main button.primary")).to_have_count(0)
    assert (every_rule(staff), reflow_faults(staff.page)) == ([], {})
    staff.page.goto("/console/account/email/")
    expect(staff.page.locator(".page-title .meta")).to_have_text(email)
