"""Compare the list page at 10,000 partners with the list page at 100, in one run: `python -m tools.measure_list`.

Two real servers, each on its own database, are requested in turn, and the medians of each address are compared, so
that a slow minute of the machine affects both. Runs on SQLite, or on the PostgreSQL of TEST_DATABASE_URL. Exits with
1 above a ratio of 2. It catches these planted faults: drop the index `partner_in_order` and the partial one on names,
or read the countries of each row with a query of its own.
"""

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.databases import drop_databases
from tests.running import EMAIL, PASSWORD, RunningRenvoi

SMALL, LARGE, ROUNDS, LIMIT = 100, 10_000, 25, 2.0
ADDRESSES = (
    "",
    "?sort=-countries",
    "?sort=state",
    "?name=a&sort=url_fr",
    "?countries=a",
    "?per_page=50&page=2",
    "50/delete/",
)


@contextmanager
def signed_in(server: RunningRenvoi) -> Iterator[httpx.Client]:
    """Yield a client with a session of the demo account."""
    with httpx.Client(base_url=server.address, timeout=60) as client:
        page = client.get("/console/sign-in/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        fields = {"email": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
        client.post("/console/sign-in/", data=fields, headers={"Referer": server.address + "/console/sign-in/"})
        yield client


def time_page(client: httpx.Client, address: str) -> float:
    """Return the seconds of one page, from request to last byte."""
    start = time.perf_counter()
    client.get(f"/console/partners/{address}").raise_for_status()
    return time.perf_counter() - start


def main() -> int:
    """Print the table. Returns 1 if a ratio is over the limit."""
    with tempfile.TemporaryDirectory() as folder:
        servers = {size: RunningRenvoi(Path(folder) / str(size)) for size in (SMALL, LARGE)}
        for size, server in servers.items():
            server.run("migrate")
            server.run_module("tools.fill", str(size))
        with servers[SMALL], servers[LARGE], ExitStack() as stack:
            clients = {size: stack.enter_context(signed_in(server)) for size, server in servers.items()}
            rows = [measure_address(address, clients) for address in ADDRESSES]
    for row in rows:
        name, small, large, ratio = row["address"] or "(plain)", row["small_ms"], row["large_ms"], row["ratio"]
        print(f"{name:28} {small:7.1f} ms {large:7.1f} ms   × {ratio:.2f}")
    print(json.dumps({"partners": [SMALL, LARGE], "rounds": ROUNDS, "rows": rows}))
    return int(max(float(row["ratio"]) for row in rows) > LIMIT)


def measure_address(address: str, clients: dict[int, httpx.Client]) -> dict[str, str | float]:
    """Return the medians of one address on both servers."""
    timings: dict[int, list[float]] = {size: [] for size in clients}
    for _ in range(ROUNDS):
        for size, client in clients.items():
            timings[size].append(time_page(client, address))
    small, large = (1000 * statistics.median(timings[size]) for size in (SMALL, LARGE))
    return {
        "address": address,
        "small_ms": round(small, 1),
        "large_ms": round(large, 1),
        "ratio": round(large / small, 2),
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        drop_databases()
