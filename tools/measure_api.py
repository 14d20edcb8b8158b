"""Compare the API's list with the screen's at 10,000 partners, in one run: `python -m tools.measure_api`.

One real server is asked for both in turn, 25 partners each, and the medians of each address are compared, so that a
slow minute of the machine affects both. Runs on SQLite, or on the PostgreSQL of TEST_DATABASE_URL. Exits with 1 above a
ratio of 1.5.
"""

import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.databases import drop_databases
from tests.running import EMAIL, RunningRenvoi
from tools.measure_list import signed_in

PARTNERS, ROUNDS, LIMIT = 10_000, 25, 1.5
# A token may send 20 requests a second: a measurement that waits measures the wait.
_PAUSE_S = 0.1
QUERIES = ("", "?sort=-countries", "?name=a&sort=url_fr", "?countries=a", "?per_page=100")


def measure(query: str, screen: httpx.Client, api: httpx.Client) -> dict[str, str | float]:
    """Return the medians of one query on the screen and in the API."""
    timings: dict[str, list[float]] = {"/console/partners/": [], "/api/v1/partners": []}
    for _ in range(ROUNDS):
        time.sleep(_PAUSE_S)
        for path, client in zip(timings, (screen, api), strict=True):
            start = time.perf_counter()
            client.get(path + query).raise_for_status()
            timings[path].append(time.perf_counter() - start)
    screen_ms, api_ms = (1000 * statistics.median(timing) for timing in timings.values())
    ratio = round(api_ms / screen_ms, 2)
    return {"query": query, "screen_ms": round(screen_ms, 1), "api_ms": round(api_ms, 1), "ratio": ratio}


def main() -> int:
    """Print the table. Returns 1 if a ratio is over the limit."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = RunningRenvoi(Path(folder))
        server.run("migrate")
        server.run_module("tools.fill", str(PARTNERS))
        stack.enter_context(server)
        token = server.run("token", "create", "--email", EMAIL, "--name", "Measurement").stdout.strip()
        screen = stack.enter_context(signed_in(server))
        headers = {"Authorization": f"Bearer {token}"}
        api = stack.enter_context(httpx.Client(base_url=server.address, headers=headers, timeout=60))
        rows = [measure(query, screen, api) for query in QUERIES]
    for row in rows:
        print(
            f"{row['query'] or '(plain)':28} {row['screen_ms']:7.1f} ms {row['api_ms']:7.1f} ms   × {row['ratio']:.2f}"
        )
    print(json.dumps({"partners": PARTNERS, "rounds": ROUNDS, "rows": rows}))
    return int(max(float(row["ratio"]) for row in rows) > LIMIT)


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        drop_databases()
