"""Open the pages of accounts, tokens and the security log in each of their states."""

from collections.abc import Mapping

from playwright.sync_api import expect

from tests.browser.openings import LONG_NAME, Opening, PreparedPartners, at, signed_out, window_at
from tests.browser.people import Staff

_TOKENS, _APP = "/console/tokens/", "/console/account/security/app/"


def _token_list(staff: Staff, _partners: PreparedPartners) -> None:
    """The list of tokens, with one of a long name."""
    staff.page.goto(_TOKENS)
    if not staff.page.locator("tbody tr").count():
        staff.page.goto(f"{_TOKENS}new/")
        owner = staff.page.locator("#owner").input_value()
        staff.send(f"{_TOKENS}new/", {"name": LONG_NAME, "owner": owner, "scope": "write", "lasts": "365"})
        staff.page.goto(_TOKENS)


def _token(staff: Staff, partners: PreparedPartners) -> None:
    _token_list(staff, partners)
    staff.page.locator("tbody th a").first.click()


def _token_created(staff: Staff, partners: PreparedPartners) -> None:
    _token_list(staff, partners)
    name = f"Interminablement {staff.page.locator('tbody tr').count()}"
    staff.page.goto(f"{_TOKENS}new/")
    staff.page.locator("#name").fill(name)
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator("#token")).to_be_focused()


def _token_refused(staff: Staff, _partners: PreparedPartners) -> None:
    staff.watch.expected_statuses.add(422)
    staff.page.goto(f"{_TOKENS}new/")
    staff.page.locator("[name=lasts][value=day]").check()
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator(".error-summary")).to_be_focused()


def _revoke_window(staff: Staff, partners: PreparedPartners) -> None:
    _token_list(staff, partners)
    staff.page.locator("td.do a").first.click()
    expect(staff.page.get_by_role("dialog")).to_be_visible()


def _revoke_page(staff: Staff, partners: PreparedPartners) -> None:
    _token_list(staff, partners)
    staff.page.goto(staff.page.locator("td.do a").first.get_attribute("href") or "")


def _app_refused(staff: Staff, _partners: PreparedPartners) -> None:
    staff.watch.expected_statuses.add(422)
    staff.page.goto(_APP)
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator(".error-summary")).to_be_focused()


ACCOUNTS: Mapping[str, Opening] = {
    "accounts": at("/console/accounts/"),
    "account": at("/console/accounts/1/"),
    "security log": at("/console/accounts/log/"),
    "security log, nothing matches": at("/console/accounts/log/?at=hier&account=personne"),
    "security log export window": window_at("/console/accounts/log/", ".page-actions [hx-get*=export]"),
    "new account": at("/console/accounts/new/"),
    "authenticator app": at(_APP),
    "authenticator app, refused": _app_refused,
    "email": at("/console/account/email/"),
    "email link, used up": signed_out("/console/email/none/", status=410),
    "tokens": _token_list,
    "token": _token,
    "new token": at(f"{_TOKENS}new/"),
    "new token, refused": _token_refused,
    "token, created": _token_created,
    "token revoke window": _revoke_window,
    "token revoke page": _revoke_page,
}
"""Each of these pages, by name."""
