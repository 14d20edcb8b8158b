"""Compare the API's list with the queries of the screen's list, at 10,000 partners: `python -m tools.measure_api`.

Both run in this process, in turn. The reference is what the list page reads from the database: one page of rows, and
the counts above it if nothing is searched. A request of the API is all of Renvoi's work for it: the token, the limits,
the rows and the JSON. The CPU times are compared, so that other work on the machine does not count. Runs on SQLite, or
on the PostgreSQL of TEST_DATABASE_URL, whose own time does not count. Exits with 1 above a ratio of 1.5. It catches
this planted fault: read the countries of each partner with a query of its own.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from tests.databases import drop_databases
from tests.running import EMAIL, RunningRenvoi

PARTNERS, TURNS, LIMIT = 10_000, 25, 1.5
QUERIES = ("", "sort=-countries", "name=a&sort=url_fr", "countries=a", "per_page=100")
# A token may send 20 requests a second.
_PAUSE_S = 0.05


def main() -> int:
    """Print the table. Returns 1 if a ratio is over the limit."""
    with tempfile.TemporaryDirectory() as folder:
        server = RunningRenvoi(Path(folder))
        with server:
            token = server.run("token", "create", "--email", EMAIL, "--name", "Measurement").stdout.strip()
        server.run_module("tools.fill", str(PARTNERS))
        os.environ.update(server.environ)
        rows = measure(token)
    for row in rows:
        times = f"{row['queries_ms']:7.1f} ms {row['api_ms']:7.1f} ms"
        print(f"{row['query'] or '(plain)':24} {times}   × {row['ratio']:.2f}")
    print(json.dumps({"partners": PARTNERS, "turns": TURNS, "load": os.getloadavg(), "rows": rows}))
    return int(max(float(row["ratio"]) for row in rows) > LIMIT)


def measure(token: str) -> list[dict[str, str | float]]:
    """Return the medians of each query, in milliseconds of CPU time."""
    from renvoi.cli.setup import configure  # noqa: PLC0415 (it reads the environment)

    configure()
    from django.http import QueryDict  # noqa: PLC0415 (needs Django)
    from django.test import Client  # noqa: PLC0415 (as above)

    from renvoi.partners.lists.listing import PartnerListing, count_all  # noqa: PLC0415 (as above)

    today = datetime.now(tz=UTC).date()
    api = Client(headers={"Authorization": f"Bearer {token}", "Host": "127.0.0.1"})

    def read_list(query: str) -> None:
        listing = PartnerListing.from_query(QueryDict(query), language="fr", today=today)
        list(listing.page().rows)
        if not listing.keywords:
            count_all(today=today)

    def request_list(query: str) -> None:
        response = api.get(f"/api/v1/partners?{query}")
        if response.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{response.status_code}: {query}")

    return [compared(query, read_list, request_list) for query in QUERIES]


def compared(query: str, *calls: Callable[[str], object]) -> dict[str, str | float]:
    """Return the median CPU time of the calls with a query, in milliseconds, and their ratio. They take turns."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(TURNS):
        time.sleep(_PAUSE_S)
        for call, own_times in zip(calls, times, strict=True):
            started_at = time.process_time()
            call(query)
            own_times.append(1000 * (time.process_time() - started_at))
    queries_ms, api_ms = map(statistics.median, times)
    ratio = round(api_ms / queries_ms, 2)
    return {"query": query, "queries_ms": round(queries_ms, 1), "api_ms": round(api_ms, 1), "ratio": ratio}


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        drop_databases()
