"""Measure what a client that reads slowly costs: `python -m tools.measure_slow_readers`.

A real console has 5,000 partners of 5 KB each. Beside a client that reads an export at 1 KB/s, a partner is edited 200
times: the size of SQLite's write-ahead log, at its largest. Five clients export at once, at 64 KB/s: the time to the
first byte of each, and whether each file is whole. On PostgreSQL (TEST_DATABASE_URL), the first part measures how many
sessions are busy or in a transaction after the edits.

Exits with 1 above a limit below. SMALL=1 uses a tenth.
"""

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

from tests.databases import SERVER, drop_databases, session, url_for
from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill
from tests.server.slow_client import Received, SlowExport

DIVISOR = 10 if os.environ.get("SMALL") else 1
PARTNERS, EDITS, CLIENTS = 5_000 // DIVISOR, 200 // DIVISOR, 5
LIMITS = {"log_mb": 64.0, "busy_sessions": 0.0, "first_byte_s": 0.5, "cut": 0.0}
_BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'renvoi'"
    " AND state <> 'idle'"
)


def main() -> int:
    """Print each figure. Returns 1 if one is over its limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = fill(Path(name) / "data")
        RunningRenvoi(folder).run_module("tests.server.large_partners", "add", str(PARTNERS))
        with RunningRenvoi(folder, command=("serve", "--only", "console")) as server, Staff(server) as staff:
            staff.sign_in()
            figures = edit_beside_slow_reader(folder, staff) | export_at_once(staff)
    drop_databases()
    for key, value in figures.items():
        limit = LIMITS.get(key)
        verdict = "" if limit is None else f"   at most {limit:g}{'' if value <= limit else ': OVER'}"
        print(f"{key:16} {value:10.3f}{verdict}")
    print(f"partners={PARTNERS} edits={EDITS} postgresql={bool(SERVER)} load={os.getloadavg()}")
    return int(any(figures.get(key, 0) > limit for key, limit in LIMITS.items()))


def edit_beside_slow_reader(folder: Path, staff: Staff) -> dict[str, float]:
    """Return the largest size of the log, or the number of busy sessions, and the time of the edits."""
    log, largest, has_ended = folder / "renvoi.sqlite3-wal", [0], Event()

    def watch() -> None:
        while not has_ended.wait(0.05):
            largest[0] = max(largest[0], log.stat().st_size if log.exists() else 0)

    def read() -> None:
        while not has_ended.wait(1):
            export.read(1024)

    with SlowExport(staff) as export:
        threads = [Thread(target=watch), Thread(target=read)]
        for thread in threads:
            thread.start()
        started_at = time.monotonic()
        try:
            RunningRenvoi(folder).run_module("tests.server.large_partners", "edit", str(EDITS))
        finally:
            has_ended.set()
            for thread in threads:
                thread.join()
        figures = {"edits_s": time.monotonic() - started_at}
        if not SERVER:
            return figures | {"log_mb": largest[0] / 1e6}
        with session(url_for(folder)) as other:
            row = other.execute(_BUSY).fetchone()
        return figures | {"busy_sessions": float(row[0] if row else 0)}


def export_at_once(staff: Staff) -> dict[str, float]:
    """Return the longest time to the first byte of simultaneous exports, and how many were cut."""
    received: list[Received] = []

    def read(export: SlowExport) -> None:
        for _ in range(50):
            time.sleep(0.25)
            export.read(16_384)
        received.append(export.read_to_end())

    with ExitStack() as stack:
        exports = [stack.enter_context(SlowExport(staff)) for _ in range(CLIENTS)]
        threads = [Thread(target=read, args=(export,)) for export in exports]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    whole = sum(one.is_whole and one.body.count(b"\r\n") > PARTNERS for one in received)
    return {"first_byte_s": max(export.first_byte_s for export in exports), "cut": float(CLIENTS - whole)}


if __name__ == "__main__":
    sys.exit(main())
