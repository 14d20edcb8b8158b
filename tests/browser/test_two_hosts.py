"""The manual, followed behind nginx in front of two hosts that share a PostgreSQL database; a host dies on the way.

In `make test` two journeys are followed, each with a host killed in its middle. FULL=1 follows every journey, once
undisturbed and then ROUNDS times (3 by default) with a host killed at another of its requests.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser import FULL
from tests.browser.conftest import TIMEOUT_MS
from tests.browser.exported import SIXTY
from tests.browser.manual import ManualChapters
from tests.browser.manual_exports import ExportChapters
from tests.browser.people import Chromium
from tests.browser.prepare import Sessions, fill_with, prepared
from tests.browser.two_hosts import SECRET_KEY, TwoHosts, two_hosts
from tests.browser.watch import Watch
from tests.ledger.engines import copy_of, postgresql_database
from tests.running import RunningRenvoi

_LENGTHS = {
    "test_adding_a_partner": 13,
    "test_changing_partner_settings": 10,
    "test_deleting_a_partner": 10,
    "test_description_over_255_characters_is_refused": 9,
    "test_export_after_search_has_matching_rows": 9,
    "test_exporting_all_partners_to_csv": 12,
    "test_exporting_all_partners_to_pdf": 15,
    "test_exporting_one_partner_to_csv": 6,
    "test_exporting_several_partners_to_csv": 8,
    "test_exporting_several_partners_to_pdf": 12,
    "test_overview_of_the_list": 6,
    "test_partner_settings_keep_their_values": 12,
    "test_restoring_from_trash": 16,
    "test_searching": 7,
    "test_searching_in_each_column": 12,
    "test_selection_of_all_but_one_survives_paging": 13,
    "test_sorting": 11,
}
"""Journey → how many requests it sends at least, those for static files aside."""

_BOUNDED = ("test_adding_a_partner", "test_exporting_all_partners_to_pdf")
ROUNDS = int(os.environ.get("ROUNDS", "3")) if FULL else 1
PASSES = [*(["undisturbed"] if FULL else []), *(f"killed-{number}" for number in range(1, ROUNDS + 1))]

pytestmark = [pytest.mark.browser, pytest.mark.needs("nginx")]


@dataclass(frozen=True, slots=True)
class Ready:
    """A PostgreSQL database with the sample partners and open sessions, and a data folder with the static files."""

    url: str
    folder: Path
    sessions: Sessions


@pytest.fixture(scope="module")
def ready_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    folder = tmp_path_factory.mktemp("ready") / "renvoi"
    with postgresql_database() as url:
        one = RunningRenvoi(folder, RENVOI_DATABASE_URL=url, RENVOI_SECRET_KEY=SECRET_KEY)
        sessions = prepared(one.environ)
        yield Ready(url, folder, sessions)


@pytest.fixture(scope="module", params=PASSES)
def renvoi(
    request: pytest.FixtureRequest, ready_hosts: Ready, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoHosts]:
    """Two hosts for one pass over the journeys, on a database of their own."""
    folder = tmp_path_factory.mktemp(request.param)
    with copy_of(ready_hosts.url) as url, two_hosts(folder, database_url=url, ready=ready_hosts.folder) as pair:
        yield pair
        by_host = pair.requests_by_host()
        assert min(by_host[0], by_host[1]) * 4 > sum(by_host.values()), f"nginx did not alternate: {by_host}"


@pytest.fixture(scope="module")
def session_keys(ready_hosts: Ready) -> Sessions:
    return {account: list(keys) for account, keys in ready_hosts.sessions.items()}


@pytest.fixture(scope="module")
def sixty(renvoi: TwoHosts) -> list[str]:
    fill_with(renvoi.environ, SIXTY)
    return [partner["name"] for partner in SIXTY]


class _FollowedChromium(Chromium):
    """Has the pair of hosts count the requests of each context."""

    renvoi: TwoHosts

    def open(self, options: dict[str, Any]) -> tuple[BrowserContext, Watch]:
        context, watch = super().open(options)
        self.renvoi.follow(context)
        return context, watch


@pytest.fixture
def chromium(browser: Browser, renvoi: TwoHosts, request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """Kills a host in the middle of the journey, unless this pass is the undisturbed one."""
    number = int(request.node.callspec.params["renvoi"].partition("-")[2] or 0)
    length = _LENGTHS[request.node.originalname]
    renvoi.revive()
    renvoi.kill_one_at(length * number // (ROUNDS + 1))
    with ExitStack() as stack:
        yield _FollowedChromium(browser=browser, renvoi=renvoi, stack=stack, timeout_ms=TIMEOUT_MS)
    assert renvoi.requests >= renvoi.kill_at, "the journey ended before a host was killed"


class TestManual(ManualChapters, ExportChapters):
    """In French."""


if not FULL:
    for name in [name for name in dir(TestManual) if name.startswith("test_") and name not in _BOUNDED]:
        setattr(TestManual, name, None)
