"""Open each page of the console and of the gateway in each of its states."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.browser.accounts_pages import ACCOUNTS
from tests.browser.clocks import present_moment
from tests.browser.factor_pages import FACTORS
from tests.browser.openings import (
    LONG_NAME,
    Opening,
    PreparedPartners,
    at,
    golden_list,
    golden_refused,
    matching_countries,
    signed_out,
    visit_simulated,
    window_at,
)
from tests.browser.people import Staff

Size = Literal["wide", "medium", "narrow"]
SIZES: Mapping[Size, dict[str, int]] = {
    "wide": {"width": 1440, "height": 900},
    "medium": {"width": 900, "height": 900},
    "narrow": {"width": 390, "height": 844},
}


def _undo(staff: Staff, _partners: PreparedPartners) -> None:
    page = staff.page
    page.goto("/console/history/?sort=-when&what=ordinaire")
    href = page.locator("#rows .col-what a").first.get_attribute("href") or ""
    page.goto(href.partition("?")[0] + "undo/")


def _errors(staff: Staff, _partners: PreparedPartners) -> None:
    staff.watch.expected_statuses.add(422)
    page = staff.page
    page.goto("/console/partners/new/")
    page.locator("#url_fr").fill("partnername.com/fr")
    page.locator("#description_en").fill("x" * 300)
    page.locator("#country").select_option("IS")
    page.locator(".form-actions .primary").click()
    expect(page.locator(".error-summary")).to_be_focused()


def _conflict(staff: Staff, partners: PreparedPartners) -> None:
    staff.watch.expected_statuses.add(409)
    page = staff.page
    staff.open_settings(partners.ordinary)
    page.locator("[name=version]").evaluate("field => { field.value = '9999' }")
    for field in ("name", "url_en", "url_fr", "description_fr", "agreement_reference"):
        page.locator(f"#{field}").fill(f"http://mine.example/{field}")
    page.locator(".form-actions .primary").click()
    expect(page.locator(".error-summary")).to_be_focused()


def _window(staff: Staff, partners: PreparedPartners) -> None:
    staff.open_list(name="Aló Ordinaire")
    staff.page.locator(f"#partner-{partners.ordinary} .col-do a").click()
    expect(staff.page.get_by_role("dialog")).to_be_visible()


def _saved(staff: Staff, partners: PreparedPartners) -> None:
    staff.open_settings(partners.ordinary)
    reference = staff.page.locator("#agreement_reference")
    reference.fill(reference.input_value() + "1")
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator(".message")).to_be_visible()


def _simulation_errors(staff: Staff, _partners: PreparedPartners) -> None:
    staff.watch.expected_statuses.add(422)
    staff.page.goto(f"/console/simulation/?country=QQ&address=x&headers={'Interminable' * 9}&day=x")


def _not_found(staff: Staff, _partners: PreparedPartners) -> None:
    staff.watch.expected_statuses.add(404)
    staff.page.goto("/console/nowhere/")


def _refused_sign_in(staff: Staff, partners: PreparedPartners) -> None:
    signed_out("/console/sign-in/")(staff, partners)
    staff.page.locator("#email").fill("nobody@renvoi.example")
    staff.page.locator("#password").fill("not the password")
    staff.page.locator("button.primary").click()
    expect(staff.page.get_by_role("alert")).to_be_visible()


def _open_menu(staff: Staff, partners: PreparedPartners) -> None:
    at("/console/partners/")(staff, partners)
    toggle = staff.page.locator(".side-toggle > summary")
    if toggle.is_visible():
        toggle.click()
    staff.page.locator(".account > summary").click()


def _keys_window(staff: Staff, partners: PreparedPartners) -> None:
    at("/console/partners/")(staff, partners)
    staff.page.keyboard.press("?")
    expect(staff.page.get_by_role("dialog")).to_be_visible()


def _added(staff: Staff, partners: PreparedPartners) -> None:
    staff.open_settings(partners.ordinary)
    staff.page.locator("#country").select_option("ZM")
    staff.page.locator("#add-country").click()
    expect(staff.page.locator(".chips li")).to_have_count(3)


def _selected(staff: Staff, partners: PreparedPartners) -> None:
    staff.open_list(selected=str(partners.longest))
    expect(staff.page.locator("#selection")).to_be_visible()


def _bulk_window(staff: Staff, partners: PreparedPartners) -> None:
    _selected(staff, partners)
    staff.page.locator("#selection button.danger").click()
    expect(staff.page.get_by_role("dialog")).to_be_visible()


def _pasted(staff: Staff, partners: PreparedPartners) -> None:
    staff.open_settings(partners.ordinary)
    staff.page.locator(".paste > summary").click()
    staff.page.locator("#country_list").fill("ZM; " + "Interminablistan" * 5)
    staff.page.locator("#add-countries").click()
    expect(staff.page.locator("#countries-error")).to_be_visible()


def _not_saved(staff: Staff, partners: PreparedPartners) -> None:
    staff.open_settings(partners.ordinary)
    staff.watch.expected_statuses.add(502)
    staff.page.route("**/console/partners/*/", lambda route: route.fulfill(status=502, body=""))
    staff.page.locator("#agreement_reference").fill("ENT-1")
    staff.page.locator(".form-actions .primary").click()
    expect(staff.page.locator("[data-when=failed]")).to_be_visible()
    staff.page.unroute("**/console/partners/*/")


def _with_tabs(staff: Staff, _partners: PreparedPartners) -> None:
    for name, sort in (("Nord", "-name"), ("W" * 40, "state"), ("Vue interminablement nommée", "-url_en")):
        query = {"name": "Aló", "sort": sort}
        staff.open_list(**query)
        if staff.page.locator(".list-line .save-view").count():
            staff.send("/console/partners/views/new/", {"name": name, "list": urlencode(query)})
            staff.open_list(**query)
    expect(staff.page.locator(".views [aria-current] + .icon-button")).to_be_visible()


def _newest_step(staff: Staff, _partners: PreparedPartners) -> None:
    staff.page.goto("/console/history/?channel=console")
    staff.page.locator("#rows .col-what a").first.click()


def _plan(*lines: str) -> Opening:
    def opening(staff: Staff, partners: PreparedPartners) -> None:
        staff.page.goto("/console/import/")
        block = "\n".join(lines).format(ordinary=partners.ordinary, longest=partners.longest)
        staff.page.locator("#pasted").fill(block)
        staff.page.locator(".form-actions .primary").click()
        expect(staff.page.locator(".import > .facts")).to_be_visible(timeout=60_000)

    return opening


CONSOLE: Mapping[str, Opening] = {
    "list": at("/console/partners/"),
    "list, nothing matches": at("/console/partners/?name=zzzz"),
    "list, filtered": at("/console/partners/?countries=canada&sort=-url_en"),
    "list, longest": at("/console/partners/?name=interminablement"),
    "list, saved": _saved,
    "list, menus open": _open_menu,
    "list, selected": _selected,
    "list, tabs": _with_tabs,
    "list, visit simulated": visit_simulated,
    "bulk window": _bulk_window,
    "bulk page": lambda staff, partners: staff.page.goto(f"/console/partners/pause/?selected={partners.longest}"),
    "bulk page, nothing": at("/console/partners/delete/"),
    "view window": window_at("/console/partners/?countries=norv", ".list-line .save-view"),
    "view page": at("/console/partners/views/new/?list=countries%3Dnorv"),
    "export window": window_at("/console/partners/", ".page-actions [hx-get*=csv]"),
    "new": at("/console/partners/new/"),
    "settings": lambda staff, partners: staff.open_settings(partners.ordinary),
    "settings, longest": lambda staff, partners: staff.open_settings(partners.longest),
    "settings, country added": _added,
    "settings, list pasted": _pasted,
    "settings, matches of a country": matching_countries,
    "settings, not saved": _not_saved,
    "settings, duplicate": lambda staff, partners: staff.page.goto(f"/console/partners/new/?from={partners.longest}"),
    "settings, errors": _errors,
    "settings, conflict": _conflict,
    "replace, search": lambda staff, partners: staff.page.goto(f"/console/partners/{partners.longest}/replace/?name=a"),
    "replace, question": lambda staff, partners: staff.page.goto(
        f"/console/partners/{partners.longest}/replace/?by={partners.ordinary}"
    ),
    "delete page": lambda staff, partners: staff.page.goto(f"/console/partners/{partners.ordinary}/delete/"),
    "delete window": _window,
    "trash": at("/console/trash/"),
    "trash, filtered": at("/console/trash/?name=alo&deleted_on=20&sort=-deleted_by"),
    "trash, nothing matches": at("/console/trash/?deleted_on=hier"),
    "trash, selected": at("/console/trash/?name=alo+jete&selected=all"),
    "restore window": window_at("/console/trash/?name=alo+jete&selected=all", "#restore-selected"),
    "restore page": at("/console/trash/restore/?name=alo+jete&selected=all"),
    "purge window": window_at("/console/trash/?name=alo+jete&selected=all", "#purge-selected"),
    "purge page": at("/console/trash/purge/?name=alo+jete&selected=all"),
    "import": at("/console/import/"),
    "import, plan": _plan("id\tname\tcountries\tdescription_en", "{ordinary}\tAló\tAQ\tX", "{longest}\tB\tFR\tY"),
    "import, errors": _plan("name\turl_en\tcountries", LONG_NAME * 2 + "\tx\t" + "Atlantide" * 9, "B\tftp://b\tCongo"),
    "history": at("/console/history/"),
    "history, nothing matches": at("/console/history/?at=hier&generation=x"),
    "history export window": window_at("/console/history/", ".page-actions [hx-get*=export]"),
    "step": _newest_step,
    "partner history": lambda staff, partners: staff.page.goto(f"/console/partners/{partners.longest}/history/"),
    "why": at("/console/history/why/?country=BR&region=&language=fr"),
    "golden": golden_list,
    "golden, new": at("/console/simulation/visitors/edit/?country=BR&language=fr"),
    "golden, refused": golden_refused,
    "golden, pasted": at("/console/simulation/visitors/paste/"),
    "undo": _undo,
    "undo several": at("/console/history/undo/"),
    "then": lambda staff, _: staff.page.goto(f"/console/history/then/?{urlencode(present_moment())}"),
    "partner then": lambda staff, partners: staff.page.goto(f"/console/partners/{partners.longest}/then/?day=&hour="),
    "coverage": at("/console/coverage/"),
    "simulation": at("/console/simulation/?country=BR&language=fr"),
    "simulation, redirect": at("/console/simulation/?country=PM&headers=User-Agent%3A+Mozilla%2F5.0"),
    "simulation, errors": _simulation_errors,
    "simulation, answered": at("/console/simulation/?country=BR&language=fr&tab=answered"),
    "grid": at("/console/simulation/grid/"),
    "grid, filtered": at("/console/simulation/grid/?outcome=none&language=fr&place=ant"),
    "grid, nothing matches": at("/console/simulation/grid/?place=atlantide"),
    "map": at("/console/simulation/grid/?view=map"),
    "map, filtered": at("/console/simulation/grid/?view=map&outcome=none&language=en&place=ant"),
    "map, nothing matches": at("/console/simulation/grid/?view=map&place=atlantide"),
    "grid export window": window_at("/console/simulation/grid/", ".page-actions [hx-get*=export]"),
    "findings": at("/console/coverage/findings/"),
    "findings of a kind": at("/console/coverage/findings/?kind=one_language"),
    "finding to accept": at("/console/coverage/findings/accept/?key=no_partner:AQ"),
    "findings export window": window_at("/console/coverage/findings/", ".page-actions [hx-get*=export]"),
    "general settings": at("/console/settings/"),
    "logo": at("/console/settings/logo/"),
    **ACCOUNTS,
    **FACTORS,
    "website": at("/console/website/?country=BR"),
    "getting started": at("/console/getting-started/?src=accueil"),
    "getting started, source refused": at("/console/getting-started/?src=pied%20de%20page"),
    "help": at("/console/help/partners/"),
    "help, saving time": at("/console/help/time/"),
    "help, searched": at("/console/help/?q=exporter"),
    "preferences": at("/console/account/"),
    "password and sessions": at("/console/account/security/"),
    "keys": at("/console/keys/"),
    "keys window": _keys_window,
    "reference of the API": signed_out("/api/docs"),
    "not found": _not_found,
    "password link, used up": signed_out("/console/password/none/", status=410),
    "sign-in": signed_out("/console/sign-in/"),
    "sign-in refused": _refused_sign_in,
}
"""Each page of the staff, by name."""

VISITORS: Mapping[str, Opening] = {
    "visitor, unknown": signed_out("/"),
    "visitor, country ignored": signed_out("/?country=QQ"),
    "visitor, region": signed_out("/?country=CA"),
    "visitor, partner": signed_out("/?country=CL"),
    "visitor, partner of another language": signed_out("/?country=HT"),
    "visitor, longest": signed_out("/?country=GS"),
    "visitor, choice": signed_out("/?country=BR"),
    "visitor, none": signed_out("/?country=AQ"),
    "visitor, privacy": signed_out("/privacy/"),
    "visitor, directory": signed_out("/partners/"),
    "visitor, directory of a country": signed_out("/partners/BR/"),
    "visitor, not found": signed_out("/nowhere", status=404),
}
"""Each page of the gateway, by name."""

EVERY = {**CONSOLE, **VISITORS}
EMPTY: Mapping[str, Opening] = {"list, empty": at("/console/partners/"), "trash, empty": at("/console/trash/")}


def settle(page: Page) -> None:
    """Wait until no animation runs on the page."""
    page.wait_for_load_state("load")
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => 0)))")
