"""Fixtures: the browser, the servers, and pages with a user signed in."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.exported import SIXTY
from tests.browser.host_site import HostSite, host_page, host_site, strict_policy
from tests.browser.journeys import Reader
from tests.browser.openings import PreparedPartners, prepare_partners
from tests.browser.partner_sites import PartnerSites, partner_sites
from tests.browser.people import Chromium, HostPageMaker, Staff, StaffMaker, VisitorMaker
from tests.browser.prepare import Sessions, fill_with, prepared
from tests.browser.visited import stock
from tests.browser.words import FRENCH, Words
from tests.running import RunningRenvoi

_EXECUTABLE = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT_MS = 15_000


# Not session-scoped: Playwright leaves an event loop running in its thread, and Django refuses synchronous database
# access there. The fixtures of the package end before a test of another folder begins.
@pytest.fixture(scope="package")
def browser(sites: PartnerSites) -> Iterator[Browser]:
    """One Chromium for all tests of this folder."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_EXECUTABLE, args=[*_ARGUMENTS, sites.rules])
        yield started
        started.close()


@pytest.fixture(scope="package")
def sites() -> Iterator[PartnerSites]:
    """The partners' own sites."""
    with partner_sites() as started:
        yield started


@pytest.fixture(scope="package")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sessions]:
    """A data folder with the sample partners and open sessions; each server starts with a copy of it."""
    folder = tmp_path_factory.mktemp("ready") / "renvoi"
    return folder, prepared(RunningRenvoi(folder).environ)


@pytest.fixture(scope="module")
def renvoi(ready: tuple[Path, Sessions], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRenvoi]:
    """One server for the tests of a module."""
    folder = tmp_path_factory.mktemp("served") / "renvoi"
    shutil.copytree(ready[0], folder)
    with RunningRenvoi(folder, command=("serve",)) as running:
        yield running


@pytest.fixture(scope="module")
def session_keys(ready: tuple[Path, Sessions]) -> Sessions:
    """Keys of sessions that no test of the module has used yet, by account."""
    return {account: list(keys) for account, keys in ready[1].items()}


@pytest.fixture
def words() -> Words:
    """The language of the console; a module may override it."""
    return FRENCH


@pytest.fixture
def chromium(browser: Browser, renvoi: RunningRenvoi) -> Iterator[Chromium]:
    """Opens contexts, closes them after the test, and fails it for the faults of their pages."""
    with ExitStack() as stack:
        yield Chromium(browser=browser, renvoi=renvoi, stack=stack, timeout_ms=TIMEOUT_MS)


@pytest.fixture
def open_staff(chromium: Chromium, session_keys: Sessions, words: Words) -> StaffMaker:
    """Returns a function that opens a new context with a user signed in."""

    def open_one(*, account: str = "", words: Words = words, **options: Any) -> Staff:
        return chromium.open_staff(session=session_keys[account or words.account].pop(), words=words, **options)

    return open_one


@pytest.fixture
def staff(open_staff: StaffMaker) -> Staff:
    """A member of staff, signed in, on a screen 1440 px wide."""
    return open_staff()


@pytest.fixture
def reader(staff: Staff) -> Reader:
    """The same person, following the manual."""
    return Reader(staff)


@pytest.fixture(scope="module")
def sixty(renvoi: RunningRenvoi) -> list[str]:
    """The names of sixty partners, in the list's order, which are added for the rest of the module."""
    fill_with(renvoi.environ, SIXTY)
    return [partner["name"] for partner in SIXTY]


@pytest.fixture(scope="module")
def stocked(renvoi: RunningRenvoi) -> RunningRenvoi:
    """The server, with partners for each decision whose sites the browser reaches."""
    stock(renvoi)
    return renvoi


@pytest.fixture
def open_visitor(chromium: Chromium) -> VisitorMaker:
    """Returns a function that opens a new context for a first-time visitor."""
    return chromium.open_visitor


@pytest.fixture(scope="module")
def prepared_once() -> dict[str, PreparedPartners]:
    """The partners of the module, once its first test has created them."""
    return {}


@pytest.fixture
def partners(prepared_once: dict[str, PreparedPartners], open_staff: StaffMaker) -> PreparedPartners:
    """The partners that the pages need."""
    if "partners" not in prepared_once:
        prepared_once["partners"] = prepare_partners(open_staff())
    return prepared_once["partners"]


@pytest.fixture(scope="module")
def host() -> Iterator[HostSite]:
    """The website of somebody else."""
    with host_site() as site:
        yield site


@pytest.fixture
def open_page(host: HostSite, renvoi: RunningRenvoi, open_visitor: VisitorMaker) -> HostPageMaker:
    """Returns a function that opens a page of the host site with this body, and returns the browser's page."""

    def open_one(body: str, *, policy: str = "", locale: str = "fr-CA", **page: str) -> Page:
        strict = policy or strict_policy(renvoi.address, style=page.get("style", ""))
        visitor = open_visitor(locale=locale)
        visitor.page.goto(host.publish(host_page(body, **page), policy=strict))
        return visitor.page

    return open_one
