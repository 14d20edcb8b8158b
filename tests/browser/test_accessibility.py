"""WCAG 2.2 AA as axe can check it, on every page, in the states that find most; FULL=1 for every combination."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import FULL
from tests.browser.openings import PreparedPartners
from tests.browser.pages import EMPTY, EVERY, SIZES, Size, settle
from tests.browser.people import Chromium, Staff, StaffMaker
from tests.browser.prepare import prepared
from tests.browser.words import ENGLISH, FRENCH
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_LANGUAGES = {"fr": FRENCH, "en": ENGLISH}
_THEMES = ("light", "dark")


def violations(staff: Staff, **run_only: object) -> list[str]:
    """Return the violations that axe reports on the page, a line each."""
    settle(staff.page)
    # At full height: axe would report sticky elements as covering the content that scrolls under them.
    width = staff.page.viewport_size["width"] if staff.page.viewport_size else 0
    height = staff.page.evaluate("document.documentElement.scrollHeight")
    staff.page.set_viewport_size({"width": width, "height": min(height, 12_000)})
    results = Axe().run(
        staff.page,
        # What an open menu covers in part would be a target without enough space.
        context={"exclude": [["body:has(.account[open]) main"]]},
        options={"resultTypes": ["violations"], "runOnly": run_only},
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in results.response["violations"]
        for node in rule["nodes"]
    ]


def every_rule(staff: Staff) -> list[str]:
    """Return the violations of the standard and of best practices."""
    return violations(staff, type="tag", values=_TAGS)


@pytest.mark.parametrize("name", EVERY)
def test_every_page_passes_axe(name: str, staff: Staff, partners: PreparedPartners) -> None:
    EVERY[name](staff, partners)
    violations_by_state = {"wide, light": every_rule(staff)}
    staff.page.emulate_media(color_scheme="dark")
    violations_by_state["wide, dark"] = violations(staff, type="rule", values=["color-contrast", "link-in-text-block"])
    staff.page.emulate_media(color_scheme="light")
    staff.page.set_viewport_size({"width": 390, "height": 844})
    violations_by_state["narrow, light"] = every_rule(staff)
    assert {where: faults for where, faults in violations_by_state.items() if faults} == {}


@pytest.mark.parametrize("name", ["getting started", "getting started, source refused"])
def test_first_page_passes_axe_in_english(name: str, open_staff: StaffMaker, partners: PreparedPartners) -> None:
    staff = open_staff(account=ENGLISH.account, words=ENGLISH)
    EVERY[name](staff, partners)
    assert staff.page.locator("html").get_attribute("lang") == "en"
    assert every_rule(staff) == []


@pytest.fixture(scope="module")
def empty_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningRenvoi, list[str]]]:
    """A Renvoi without partners, and keys of sessions on it."""
    running = RunningRenvoi(tmp_path_factory.mktemp("empty") / "renvoi", command=("serve",))
    keys = prepared(running.environ, with_sample=False)
    with running:
        yield running, keys[FRENCH.account]


@pytest.mark.parametrize("name", EMPTY)
def test_pages_without_partners_pass_axe(
    name: str, chromium: Chromium, empty_session: tuple[RunningRenvoi, list[str]], partners: PreparedPartners
) -> None:
    running, keys = empty_session
    staff = replace(chromium, renvoi=running).open_staff(session=keys.pop(), words=FRENCH)
    EMPTY[name](staff, partners)
    assert staff.page.locator(".empty").count() == 1
    assert every_rule(staff) == []


if FULL:

    @pytest.mark.parametrize(
        ("name", "language", "theme", "size"),
        list(itertools.product(EVERY, _LANGUAGES, _THEMES, SIZES)),
        ids=str,
    )
    def test_every_combination(
        name: str, language: str, theme: str, size: Size, open_staff: StaffMaker, partners: PreparedPartners
    ) -> None:
        words = _LANGUAGES[language]
        staff = open_staff(words=words, color_scheme=theme, viewport=SIZES[size])
        EVERY[name](staff, partners)
        assert every_rule(staff) == []


def test_planted_fault_is_reported(staff: Staff) -> None:
    staff.open_list()
    staff.page.evaluate("document.querySelector('#search-name').labels[0].remove()")
    assert any(fault.startswith("label ") for fault in every_rule(staff))
