"""Texts written to run as scripts are shown as plain text on every page that shows a partner.

The console's Content-Security-Policy blocks inline scripts, and the watch reports each violation as a fault. So an
unescaped text fails these tests even though the browser does not run it.
"""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Page, expect

from renvoi.domain.names.keys import fold
from tests.browser import FULL
from tests.browser.people import Staff, VisitorMaker
from tests.browser.prepare import fill_with
from tests.corpora import corpus
from tests.running import RunningRenvoi

_COUNTRY = "AQ"
_OTHER_COUNTRY = "BV"
_SAMPLED = 10

pytestmark = pytest.mark.browser

# Records the functions that payloads call.
_TRAP = """
window.ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => { window.ran.push(name) };
"""


@pytest.fixture(scope="module")
def payloads(renvoi: RunningRenvoi) -> list[str]:
    """Each is the name (truncated), the descriptions, the reference and the address of a partner."""
    texts = _names(corpus("xss"))
    rows = [_row(text, country=_COUNTRY) for text in texts]
    # The only partner of its country: the visitor's page for one partner uses another template.
    fill_with(renvoi.environ, [*rows, _row("<script>alert(1)</script>", country=_OTHER_COUNTRY)])
    return texts


def _names(texts: Sequence[str]) -> list[str]:
    """Return the texts that differ as names."""
    by_folded_name: dict[str, str] = {}
    for text in texts:
        usable = "".join(mark for mark in text if mark != "\0" and not "\ud800" <= mark <= "\udfff").strip()
        by_folded_name.setdefault(fold(f"{usable[:90]} {_COUNTRY}"), usable)
    return [text for text in by_folded_name.values() if text]


def _row(text: str, *, country: str) -> dict[str, str]:
    return {
        "name": f"{text[:90]} {country}",
        "url_en": f"http://x.example/?{text[:200]}".replace("\\", "/"),
        "url_fr": f"http://x.example/#{text[:200]}",
        "description_en": text[:255],
        "description_fr": text[-255:],
        "agreement_reference": text[:100],
        "countries": country,
    }


def _assert_nothing_ran(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate("window.ran") == [], page.url


@pytest.fixture
def trapped(staff: Staff) -> Staff:
    """A page that records calls of payloads."""
    staff.page.add_init_script(_TRAP)
    return staff


def _ids(page: Page) -> Iterator[int]:
    """Yield the ids of the partners on this page of the list, or in the trash."""
    for element in page.locator("a[href*='/delete/'], button[formaction$='/restore/']").all():
        address = element.get_attribute("href") or element.get_attribute("formaction") or ""
        yield int(address.split("/")[3])


def _open_every_page(staff: Staff) -> list[int]:
    """Open every page of the list of these partners; return their ids."""
    ids: list[int] = []
    staff.open_list(countries=_COUNTRY, per_page="100")
    while True:
        _assert_nothing_ran(staff.page)
        ids += _ids(staff.page)
        next_page = staff.page.locator("#page-next")
        if not next_page.count():
            return ids
        next_page.click()
        expect(staff.page.locator(f"#partner-{ids[-1]}")).to_have_count(0)


def test_list_windows_and_settings_run_no_script(trapped: Staff, payloads: list[str]) -> None:
    page = trapped.page
    ids = _open_every_page(trapped)
    assert len(ids) == len(payloads)
    sampled = ids if FULL else ids[:: len(ids) // _SAMPLED]
    for partner in sampled:
        page.goto(f"/console/partners/{partner}/")
        _assert_nothing_ran(page)
        page.locator(".form-actions .danger").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        _assert_nothing_ran(page)
        if partner in sampled[:3]:
            page.goto(f"/console/partners/{partner}/delete/")
            _assert_nothing_ran(page)


# All settings pages have the same elements, and so have all windows: a text that became markup would add some.
_SHAPES = """async ([settings, windows]) => {
  const shape = async (path, headers) => {
    const found = parseAnswer(await (await fetch(path, {headers})).text());
    return [...found.querySelectorAll('*')].map(one => one.localName + one.attributes.length).sort().join();
  };
  const shapes = new Set();
  for (const id of settings) shapes.add(await shape(`/console/partners/${id}/`, {}));
  for (const id of windows) shapes.add(await shape(`/console/partners/${id}/delete/`, {'HX-Request': 'true'}));
  return shapes.size;
}"""


def test_settings_pages_and_windows_have_the_same_elements(trapped: Staff, payloads: list[str]) -> None:
    ids = _open_every_page(trapped)
    assert len(ids) == len(payloads)
    asked = [ids, ids] if FULL else [ids[::4], ids[1::6]]
    assert trapped.page.evaluate(_SHAPES, asked) == 2


def test_message_and_trash_run_no_script(trapped: Staff, payloads: list[str]) -> None:
    page = trapped.page
    trapped.open_list(name=payloads[0][:30], countries=_COUNTRY)
    first = next(_ids(page))
    page.goto(f"/console/partners/{first}/delete/")
    page.locator("main .danger").click()
    _assert_nothing_ran(page)
    expect(page.locator(".messages")).to_contain_text(payloads[0][:30])
    page.goto("/console/trash/")
    _assert_nothing_ran(page)
    expect(page.locator("main")).to_contain_text(payloads[0][:30])
    page.locator(f"td button[formaction$='/{first}/restore/']").click()
    page.wait_for_url("**/partners/**")
    _assert_nothing_ran(page)


def test_trash_with_all_payloads_runs_no_script(trapped: Staff, payloads: list[str]) -> None:
    ids = _open_every_page(trapped)
    trashed = ids if FULL else ids[3 :: len(payloads) // 8]
    for partner in trashed:
        trapped.send(f"/console/partners/{partner}/delete/", {})
    trapped.page.goto("/console/trash/")
    while True:
        _assert_nothing_ran(trapped.page)
        next_page = trapped.page.locator("#page-next")
        if not next_page.count():
            break
        next_page.click()
    for partner in trashed:
        trapped.send(f"/console/partners/{partner}/restore/", {}, token_from="/console/trash/")


@pytest.mark.parametrize("locale", ["fr-CA", "en-CA"])
def test_visitor_pages_run_no_script(locale: str, payloads: list[str], open_visitor: VisitorMaker) -> None:
    visitor = open_visitor(locale=locale)
    visitor.page.add_init_script(_TRAP)
    visitor.page.goto(f"/?country={_COUNTRY}")
    _assert_nothing_ran(visitor.page)
    visitor.page.goto(f"/?country={_COUNTRY}&all=1")
    _assert_nothing_ran(visitor.page)
    expect(visitor.page.locator(".card")).to_have_count(len(payloads))
    visitor.page.goto(f"/?country={_OTHER_COUNTRY}")
    _assert_nothing_ran(visitor.page)
    expect(visitor.page.locator(".card h2")).to_have_text("<script>alert(1)</script> BV")


@pytest.mark.parametrize("field", ["name", "url_en", "countries", "sort", "page", "lang", "list"])
def test_searching_for_payload_runs_no_script(field: str, trapped: Staff, payloads: list[str]) -> None:
    for text in payloads[:: len(payloads) // 4]:
        trapped.open_list(**{field: text[:300]})
        _assert_nothing_ran(trapped.page)
