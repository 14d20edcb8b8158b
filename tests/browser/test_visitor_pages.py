"""What visitors see: each decision in both languages and modes, where it leads, and what the ledger holds."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import VisitorMaker
from tests.browser.prepare import set_operator
from tests.browser.visited import SIGN_UP, SITE
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser


class Row(NamedTuple):
    """A row of the decision table: the address, what decides, the page's heading in both languages, and its buttons.

    `leads_to` is the address behind the only button, or of the redirect; {} stands for the language.
    """

    query: str
    decision: str
    reason: str
    fr: str = ""
    en: str = ""
    buttons: int = 0
    leads_to: str = ""


ROWS = (
    Row("", "unknown", "no_country", "Dans quel pays êtes-vous?", "Which country are you in?"),
    Row("country=CA&region=CA-QC", "own", "in_coverage", leads_to="http://signup.partnername.com/{}"),
    Row("country=CA", "region", "no_region", "Où êtes-vous au Canada?", "Where are you in Canada?"),
    Row(
        "country=KI",
        "partner",
        "only_candidate",
        "Notre partenaire à Kiribati",
        "Our partner in Kiribati",
        1,
        SITE + "/Seul/{}",
    ),
    Row(
        "country=NR",
        "partner",
        "best_priority",
        "Notre partenaire à Nauru",
        "Our partner in Nauru",
        1,
        SITE + "/Premier/{}",
    ),
    Row("country=TV", "choice", "same_priority", "Nos partenaires à Tuvalu", "Our partners in Tuvalu", 2),
    Row("country=AQ", "none", "no_partner", "pas offert en Antarctique", "isn’t available in Antarctica"),
    Row("country=PW", "none", "all_paused", "pas offert aux Palaos", "isn’t available in Palau"),
    Row("country=MH", "none", "outside_agreement", "aux Îles Marshall", "in the Marshall Islands"),
    Row("country=FM", "none", "none_available", "en Micronésie", "in Micronesia"),
)


@pytest.fixture(scope="module")
def set_mode(stocked: RunningRenvoi) -> Callable[[str], None]:
    """Returns a function that gives the operator a mode, unless it has it: tests run in any order."""
    modes = ["present"]

    def change(mode: str) -> None:
        if modes[-1] != mode:
            set_operator(stocked.environ, mode=mode)
            modes.append(mode)

    return change


def entries(renvoi: RunningRenvoi) -> list[dict[str, Any]]:
    """Return the ledger's entries."""
    return [json.loads(line) for line in renvoi.run("ledger", "export", "--format", "jsonl").stdout.splitlines()]


def go(page: Page, query: str, *, until: str) -> None:
    """Open the entry until it shows what it should: the gateway has a change within a second."""
    for _ in range(20):
        page.goto(f"/?{query}" if query else "/")
        if until in page.url or until in page.content():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url}: no {until}")


@pytest.mark.parametrize("mode", ["present", "direct"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.reason)
def test_decision_table(
    row: Row,
    language: str,
    mode: str,
    set_mode: Callable[[str], None],
    stocked: RunningRenvoi,
    open_visitor: VisitorMaker,
) -> None:
    set_mode(mode)
    visitor = open_visitor(locale=f"{language}-CA")
    page, heading = visitor.page, row.fr if language == "fr" else row.en
    is_redirect = row.decision == "own" or (row.decision == "partner" and mode == "direct")
    target = row.leads_to.format(language)
    page.goto("/healthz")
    go(page, f"{row.query}&src={row.reason}".lstrip("&"), until=target if is_redirect else heading)
    expected = {"act": "shown", "decision": row.decision, "reason": row.reason, "language": language}
    if is_redirect:
        assert page.url == target
        expected["act"] = "sent"
    else:
        expect(page.locator("h1")).to_contain_text(heading)
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(".go")).to_have_count(row.buttons)
    last = entries(stocked)[-1]
    assert {name: last[name] for name in expected} == expected
    assert (last["source"], last["partner"] is not None) == (row.reason, row.decision == "partner")
    if target and not is_redirect:
        page.locator(".go").click()
        page.wait_for_url(target)
        last = entries(stocked)[-1]
        assert (last["act"], last["reason"], last["source"]) == ("sent", "visitor_chose", row.reason)


def test_card_of_several_leads_to_its_own_partner(stocked: RunningRenvoi, open_visitor: VisitorMaker) -> None:
    page = open_visitor().page
    go(page, "country=TV", until="Impair")
    page.get_by_role("link", name="Continuer chez Impair").click()
    page.wait_for_url(f"{SITE}/Impair/fr")
    last = entries(stocked)[-1]
    assert (last["act"], last["decision"], last["reason"]) == ("sent", "partner", "visitor_chose")


def test_other_language_is_announced_before_the_visitor_leaves(
    set_mode: Callable[[str], None], open_visitor: VisitorMaker
) -> None:
    page = open_visitor().page
    set_mode("present")
    go(page, "country=WS", until="Unilingue répond.")
    expect(page.locator(".card")).to_contain_text("Le site Web est en anglais.")
    page.get_by_role("link", name="Continuer chez Unilingue").click()
    page.wait_for_url(f"{SITE}/Unilingue/en")


def test_region_is_chosen_and_corrected(set_mode: Callable[[str], None], open_visitor: VisitorMaker) -> None:
    set_mode("present")
    page = open_visitor().page
    go(page, "country=CA", until="Où êtes-vous au Canada?")
    page.get_by_role("button", name="Ailleurs au Canada").click()
    expect(page.locator("h1")).not_to_contain_text("Où êtes-vous")
    page.locator("footer a[href^='/countries/']").click()
    page.get_by_role("button", name="Québec").click()
    page.wait_for_url(SIGN_UP["fr"])
