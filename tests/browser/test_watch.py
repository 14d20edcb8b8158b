"""The watch that every browser test relies on: a page's fault fails the test that caused it."""

import re

import pytest

from tests.browser.people import Staff

pytestmark = pytest.mark.browser

_SOON_MS = 300
PLANTED = {
    "an error in the console": ("console.error('planted')", "console: planted"),
    "a script that fails": ("setTimeout(() => { throw new Error('planted') })", "script: planted"),
    "an address that is not there": ("fetch('/console/planted/')", "404: GET"),
    "a host that is not there": ("fetch('/console/').catch(() => 0); new Image().src = 'http://127.0.0.1:9/x'", "127"),
    "a script against the policy": (
        "document.body.append(Object.assign(document.createElement('script'), {text: 'planted'}))",
        "Content Security Policy",
    ),
    "a handler against the policy": (
        "document.body.insertAdjacentHTML('beforeend', '<b onclick=\"planted()\">')",
        "Content Security Policy",
    ),
    "a style against the policy": (
        "document.body.insertAdjacentHTML('beforeend', '<b style=\"color: red\">')",
        "Content Security Policy",
    ),
    "a window": ("setTimeout(() => alert('planted'))", "window: alert planted"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_fails_the_test(name: str, staff: Staff) -> None:
    planted, seen = PLANTED[name]
    staff.open_list()
    staff.page.evaluate(f"() => {{ {planted} }}")
    staff.page.wait_for_timeout(_SOON_MS)
    with pytest.raises(AssertionError, match=re.escape(seen)):
        staff.watch.require_nothing()
    staff.watch.faults.clear()


def test_a_page_without_fault_passes(staff: Staff) -> None:
    staff.open_list()
    staff.page.wait_for_timeout(_SOON_MS)
    staff.watch.require_nothing()
