"""`renvoi ledger set-aside`: the old ledger stays whole elsewhere, and the new one and its figures begin at zero."""

import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from renvoi.config import read_config
from renvoi.domain.places import CountryCode
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import Spool
from renvoi.ledger.wishes.wish import make_wish
from tests.databases import SERVER, on_postgresql, session, url_for
from tests.ledger.cast import entries
from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill

HERE = {"User-Agent": "Mozilla/5.0"}


@pytest.fixture
def renvoi(tmp_path: Path) -> RunningRenvoi:
    """The sample partners and a ledger with thirty entries."""
    renvoi = RunningRenvoi(fill(tmp_path / "data"), command=("serve",))
    renvoi.run("migrate")
    with closing(open_store(read_config(renvoi.environ))) as store:
        store.append(entries(30))
    renvoi.run("ledger", "count")
    return renvoi


def kept(renvoi: RunningRenvoi) -> RunningRenvoi:
    """The ledger that was set aside, as the commands read it."""
    if not SERVER:
        (folder,) = renvoi.folder.glob("ledger-2*")
        return RunningRenvoi(folder)
    url = url_for(renvoi.folder)
    with session(url) as connection:
        names = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ledger_2%' ORDER BY nspname DESC"
        ).fetchall()
    own = url.replace(url.rpartition("search_path%3D")[2], names[0][0])
    return RunningRenvoi(renvoi.folder / names[0][0], RENVOI_DATABASE_URL=own)


def test_old_ledger_stays_whole_and_new_one_is_empty(renvoi: RunningRenvoi) -> None:
    done = renvoi.run("ledger", "set-aside")
    assert done.stdout.startswith("30 entries are kept in ")
    assert renvoi.run("ledger", "verify").stdout == "The ledger is as it was written: 0 entries.\n"
    assert kept(renvoi).run("ledger", "verify").stdout == "The ledger is as it was written: 30 entries.\n"
    assert renvoi.run("ledger", "set-aside").stdout == "The ledger is empty already.\n"


def test_wishes_are_set_aside_too(renvoi: RunningRenvoi) -> None:
    with closing(open_store(read_config(renvoi.environ))) as store:
        store.append([], [make_wish(CountryCode("PT"), "fr", at=datetime(2026, 11, 23, tzinfo=UTC))])
    renvoi.run("ledger", "set-aside")
    assert renvoi.run("ledger", "wishes").stdout == "week\tcountry\tlanguage\tcount\n"
    assert kept(renvoi).run("ledger", "wishes").stdout.endswith("\n2026-W48\tPT\tfr\t1\n")


def test_figures_begin_again(tmp_path: Path) -> None:
    """After the demo's samples are set aside, the list shows no referral, and counts the next one as the first."""
    with RunningRenvoi(tmp_path / "data") as renvoi, Staff(renvoi) as staff:
        staff.sign_in()
        assert "Aló Brasil" in staff.http.get("/console/partners/", params={"sent": ">0"}).text
    renvoi.run("ledger", "set-aside")
    with renvoi, Staff(renvoi) as staff:
        staff.sign_in()
        assert "Aló Brasil" not in staff.http.get("/console/partners/", params={"sent": ">0"}).text
        assert httpx.get(f"{renvoi.address}/go/1?country=BR", headers=HERE).headers["Renvoi-Ref"]
    renvoi.run("ledger", "count")
    assert renvoi.run("ledger", "verify").stdout == "The ledger is as it was written: 1 entry.\n"


def test_running_server_prevents_it(renvoi: RunningRenvoi) -> None:
    with renvoi:
        assert httpx.get(f"{renvoi.address}/?country=BR", headers=HERE).headers["Renvoi-Ref"]
        wait_for_announcement(renvoi)
        refused = renvoi.run("ledger", "set-aside", check=False)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == "Error: A server, or another program, uses the ledger: stop it first.\n"
    assert renvoi.run("ledger", "verify").stdout == "The ledger is as it was written: 31 entries.\n"
    assert renvoi.run("ledger", "set-aside").stdout.startswith("31 entries are kept in ")


@on_postgresql
def test_session_of_a_server_that_has_just_stopped_does_not_prevent_it(renvoi: RunningRenvoi) -> None:
    """PostgreSQL notices a moment later that the server has gone. The register still has its row for a minute."""
    with renvoi:
        wait_for_announcement(renvoi)
    lingering = open_store(read_config(renvoi.environ))
    assert lingering.head().position == 30
    ending = threading.Timer(2, lingering.close)
    ending.start()
    assert renvoi.run("ledger", "set-aside").stdout.startswith("30 entries are kept in ")
    ending.join()


@on_postgresql
def test_server_of_another_schema_of_the_database_does_not_prevent_it(renvoi: RunningRenvoi, tmp_path: Path) -> None:
    with renvoi:
        wait_for_announcement(renvoi)
    other = RunningRenvoi(tmp_path / "other")
    with closing(open_store(read_config(other.environ))) as store:
        store.prepare()
        assert store.head().position == 0
        assert renvoi.run("ledger", "set-aside").stdout.startswith("30 entries are kept in ")


def wait_for_announcement(renvoi: RunningRenvoi) -> None:
    """On PostgreSQL, a server is known by its row in the register of hosts."""
    if not SERVER:
        return
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with session(url_for(renvoi.folder)) as connection:
            if connection.execute("SELECT count(*) FROM cluster_host").fetchall() != [(0,)]:
                return
        time.sleep(0.2)
    raise AssertionError("the server did not announce itself")


def test_spool_is_replayed_first(renvoi: RunningRenvoi) -> None:
    waiting = Spool(renvoi.folder / "ledger-spool")
    waiting.append(entries(2))
    waiting.release()
    assert renvoi.run("ledger", "set-aside").stdout.startswith("32 entries are kept in ")
    assert not (renvoi.folder / "ledger-spool").exists()
