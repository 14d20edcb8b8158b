"""Compare an import of 10,000 rows with one of 1,000, in one run: `python -m tools.measure_import`.

Each size has a database with as many partners, and a file that changes all of them or creates as many. Each is checked
and applied in a process of its own, as the console and the command do, in turn for both sizes; medians of the CPU time
per row are compared, and the seconds are printed. The peak memory of a check of 200,000 new rows is printed, too.
Runs on SQLite, or on the PostgreSQL of TEST_DATABASE_URL. Exits with 1 below a ratio of 0.8. It catches this planted
fault: leave the collection of cycles on (`pause_collection` in cli/setup.py).
"""

import csv
import io
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.databases import drop_databases
from tests.running import RunningRenvoi

SMALL, LARGE, MOST, TURNS, LIMIT = 1_000, 10_000, 200_000, 5, 0.8
KINDS = ("changed", "created")


def main() -> int:
    """Print the table, then all as JSON. Returns 1 if a ratio is below the limit."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder))
        figures["memory_200000_mb"] = run(prepare(Path(folder) / "most", 1), "check", "created", MOST)["peak_mb"]
    for step in ("check", "apply"):
        for kind in KINDS:
            rates = {
                size: statistics.median(turn[f"{step}_cpu_s"] / size for turn in times[size, kind])
                for size in (SMALL, LARGE)
            }
            figures[f"{step}_{kind}_ratio"] = rates[SMALL] / rates[LARGE]
            figures[f"{step}_{kind}_s"] = statistics.median(turn[f"{step}_s"] for turn in times[LARGE, kind])
    for name, value in figures.items():
        limit = f"   at least {LIMIT}{'' if value >= LIMIT else ': BELOW'}" if name.endswith("_ratio") else ""
        print(f"{name:24} {value:10.3f}{limit}")
    about = {"rows": [SMALL, LARGE, MOST], "turns": TURNS, "python": platform.python_version(), "load": os.getloadavg()}
    print(json.dumps(about | {"figures": {name: round(value, 3) for name, value in figures.items()}}))
    return int(any(value < LIMIT for name, value in figures.items() if name.endswith("_ratio")))


def measure(folder: Path) -> dict[tuple[int, str], list[dict[str, float]]]:
    """Return the figures of each turn, by size and kind. The partners that were created are deleted before the next."""
    servers = {size: prepare(folder / str(size), size) for size in (SMALL, LARGE)}
    times: dict[tuple[int, str], list[dict[str, float]]] = {(size, kind): [] for size in servers for kind in KINDS}
    for _ in range(TURNS):
        for kind in KINDS:
            for size, server in servers.items():
                times[size, kind].append(run(server, "apply", kind, size))
    return times


def prepare(folder: Path, size: int) -> RunningRenvoi:
    """Return an installation with so many partners. No server is started."""
    server = RunningRenvoi(folder)
    folder.mkdir(parents=True)
    server.run("migrate")
    server.run_module("tools.fill", str(size))
    return server


def run(server: RunningRenvoi, step: str, kind: str, size: int) -> dict[str, float]:
    """Return what a process of its own has measured."""
    command = [sys.executable, "-m", "tools.measure_import", step, kind, str(size)]
    done = subprocess.run(command, env=server.environ, stdout=subprocess.PIPE, check=True, timeout=600)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def work(step: str, kind: str, size: int) -> None:
    """Check a file, and apply it if that is the step. Print its seconds, CPU seconds and memory as JSON."""
    from renvoi.cli.setup import configure, pause_collection  # noqa: PLC0415 (only the worker has a database)

    configure()
    pause_collection()
    from django.utils import timezone  # noqa: PLC0415 (as above)

    from renvoi.partners.actions import Confirmed, import_partners  # noqa: PLC0415 (as above)
    from renvoi.partners.importing.planning import make_plan  # noqa: PLC0415 (as above)
    from renvoi.partners.models import Partner  # noqa: PLC0415 (as above)

    figures: dict[str, float] = {}
    content, today = make_file(kind, size), timezone.localdate()
    started, cpu = time.perf_counter(), time.process_time()
    plan = make_plan(content, today=today)
    confirmed = Confirmed(plan.digest, plan.count, replacements=True)
    figures |= {"check_s": time.perf_counter() - started, "check_cpu_s": time.process_time() - cpu}
    if plan.errors or plan.count != size:
        raise SystemExit(f"{plan.count} of {size} rows, {len(plan.errors)} errors")
    if step == "apply":
        started, cpu = time.perf_counter(), time.process_time()
        import_partners(content=content, confirmed=confirmed, today=today, actor=None, channel="cli")
        figures |= {"apply_s": time.perf_counter() - started, "apply_cpu_s": time.process_time() - cpu}
        Partner.objects.filter(name__startswith="Created ").delete()
    print(json.dumps(figures | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def make_file(kind: str, size: int) -> bytes:
    """Return a file that changes the priority of all partners, or one that creates so many."""
    from renvoi.exports.delimited import render_csv  # noqa: PLC0415 (as above)
    from renvoi.partners.exporting import data_table  # noqa: PLC0415 (as above)
    from renvoi.partners.models import Partner  # noqa: PLC0415 (as above)

    if kind == "created":
        lines = (f"Created {n:06},https://created-{n}.example/,BR PT" for n in range(size))
        return "\r\n".join(("name,url_en,countries", *lines)).encode()
    partners = Partner.objects.order_by("id")
    table = data_table(partners, count=partners.count(), language="en", headings="names")
    content = b"".join(render_csv(table, separator=",", byte_order_mark=False)).decode()
    headings, *rows = csv.reader(io.StringIO(content, newline=""))
    priority = headings.index("priority")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([*row[:priority], int(row[priority]) % 9 + 1, *row[priority + 1 :]] for row in rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
        sys.exit(0)
    try:
        sys.exit(main())
    finally:
        drop_databases()
