"""Open the pages of second factors in each of their states, with accounts that nothing else uses."""

from collections.abc import Mapping
from urllib.parse import urljoin

from playwright.sync_api import expect

from tests.browser.openings import Opening, PreparedPartners, signed_out
from tests.browser.people import Staff
from tests.browser.prepare import PROTECTED, PROTECTED_SESSIONS
from tests.running import PASSWORD

_SECURITY = "/console/account/security/"
_CODE, _RECOVERY = "/console/sign-in/code/", "/console/sign-in/recovery-code/"


def _own(path: str) -> Opening:
    """Return how to open a page of the account that has an authenticator app."""

    def opening(staff: Staff, _partners: PreparedPartners) -> None:
        staff.page.goto("/console/keys/")
        context = staff.page.context
        context.clear_cookies()
        site = urljoin(staff.page.url, "/")
        cookie = {"name": "renvoi_session", "value": PROTECTED_SESSIONS[staff.words.language], "url": site}
        context.add_cookies([cookie])  # type: ignore[list-item]  # as in people.py
        staff.page.goto(path)
        expect(staff.page).to_have_url(path)

    return opening


def _new_codes(staff: Staff, partners: PreparedPartners) -> None:
    _own(f"{_SECURITY}recovery-codes/")(staff, partners)
    staff.page.locator("#current_password").fill(PASSWORD)
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator("#codes")).to_be_focused()


def _second_step(path: str) -> Opening:
    """Return how to open a page of the second step, after the password."""

    def opening(staff: Staff, partners: PreparedPartners) -> None:
        signed_out("/console/sign-in/")(staff, partners)
        staff.page.locator("#email").fill(PROTECTED[staff.words.language])
        staff.page.locator("#password").fill(PASSWORD)
        staff.page.locator("#password").press("Enter")
        expect(staff.page.locator("#code")).to_be_focused()
        staff.page.goto(f"{path}?lang={staff.words.language}")

    return opening


def _code_refused(staff: Staff, partners: PreparedPartners) -> None:
    # An empty code is not counted: the accounts would use up their attempts.
    _second_step(_CODE)(staff, partners)
    staff.watch.expected_statuses.add(422)
    staff.page.locator("main .primary").click()
    expect(staff.page.locator("#code-error")).to_be_visible()


def _removal(staff: Staff, _partners: PreparedPartners) -> None:
    """The page on which an administrator removes the second factor of somebody."""
    staff.page.goto("/console/accounts/")
    row = staff.page.get_by_role("row").filter(has_text=PROTECTED[staff.words.language])
    row.get_by_role("link").first.click()
    staff.page.locator("a[href$='/second-factor/']").click()
    expect(staff.page.locator("form.question")).to_be_visible()


FACTORS: Mapping[str, Opening] = {
    "password and sessions, with an app": _own(_SECURITY),
    "new recovery codes": _own(f"{_SECURITY}recovery-codes/"),
    "recovery codes, shown": _new_codes,
    "authenticator app, switching off": _own(f"{_SECURITY}app/remove/"),
    "second factor of an account": _removal,
    "sign-in, code": _second_step(_CODE),
    "sign-in, code refused": _code_refused,
    "sign-in, recovery code": _second_step(_RECOVERY),
}
"""Each of these pages, by name."""
