"""A change in the console takes effect in every worker of every host within a second."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.databases import on_postgresql, on_sqlite, url_for
from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill, seconds_until_live

MAX_DELAY_S = 1.0
CHANGE_COUNT = 8
SECRET_KEY = "the one secret of all hosts of these tests"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[RunningRenvoi]]:
    """Servers with two workers each on one database: two servers with a data folder each, or one on SQLite."""
    folders = [tmp_path_factory.mktemp("host") for _ in range(2 if url_for(Path("live")) else 1)]
    shared = {"RENVOI_SECRET_KEY": SECRET_KEY, "RENVOI_DATABASE_URL": url_for(Path("live"))}
    fill(folders[0], **shared)
    with ExitStack() as stack:
        command = ("serve", "--workers", "2")
        yield [stack.enter_context(RunningRenvoi(folder, command=command, **shared)) for folder in folders]


def is_stale_page(page: str, *, is_listed: bool) -> bool:
    return ("Jabuticaba" in page) is not is_listed


def measure_changes(staff: Staff, hosts: Sequence[RunningRenvoi]) -> list[float]:
    """Delete and restore Jabuticaba Atende, the second of Brazil's two partners, several times.

    Returns the delay of each change in seconds.
    """
    delete, restore = "/console/partners/2/delete/", "/console/partners/2/restore/"
    seconds = []
    for _ in range(CHANGE_COUNT // 2):
        for page, action_path, is_listed in ((delete, delete, False), ("/console/trash/", restore, True)):
            is_stale = partial(is_stale_page, is_listed=is_listed)
            seconds.append(seconds_until_live(staff, hosts, page=page, action_path=action_path, is_stale=is_stale))
    return seconds


def summary(seconds: list[float]) -> str:
    """A line for the report, which `pytest -rP` shows."""
    return f"{len(seconds)} changes live after {median(seconds):.2f} s (median), {max(seconds):.2f} s (longest)\n"


@on_sqlite
def test_change_takes_effect_in_both_workers_of_a_server(hosts: Sequence[RunningRenvoi]) -> None:
    with Staff(hosts[0]) as staff:
        assert "Partenaires" in staff.sign_in().text
        seconds = measure_changes(staff, hosts)
    sys.stdout.write(summary(seconds))
    assert median(seconds) < MAX_DELAY_S, summary(seconds)


@on_postgresql
class TestTwoHosts:
    """Two hosts that share the database and the secret key only."""

    @pytest.mark.parametrize("changed_at", [0, 1], ids=["on the first", "on the second"])
    def test_change_takes_effect_in_both_workers_of_both_hosts(
        self, hosts: Sequence[RunningRenvoi], changed_at: int
    ) -> None:
        with Staff(hosts[changed_at]) as staff:
            assert "Partenaires" in staff.sign_in().text
            seconds = measure_changes(staff, hosts)
        sys.stdout.write(summary(seconds))
        assert median(seconds) < MAX_DELAY_S, summary(seconds)

    def test_session_is_valid_on_both_hosts(self, hosts: Sequence[RunningRenvoi]) -> None:
        with Staff(hosts[0]) as staff, httpx.Client(base_url=hosts[1].address) as other:
            staff.sign_in()
            for cookie in staff.http.cookies.jar:
                other.cookies.set(cookie.name, cookie.value or "")
            assert "Jabuticaba" in other.get("/console/partners/").text
            assert other.get("/console/sign-in/").status_code == 302
