"""Nothing of a connection stays in a worker's memory, however it ends: FIN, RST, half-closed, refused, silent.

`make faults ROUNDS=100` opens 100,000 connections; some of them stay silent until the server ends them. Planted fault:
`keeping`, the timer of a reset connection, as uvicorn leaves it.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.conftest import MANY, ROUNDS, Record
from tests.faults.serving import Server
from tests.faults.soak import ENDS, End, be_silent_for_ever, gateway_requests, reset, soak
from tests.running import RunningRenvoi, children_of
from tests.server.serving import fill
from tests.world import world_ranges, world_table

pytestmark = pytest.mark.faults

CONNECTIONS = 500 * ROUNDS if MANY else 1_000
WARM_UP = 2_000 if MANY else 500
MAX_GROWTH_MB = 20.0
CONSOLE = [b"GET /console/sign-in/ HTTP/1.1\r\nHost: localhost\r\n\r\n"]
SIDES = {"gateway": gateway_requests(forwarded=True), "both sides": gateway_requests(forwarded=False) + CONSOLE}


def worker_of(server: Server | RunningRenvoi) -> int:
    """The only worker of a server."""
    (worker,) = (pid for pid in children_of(server.pid) if b"resource_tracker" not in _command_line(pid))
    return worker


def memory_mb(pid: int) -> float:
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) / 1024


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def measure(
    server: Server | RunningRenvoi, *, connections: int, requests: Sequence[bytes], ends: Sequence[End]
) -> dict[str, float]:
    """Soak a server, and return its worker's memory before and after, in MB, and how many connections were opened."""
    worker = worker_of(server)
    asyncio.run(soak(server.port, connections=WARM_UP, requests=requests, ends=ENDS, seed="warm"))
    time.sleep(1)
    before, open_before = memory_mb(worker), descriptors(worker)
    opened = asyncio.run(soak(server.port, connections=connections, requests=requests, ends=ends, seed="soak"))
    wait_until_closed(worker, open_before)
    return {"connections": opened, "before_mb": round(before, 1), "after_mb": round(memory_mb(worker), 1)}


def wait_until_closed(worker: int, count: int) -> None:
    """Wait until the worker has at most that many descriptors open, for at most 8 s."""
    deadline = time.monotonic() + 8
    while descriptors(worker) > count and time.monotonic() < deadline:
        time.sleep(0.2)


@pytest.mark.parametrize("side", SIDES)
def test_memory_is_free_after_connections_that_ended_in_every_way(side: str, tmp_path: Path, record: Record) -> None:
    ends = [*ENDS * 4, be_silent_for_ever] if MANY else ENDS
    with serving(side, tmp_path) as server:
        figures = measure(server, connections=CONNECTIONS, requests=SIDES[side], ends=ends)
        log = server.log
    record(side=side, **figures)
    assert figures["connections"] == CONNECTIONS
    assert figures["after_mb"] - figures["before_mb"] < MAX_GROWTH_MB
    assert "Traceback" not in log, log[-3_000:]


def serving(side: str, folder: Path) -> Server | RunningRenvoi:
    if side == "gateway":
        return Server(folder, table=world_table(), ranges=world_ranges())
    return RunningRenvoi(fill(folder), command=("serve", "--workers", "1"))


def test_timer_of_a_reset_connection_is_detected(tmp_path: Path) -> None:
    # uvicorn sets the timer behind a response of the normal path only.
    requests = [request for request in SIDES["gateway"] if request.startswith(b"HEAD ")]
    with Server(tmp_path, table=world_table(), ranges=world_ranges(), fault="keeping") as server:
        figures = measure(server, connections=5_000, requests=requests, ends=[reset])
    assert figures["after_mb"] - figures["before_mb"] > MAX_GROWTH_MB, figures
