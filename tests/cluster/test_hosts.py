"""Real hosts on one PostgreSQL database say which secret and which country data they do not share."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psycopg
import pytest

from renvoi.cli.checks import Finding
from renvoi.cli.checks.hosts import check_hosts
from renvoi.cluster.register import RegisterUnavailable, announce, read_others
from renvoi.cluster.report import CountryDataReport, HostReport
from renvoi.cluster.reporter import HostReporter
from renvoi.config import read_config
from renvoi.geo.importing import import_files
from tests.cluster.test_report import NOVEMBER, OTHER, OWN
from tests.databases import on_postgresql, url_for
from tests.geo.cast import range_files
from tests.running import RunningRenvoi
from tests.server.serving import fill

pytestmark = on_postgresql

SECRET, OTHER_SECRET = "the one secret of the hosts of these tests", "the secret of a host that was set up wrong"
TIMEOUT_S = 60.0
_ABOUT_HOSTS = ("RENVOI_SECRET_KEY differs", "Country data are missing", "Country data differ")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the tables of this version."""
    folder = tmp_path_factory.mktemp("shared")
    fill(folder, RENVOI_DATABASE_URL=url_for(folder))
    return url_for(folder)


@pytest.fixture
def session(url: str) -> Iterator[psycopg.Connection]:
    """A session on the database, which has no hosts yet."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM cluster_host")
        yield connection


def age(session: psycopg.Connection, report: HostReport, *, by: str) -> None:
    session.execute("UPDATE cluster_host SET seen_at = seen_at - %s::interval WHERE id = %s", (by, report.id))


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("country_data", [None, CountryDataReport(), NOVEMBER], ids=["unused", "none", "some"])
def test_announced_host_is_read_as_it_was_written(url: str, country_data: CountryDataReport | None) -> None:
    other = replace(OTHER, country_data=country_data)
    assert announce(url, OWN) == []
    assert announce(url, other) == [OWN]
    assert announce(url, OWN) == read_others(url, OWN) == [other]


def test_host_is_gone_after_a_minute_and_its_row_after_an_hour(url: str, session: psycopg.Connection) -> None:
    announce(url, OTHER)
    age(session, OTHER, by="50 seconds")
    assert announce(url, OWN) == [OTHER]
    age(session, OTHER, by="20 seconds")
    assert announce(url, OWN) == []
    age(session, OTHER, by="1 hour")
    announce(url, OWN)
    assert session.execute("SELECT name FROM cluster_host").fetchall() == [(OWN.name,)]


def test_reading_the_hosts_writes_nothing(url: str, session: psycopg.Connection) -> None:
    announce(url, OTHER)
    age(session, OTHER, by="2 hours")
    assert read_others(url, OWN) == []
    assert session.execute("SELECT name FROM cluster_host").fetchall() == [(OTHER.name,)]


def test_unreachable_database_is_one_error_without_the_password() -> None:
    with pytest.raises(RegisterUnavailable) as refused:
        announce("postgresql://someone:hidden@127.0.0.1:1/renvoi", OWN)
    assert "hidden" not in str(refused.value)


def reasons(host: RunningRenvoi) -> list[str]:
    """The reasons of /readyz that concern other hosts: the ages of the data are others."""
    report: dict[str, list[str]] = json.loads(httpx.get(f"{host.address}/readyz").text)
    return [reason for reason in report["reasons"] if reason.startswith(_ABOUT_HOSTS)]


def gateway(folder: Path, url: str, *, secret: str) -> RunningRenvoi:
    command = ("serve", "--only", "gateway")
    return RunningRenvoi(folder, command=command, RENVOI_DATABASE_URL=url, RENVOI_SECRET_KEY=secret)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.usefixtures("session")
def test_console_that_is_served_alone_is_compared_too(url: str, tmp_path: Path) -> None:
    config = read_config(gateway(tmp_path / "other", url, secret=OTHER_SECRET).environ)
    HostReporter(config, side="console", country_data=None).refresh()
    one = read_config(gateway(tmp_path / "one", url, secret=SECRET).environ)
    assert [finding.remedy.partition(" ")[0] for finding in check_hosts(one)] == ["RENVOI_SECRET_KEY"]


def problems(host: RunningRenvoi) -> list[str]:
    """What `renvoi doctor` finds with the configuration of that host."""
    return [finding.remedy for finding in check_hosts(read_config(host.environ)) if finding.remedy]


@pytest.mark.usefixtures("session")
def test_hosts_say_which_secret_and_country_data_they_do_not_share(url: str, tmp_path: Path) -> None:
    ranges = range_files(tmp_path)
    one, other = gateway(tmp_path / "one", url, secret=SECRET), gateway(tmp_path / "other", url, secret=OTHER_SECRET)
    import_files(ranges, config=read_config(one.environ))
    assert [*check_hosts(read_config(one.environ))] == [Finding("No other host uses this database now")]
    with one, other:
        for host, missing in ((one, "Country data are missing on host "), (other, "Country data are missing here, ")):
            wait_until(lambda host=host: len(reasons(host)) == 2)  # type: ignore[misc]  # a default has no type
            secret, country_data = reasons(host)
            assert secret.startswith("RENVOI_SECRET_KEY differs from that of host ")
            assert country_data.startswith(missing)
            assert not any(value in secret + country_data for value in (SECRET, OTHER_SECRET))
            assert problems(host) == [secret, country_data]
        import_files(ranges, config=read_config(other.environ))
        wait_until(lambda: [len(reasons(host)) for host in (one, other)] == [1, 1])
        assert [len(problems(host)) for host in (one, other)] == [1, 1]
        alike = read_config(one.environ | {"RENVOI_SECRET_KEY": OTHER_SECRET, "RENVOI_DATA_DIR": str(tmp_path / "one")})
        (finding,) = check_hosts(alike)
        assert finding == Finding(f"This host is like {socket.gethostname()}")
