"""Tests of `/readyz` with its reasons, and of `/metrics` as Prometheus parses it."""

import ctypes
import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pysqlite3 import (
    dbapi2 as sqlite3,
)  # one library on both sides: locks of two SQLite builds in one process don't see each other

from renvoi.backups.trace import record_backup
from renvoi.gateway.app import create_app
from renvoi.gateway.monitoring.backup_watch import BackupWatch
from renvoi.gateway.monitoring.health import Health, LedgerHealth, TableHealth, render_health
from renvoi.gateway.monitoring.metrics import BUCKETS_S, Metrics
from renvoi.geo.current import CountryDataStatus
from renvoi.geo.provenance import Provenance
from tests.databases import on_sqlite
from tests.gateway.client import Client, configured, publish, running
from tests.gateway.conftest import Open
from tests.visitor.cast import table_bytes

BROWSER = {"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


ReadinessReport = tuple[int, str, list[str]]


def readiness(client: Client) -> ReadinessReport:
    reply = client.get("/readyz", host="10.0.0.1")
    assert reply.header("content-type") == "application/json"
    report = json.loads(reply.text)
    return reply.status, report["status"], report["reasons"]


def figures(client: Client) -> dict[str, float]:
    reply = client.get("/metrics", host="10.0.0.1")
    assert reply.status == 200
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


class TestReadyz:
    """The readiness and its reasons."""

    def test_ready_with_table_and_ledger(self, open_gateway: Open) -> None:
        assert readiness(open_gateway()) == (200, "ready", [])

    def test_not_ready_without_a_table(self, tmp_path: Path) -> None:
        with running(create_app(configured(tmp_path))) as client:
            status, state, reasons = readiness(client)
        assert (status, state) == (503, "not_ready")
        assert reasons[0] == "No routing table has been published yet: visitors are asked for their country."

    def test_damaged_table_is_a_reason_and_last_table_stays_in_force(self, tmp_path: Path) -> None:
        gateway_config = configured(tmp_path)
        publish(gateway_config, generation=3)
        with running(create_app(gateway_config)) as client:
            publish(gateway_config, generation=4, content=b"junk")
            status, state, reasons = _wait_for_readiness(client, lambda report: report[1] != "ready")
            assert (status, state) == (200, "degraded")
            assert "refused" in reasons[0]
            assert client.get(query="country=BR").status == 200
            publish(gateway_config, generation=5)
            assert _wait_for_readiness(client, lambda report: report[1] == "ready")[2] == []

    def test_damaged_country_data_is_a_reason(self, tmp_path: Path, open_gateway: Open) -> None:
        damaged = tmp_path / "damaged.mmdb"
        damaged.write_bytes(b"junk")
        status, state, reasons = readiness(open_gateway(geoip_db=str(damaged)))
        assert (status, state) == (200, "degraded")
        assert "damaged.mmdb" in reasons[0]

    @on_sqlite
    def test_locked_ledger_is_a_reason_until_it_is_released(self, tmp_path: Path, open_gateway: Open) -> None:
        client = open_gateway()
        client.get(query="country=BR", **BROWSER)
        ledger_path = next(tmp_path.rglob("ledger.sqlite3"))
        with closing(sqlite3.connect(ledger_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert client.get(query="country=BR", **BROWSER).header("renvoi-ref")
            assert readiness(client)[1:] == ("degraded", ["The ledger can't be written: entries go to the spool."])
            assert figures(client)["renvoi_ledger_entries_total[spool]"] == 1
        assert _wait_for_readiness(client, lambda report: report[1] == "ready")[2] == []
        assert figures(client)["renvoi_ledger_spool_bytes"] == 0

    def test_probes_allow_get_and_head_only(self, open_gateway: Open) -> None:
        client = open_gateway()
        for path in ("/readyz", "/metrics", "/healthz"):
            assert client.get(path, method="DELETE").status == 405
            assert client.get(path, method="HEAD").body == b""


class TestThreads:
    """A watching thread that dies is started again, and both probes say so."""

    NAMES = ("routing-table", "country-data", "ledger", "ledger-watch", "ledger-recovery")

    @pytest.mark.parametrize("name", NAMES)
    def test_thread_that_dies_is_restarted_and_reported(self, name: str, tmp_path: Path) -> None:
        gateway_config = configured(tmp_path)
        publish(gateway_config, generation=3)
        of_others = frozenset(threading.enumerate())
        with running(create_app(gateway_config)) as client:
            client.get(query="country=BR", **BROWSER)
            assert readiness(client)[1] == "ready"
            kill(name, spared=of_others)
            # The ledger's writer sleeps until there is an entry. It is not lost.
            assert client.get(query="country=BR", **BROWSER).header("renvoi-ref")
            status, state, reasons = _wait_for_readiness(client, lambda report: report[1] != "ready")
            assert (status, state) == (200, "degraded")
            # On a busy machine the restart takes long enough for the ledger to be reported too.
            of_threads = [reason for reason in reasons if reason.startswith("The thread ")]
            assert [f"The thread {name} ended (SystemExit)" in reason for reason in of_threads] == [True]
            samples = figures(client)
            assert {each: samples[f"renvoi_thread_restarts_total[{each}]"] for each in self.NAMES} == {
                each: float(each == name) for each in self.NAMES
            }
            # Everything works on: a new table, an entry, and the thread itself.
            publish(gateway_config, generation=4, content=table_bytes(generation=4))
            assert _wait_for(lambda: figures(client)["renvoi_routing_table_generation"] == 4)
            assert client.get(query="country=BR", **BROWSER).header("renvoi-ref")
            assert _wait_for(lambda: name in {thread.name for thread in {*threading.enumerate()} - of_others})

    def test_dead_thread_is_revived_by_the_event_loop(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        gateway_config = configured(tmp_path)
        publish(gateway_config, generation=3)
        monkeypatch.setattr("renvoi.gateway.app._REVIVE_EVERY_S", 0.01)
        gateway = create_app(gateway_config)
        with running(gateway) as client:
            gateway._current.thread._thread = Thread()  # one that is not alive
            assert _wait_for(lambda: client.get("/healthz").status == 200 and gateway._current.thread.restarts == 1)


def kill(name: str, *, spared: frozenset[threading.Thread]) -> None:
    """Raise SystemExit in the running thread of this name that is not among the spared."""
    (thread,) = (each for each in {*threading.enumerate()} - spared if each.name == name)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))


class TestAges:
    """What has grown old is a reason, and visitors are served all the same."""

    AT = datetime(2026, 11, 28, 12, tzinfo=UTC)

    def health(self, *, built_days: int = 0, spooled_minutes: int | None = None) -> Health:
        since = None if spooled_minutes is None else self.AT - timedelta(minutes=spooled_minutes)
        provenance = Provenance("IPFire", "", self.AT - timedelta(days=built_days))
        return Health(
            at=self.AT,
            table=TableHealth(generation=3, loaded_at=self.AT, problem=""),
            country_data=CountryDataStatus(provenance=provenance, loaded_at=self.AT),
            ledger=LedgerHealth(True, 0, 0, 0, 0, 0, since),  # noqa: FBT003 (a frozen value)
        )

    def test_nothing_old_is_ready(self) -> None:
        assert self.health(built_days=60, spooled_minutes=10).reasons == ()

    def test_old_country_data(self) -> None:
        health = self.health(built_days=61)
        assert (health.readiness, health.reasons) == (
            "degraded",
            ("The country data are of 2026-09-28, over 60 days old.",),
        )
        assert render_health(health).status == 200

    def test_spool_that_does_not_empty(self) -> None:
        health = self.health(spooled_minutes=11)
        assert health.reasons == ("The spool does not empty: entries wait since 2026-11-28 11:49 UTC.",)

    def test_old_backup(self, tmp_path: Path) -> None:
        gateway_config = configured(tmp_path)
        watched = BackupWatch(gateway_config)
        assert watched.problems() == ()
        made_at = datetime.now(UTC) - timedelta(days=8)
        assert record_backup(gateway_config, at=made_at)
        # The record is looked at once a minute.
        assert watched.problems() == ()
        problem = f"The last backup is of {made_at:%Y-%m-%d}, over 7 days ago."
        assert BackupWatch(gateway_config).problems() == (problem,)
        publish(gateway_config)
        with running(create_app(gateway_config)) as client:
            assert readiness(client) == (200, "degraded", [problem])
        assert record_backup(gateway_config, at=datetime.now(UTC))
        assert BackupWatch(gateway_config).problems() == ()


class TestMetrics:
    """Counters, gauges and the histogram."""

    def test_responses_are_counted_by_decision_and_destination(self, open_gateway: Open) -> None:
        client = open_gateway()
        before = figures(client)
        assert "renvoi_answers_total[partner]" not in before
        for _ in range(3):
            client.get(query="country=BR", **BROWSER)
        client.get(query="country=AQ", **BROWSER)
        client.get("/nowhere")
        after = figures(client)
        kinds = {name: value for name, value in after.items() if name.startswith("renvoi_answers_total")}
        assert sum(kinds.values()) == 4
        assert kinds["renvoi_answers_total[none]"] == 1
        assert after["renvoi_ledger_entries_total[ledger]"] - before["renvoi_ledger_entries_total[ledger]"] == 4
        assert after["renvoi_answer_duration_seconds_count"] == 4
        assert after["renvoi_answer_duration_seconds_bucket[+Inf]"] == 4
        assert 0 < after["renvoi_answer_duration_seconds_sum"] < 4 * BUCKETS_S[-1]

    def test_table_generation_and_age_are_exported(self, open_gateway: Open) -> None:
        samples = figures(open_gateway())
        assert samples["renvoi_ready"] == 1
        assert samples["renvoi_routing_table_generation"] == 3
        assert 0 <= samples["renvoi_routing_table_age_seconds"] < 60

    def test_histogram_puts_each_duration_into_its_bucket(self, monkeypatch: pytest.MonkeyPatch) -> None:
        metrics = Metrics()
        for duration in (0.0004, 0.0005, 0.0006, 99.0):
            monkeypatch.setattr("renvoi.gateway.monitoring.metrics.perf_counter", lambda duration=duration: duration)
            metrics.add("own", began=0.0)
        assert (metrics.buckets[0], metrics.buckets[1], metrics.buckets[-1]) == (2, 1, 1)
        assert metrics.decisions == {"own": 4}


def _wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def _wait_for_readiness(
    client: Client, condition: Callable[[ReadinessReport], bool], *, tries: int = 100
) -> ReadinessReport:
    """Poll /readyz until the condition is true of its report, and return that report."""
    report = readiness(client)
    for _ in range(tries):
        if condition(report):
            return report
        time.sleep(0.05)
        report = readiness(client)
    raise AssertionError(report)
