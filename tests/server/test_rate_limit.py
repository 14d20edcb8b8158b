"""The limit of the API on a real server: two workers share the buckets, and visitors' pages have none."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from renvoi.web.rate_limit import BURST, PER_SECOND
from tests.running import RunningRenvoi
from tests.server.serving import fill

_THREADS = 8
_REQUESTS = 200


def _ask(address: str) -> tuple[Counter[int], set[str]]:
    """Send requests; return how many got each status, and the values of Retry-After.

    Each has a connection of its own, so that both workers get some: the system gives a connection to an idle one.
    """
    statuses: Counter[int] = Counter()
    waits = set()
    with httpx.Client(base_url=address, headers={"Connection": "close"}) as http:
        for _ in range(_REQUESTS):
            response = http.get("/api/v1/decision?country=BR")
            statuses[response.status_code] += 1
            waits.add(response.headers.get("retry-after", ""))
    return statuses, waits - {""}


def test_workers_together_answer_the_burst_and_then_the_rate(tmp_path: Path) -> None:
    folder = fill(tmp_path)
    with RunningRenvoi(folder, command=("serve", "--only", "gateway", "--workers", "2")) as server:
        began = time.monotonic()
        with ThreadPoolExecutor(_THREADS) as pool:
            results = list(pool.map(_ask, [server.address] * _THREADS))
        took_s = time.monotonic() - began
        statuses = sum((result[0] for result in results), Counter[int]())
        assert set(statuses) == {200, 429}
        # Without a lock a few requests that two workers answer at once may not be counted.
        most = BURST + PER_SECOND * (took_s + 1)
        assert BURST <= statuses[200] <= most * 1.02, (statuses, took_s)
        assert set.union(*(result[1] for result in results)) == {"1"}
        with httpx.Client(base_url=server.address) as http:
            assert http.get("/?country=BR").status_code == 200
            time.sleep(1.1)
            assert http.get("/api/v1/decision?country=BR").status_code == 200
