"""The watch that every browser test relies on: a page's fault fails the test that caused it."""

import re

import pytest

from tests.browser.people import Staff

pytestmark = pytest.mark.browser

_SOON_MS = 300


def _trusted(html: str) -> str:
    """Return the script that inserts HTML as if it were an answer of the site, which `trusted.js` lets through."""
    return f'expectAnswer("{html}"); document.body.insertAdjacentHTML("beforeend", "{html}")'


PLANTED = {
    "console error": ("console.error('planted')", "console: planted"),
    "uncaught exception": ("setTimeout(() => { throw new Error('planted') })", "script: planted"),
    "missing page": ("fetch('/console/planted/')", "404: GET"),
    "unreachable host": ("fetch('/console/').catch(() => 0); new Image().src = 'http://127.0.0.1:9/x'", "127"),
    "inline script": (
        "setTimeout(() => document.body.append(Object.assign(document.createElement('script'), {text: 'planted'})))",
        "TrustedScript",
    ),
    "inline handler": (
        _trusted("<b onclick='planted()'>"),
        "Content Security Policy",
    ),
    "inline style": (
        _trusted("<b style='color: red'>"),
        "Content Security Policy",
    ),
    "HTML that is no answer": (
        "setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<b>'))",
        "This HTML is no answer of this site.",
    ),
    "alert window": ("setTimeout(() => alert('planted'))", "window: alert planted"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_fails_the_test(name: str, staff: Staff) -> None:
    planted, seen = PLANTED[name]
    staff.open_list()
    staff.page.evaluate(f"() => {{ {planted} }}")
    staff.page.wait_for_timeout(_SOON_MS)
    with pytest.raises(AssertionError, match=re.escape(seen)):
        staff.watch.require_nothing()
    staff.watch.faults.clear()


def test_page_without_fault_passes(staff: Staff) -> None:
    staff.open_list()
    staff.page.wait_for_timeout(_SOON_MS)
    staff.watch.require_nothing()
