"""Renvoi behind PgBouncer: whole where a pool keeps sessions, and not silent where it shares them."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.databases import database_url, make_database, on_postgresql, session
from tests.pooler import PgBouncer
from tests.running import RunningRenvoi
from tests.server.serving import BRAZIL, Staff, fill
from tests.server.slow_client import SlowExport

pytestmark = [on_postgresql, pytest.mark.needs("pgbouncer")]

SHARING, KEEPING = f"renvoi_pool_sharing_{os.getpid()}", f"renvoi_pool_keeping_{os.getpid()}"
PARTNERS = 700
WARNING = "shares sessions between transactions"
# What a session has after Renvoi has used it, besides what PgBouncer itself sets for each client.
_LEFT_BEHIND = """
SELECT name, setting FROM pg_settings WHERE source = 'session'
  AND name NOT LIKE 'transaction%'
  AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')
UNION ALL SELECT 'advisory lock', pid::text FROM pg_locks WHERE locktype = 'advisory'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'prepared', name FROM pg_prepared_statements
UNION ALL SELECT 'cursor', name FROM pg_cursors WHERE name <> ''
UNION ALL SELECT 'channel', channel FROM pg_listening_channels() AS channel
"""


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PgBouncer, RunningRenvoi]]:
    """A server whose pool has three sessions, each of which serves one transaction after another."""
    make_database(SHARING)
    with PgBouncer("transaction", size=3) as pooler:
        folder = fill(tmp_path_factory.mktemp("sharing"), RENVOI_DATABASE_URL=pooler.url(SHARING))
        server = RunningRenvoi(folder, command=("serve",), RENVOI_DATABASE_URL=pooler.url(SHARING))
        server.run_module("tests.server.large_partners", "add", str(PARTNERS))
        with server:
            yield pooler, server


def left_behind(url: str) -> list[tuple[str, str]]:
    """What remains in each of the three sessions of the pool."""
    with ExitStack() as stack:
        connections = [stack.enter_context(psycopg.connect(url, prepare_threshold=None)) for _ in range(3)]
        pids = {connection.execute("SELECT pg_backend_pid()").fetchone() for connection in connections}
        assert len(pids) == 3
        return [row for connection in connections for row in connection.execute(_LEFT_BEHIND).fetchall()]


def refer(server: RunningRenvoi) -> str:
    """The reference that a prospect gets, sent to a partner."""
    page = httpx.get(server.address + BRAZIL).text
    path = re.findall(r'href="(/go/[^"]+)"', page)[0].replace("&amp;", "&")
    headers = {"User-Agent": "Mozilla/5.0"}
    return httpx.get(server.address + path, headers=headers).headers["Renvoi-Ref"]


def test_pool_that_shares_sessions_is_named_by_doctor_and_at_the_start(
    sharing: tuple[PgBouncer, RunningRenvoi],
) -> None:
    _, server = sharing
    doctor = server.run("doctor", check=False)
    assert doctor.returncode == 1
    (finding,) = [line for line in doctor.stdout.splitlines() if WARNING in line]
    assert finding.startswith("✗ ")
    assert "pool_mode = session" in finding
    assert "5432" in finding
    assert server.log.count(WARNING) == 1


def test_nothing_is_left_behind_in_a_shared_session(sharing: tuple[PgBouncer, RunningRenvoi]) -> None:
    pooler, server = sharing
    with Staff(server) as staff:
        staff.sign_in()
        for path in ("", "2/", "export/csv/", "export/pdf/"):
            assert staff.http.get(f"/console/partners/{path}").status_code == 200
        staff.send("/console/partners/2/delete/")
    for _ in range(20):
        assert refer(server)
    assert "up to date" in server.run("migrate").stdout
    assert "The ledger is as it was written" in server.run("ledger", "verify").stdout
    assert left_behind(pooler.url(SHARING)) == []


def test_slow_exports_from_shared_sessions_are_whole(sharing: tuple[PgBouncer, RunningRenvoi]) -> None:
    _, server = sharing
    with ExitStack() as stack:
        staff = stack.enter_context(Staff(server))
        staff.sign_in()
        exports = [stack.enter_context(SlowExport(staff)) for _ in range(5)]
        received = [export.read_to_end() for export in exports]
    assert {(one.status, one.is_whole) for one in received} == {(200, True)}
    assert min(one.body.count(b"\r\n") for one in received) > PARTNERS


def test_pool_that_keeps_sessions_works_whole(tmp_path: Path) -> None:
    make_database(KEEPING)
    with PgBouncer("session") as pooler:
        environ = {"RENVOI_DATABASE_URL": pooler.url(KEEPING)}
        server = RunningRenvoi(fill(tmp_path, **environ), command=("serve",), **environ)
        with server, Staff(server) as staff:
            staff.sign_in()
            ref = refer(server)
            assert ref in server.run("ledger", "tail").stdout
            with SlowExport(staff) as export:
                assert export.read_to_end().is_whole
            staff.send("/console/partners/2/delete/")
            assert WARNING not in server.log
        doctor = server.run("doctor", check=False)
        assert "✓ PostgreSQL is reached through a pooler that keeps sessions" in doctor.stdout
        backup = tmp_path / "backup"
        server.run("backup", "--output", str(backup))
        with session(database_url("postgres")) as other:
            other.execute(f"DROP DATABASE {KEEPING} WITH (FORCE)")
        make_database(KEEPING)
        restored = RunningRenvoi(tmp_path / "restored", command=("serve",), **environ)
        restored.run("restore", str(backup))
        assert ref in restored.run("ledger", "tail").stdout


def test_parameter_that_a_pooler_refuses_is_explained(tmp_path: Path) -> None:
    with PgBouncer("session") as pooler:
        url = pooler.url("postgres", options="-csearch_path%3Dpublic")
        renvoi = RunningRenvoi(tmp_path, RENVOI_DATABASE_URL=url)
        for command in (("doctor",), ("migrate",), ("ledger", "verify"), ("backup",)):
            done = renvoi.run(*command, check=False)
            assert done.returncode == 1
            assert "ignore_startup_parameters" in done.stdout + done.stderr, command
            assert "Traceback" not in done.stderr


def test_direct_connection_has_no_finding_about_poolers(tmp_path: Path) -> None:
    assert "pooler" not in RunningRenvoi(fill(tmp_path)).run("doctor", check=False).stdout
