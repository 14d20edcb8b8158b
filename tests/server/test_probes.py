"""Balancers and monitors ask either side, by whatever address they reach it."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from renvoi.server.health.supervision import Supervision
from tests.databases import on_sqlite
from tests.running import RunningRenvoi
from tests.server.serving import fill

HOSTS = ["10.0.0.5:8001", "[2001:db8::1]", "evil.example", "a b", ""]
SIDES = {"console": ("serve", "--only", "console"), "gateway": ("serve", "--only", "gateway"), "both": ("serve",)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("probed"))


@pytest.fixture(scope="module", params=SIDES)
def server(folder: Path, request: pytest.FixtureRequest) -> Iterator[RunningRenvoi]:
    with RunningRenvoi(folder, command=SIDES[request.param]) as running:
        yield running


def samples(server: RunningRenvoi) -> dict[str, float]:
    text = httpx.get(f"{server.address}/metrics").text
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("host", HOSTS)
def test_every_side_answers_probes_under_any_host(server: RunningRenvoi, host: str) -> None:
    with httpx.Client(base_url=server.address, headers={"Host": host}) as http:
        assert (http.get("/healthz").status_code, http.get("/healthz").text) == (200, "ok")
        ready = http.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["status"] == "ready"
        assert ready.json()["generation"] > 0
        assert "renvoi_ready 1.0" in http.get("/metrics").text
        for path in ("/healthz", "/readyz", "/metrics"):
            assert http.head(path).content == b""
            assert (http.post(path).status_code, http.post(path).headers["Allow"]) == (405, "GET, HEAD")


def test_metrics_count_what_the_side_serves(server: RunningRenvoi, request: pytest.FixtureRequest) -> None:
    side = request.node.callspec.params["server"]
    before = samples(server)
    httpx.get(f"{server.address}/console/sign-in/")
    httpx.get(f"{server.address}/?country=BR")
    after = samples(server)
    has_console, has_gateway = side != "gateway", side != "console"
    assert ("renvoi_console_response_duration_seconds_count" in after) is has_console
    assert ("renvoi_task_restarts_total[maintenance]" in after) is has_console
    assert ("renvoi_thread_restarts_total[ledger]" in after) is has_gateway
    if has_console:
        assert after["renvoi_console_responses_total[2xx]"] > before.get("renvoi_console_responses_total[2xx]", 0)


def test_foreign_host_logs_one_line_without_its_value(server: RunningRenvoi) -> None:
    length = len(server.log)
    for path in ("/", "/console/sign-in/?x=1"):
        assert httpx.get(f"{server.address}{path}", headers={"Host": "evil.example"}).status_code == 400
    lines = server.log[length:].splitlines()
    assert lines == ["A request for a host that is none of this site's was refused."] * 2


@on_sqlite
def test_console_without_its_database_is_not_ready(folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(folder, tmp_path / "copy")
    with RunningRenvoi(folder, command=SIDES["console"]) as running:
        for path in folder.glob("renvoi.sqlite3*"):
            path.unlink()
        (folder / "renvoi.sqlite3").mkdir()
        response = httpx.get(f"{running.address}/readyz")
        assert (response.status_code, response.json()["status"]) == (503, "not_ready")
        assert response.json()["reasons"][0].startswith("The database can't be used (")
        assert httpx.get(f"{running.address}/healthz").text == "ok"
        assert "renvoi_ready 0.0" in httpx.get(f"{running.address}/metrics").text


def test_task_that_ends_is_started_again_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renvoi.server.health.supervision._RESTART_DELAY_S", 0.0)
    supervision, third, runs = Supervision(), asyncio.Event(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ZeroDivisionError
        if runs > 2:
            third.set()
            await asyncio.sleep(60)

    async def steps() -> None:
        task = asyncio.create_task(supervision.run("maintenance", work))
        await asyncio.wait_for(third.wait(), 10)
        task.cancel()

    asyncio.run(steps())
    assert supervision.restarts == {"maintenance": 2}
    (problem,) = supervision.problems()
    assert "The task maintenance ended (returned)" in problem


def test_work_that_fails_is_a_problem_until_it_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    supervision = Supervision()
    for _ in range(3):
        supervision.attempt("publication", lambda: json.loads("x"), interval_s=5)
    assert list(supervision.problems()) == ["Maintenance fails: publication (JSONDecodeError). It is retried."]
    assert caplog.messages == ["Maintenance failed: publication. It is retried every 5 s."]
    supervision.attempt("publication", lambda: None, interval_s=5)
    assert list(supervision.problems()) == []
