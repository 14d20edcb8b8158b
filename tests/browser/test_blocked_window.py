"""The browser blocks the PDF's window: the document opens in the same tab, and the page says so."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff
from tests.browser.words import ENGLISH, FRENCH, Words

pytestmark = pytest.mark.browser

_SANDBOX = "sandbox allow-scripts allow-forms allow-same-origin allow-downloads"
_SENTENCES = {
    "fr": "Votre navigateur a bloqué la nouvelle fenêtre\u00a0: le document s’ouvre dans cet onglet.",
    "en": "Your browser blocked the new window: the document opens in this tab.",
}


def _forbid_windows(route: Route) -> None:
    """Serve the list under a policy by which the browser opens no window."""
    response = route.fetch()
    policy = f"{response.headers['content-security-policy']}; {_SANDBOX}"
    route.fulfill(response=response, headers={**response.headers, "content-security-policy": policy})


@pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=lambda words: words.language)
def test_document_opens_in_the_same_tab(staff: Staff, words: Words) -> None:
    page = staff.page
    page.context.route("**/console/partners/", _forbid_windows)
    Reader(staff).open_partners()
    with page.expect_response("**/export/pdf/?*same_tab=1") as ordering:
        page.get_by_role("button", name="PDF", exact=True).click()
    assert _SENTENCES[words.language] in ordering.value.text()
    expect(page.locator(".message")).to_have_text(_SENTENCES[words.language])
    page.wait_for_url("**/Partners.pdf", timeout=60_000)
    assert page.context.pages == [page]
    blocked = [fault for fault in staff.watch.faults if "Blocked opening" in fault]
    assert len(blocked) == 1
    staff.watch.faults.remove(blocked[0])
