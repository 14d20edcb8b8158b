"""Measure the cost of exports against a reference that runs in the same minutes: `python -m tools.measure_exports`.

CSV of 100,000 partners on a real server (the console alone): the time to the first byte; the total time, against
Python's csv module writing the same cells from tuples (in turn, five times; medians); and the server's peak memory
(VmHWM, reset before), against that of a server with 1,000 partners.
PDF of 1,000 partners: against typst compiling one plain table of the same cells, without tags or links, each in its
own process. PDF of 10,000 in the background: how much the server's memory grows, and how long a page of the list
takes meanwhile (95th percentile, against the one at rest).

Exits with 1 above a limit below. It catches these planted faults: collect the rows in a list (`rows = [*rows]` in
partners.exporting.data_table): first byte and memory; sort the country names again for each partner in
`_country_names`: time; make the PDF in the server (`make_pdf(export.id)` in order_pdf): memory. SMALL=1 uses a tenth
of the partners.
"""

import csv
import io
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.running import EMAIL, PASSWORD, RunningRenvoi
from tools.measure_list import signed_in, time_page

DIVISOR = 10 if os.environ.get("SMALL") else 1
MANY, FEW, PRINTED, BACKGROUND = 100_000 // DIVISOR, 1_000, 1_000 // DIVISOR, 10_000 // DIVISOR
ROUNDS, AT_REST = 5, 60
LIMITS = {
    "csv_first_byte_s": 0.5,
    "csv_time_ratio": 4.0,
    "csv_memory_ratio": 1.2,
    "pdf_time_ratio": 1.5,
    "pdf_server_more_mb": 100.0,
}
CSV, PDF = "/console/partners/export/csv/", "/console/partners/export/pdf/"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TIMEOUT_S = 600.0
_PLAIN_TABLE = b"""#let rows = json(bytes(sys.inputs.rows))
#set page("a4", flipped: true)
#set text(font: "Noto Sans", size: 8.5pt)
#table(columns: rows.first().len(), ..rows.flatten())"""

Rows = list[tuple[str, ...]]
Figures = dict[str, float]


def main() -> int:
    """Print each figure, then all as JSON. Returns 1 if one is over its limit."""
    with tempfile.TemporaryDirectory() as folder:
        few, background, many = (
            prepare_console(Path(folder) / name, size)
            for name, size in (("few", FEW), ("background", BACKGROUND), ("many", MANY))
        )
        figures = csv_figures(many, few) | pdf_figures(background, Path(folder))
    for name, value in figures.items():
        limit = LIMITS.get(name)
        verdict = "" if limit is None else f"   at most {limit:g}{'' if value <= limit else ': OVER'}"
        print(f"{name:24} {value:10.3f}{verdict}")
    about = {"partners": [FEW, PRINTED, BACKGROUND, MANY], "rounds": ROUNDS, "seed": 2026}
    about |= {"python": platform.python_version(), "load": os.getloadavg()}
    print(json.dumps(about | {"figures": {name: round(value, 3) for name, value in figures.items()}}))
    return int(any(figures[name] > limit for name, limit in LIMITS.items()))


def prepare_console(folder: Path, size: int) -> RunningRenvoi:
    """Return a console with an account and `size` partners. A gateway's table would hide the memory of exports."""
    server = RunningRenvoi(folder, command=("serve", "--only", "console"))
    folder.mkdir(parents=True)
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    server.run("migrate")
    server.run("create-admin", "--email", EMAIL, "--password-file", str(folder / "password"))
    server.run_module("tools.fill", str(size))
    return server


def csv_figures(many: RunningRenvoi, few: RunningRenvoi) -> Figures:
    """Return the figures of the CSV file of all partners."""
    timings: list[tuple[float, float, float]] = []
    peaks: dict[int, float] = {}
    with many, few, signed_in(many) as of_many, signed_in(few) as of_few:
        clients = {FEW: of_few, MANY: of_many}
        for size, server in ((FEW, few), (MANY, many)):
            download_csv(clients[size])  # loads what is imported at first use
            reset_peaks(server)
            for _ in range(3):
                download_csv(clients[size])
            peaks[size] = peak_mb(server)
        for _ in range(ROUNDS):
            first, total, content = download_csv(clients[MANY])
            rows = parse_csv(content)
            require(len(rows) == 1 + MANY, f"{len(rows)} rows")
            timings.append((first, total, time_csv_module(rows)))
    first_byte, total, reference = (statistics.median(column) for column in zip(*timings, strict=True))
    return {
        "csv_first_byte_s": first_byte,
        "csv_time_s": total,
        "csv_python_s": reference,
        "csv_time_ratio": statistics.median(total / reference for _first, total, reference in timings),
        "csv_peak_few_mb": peaks[FEW],
        "csv_peak_many_mb": peaks[MANY],
        "csv_memory_ratio": peaks[MANY] / peaks[FEW],
    }


def download_csv(client: httpx.Client) -> tuple[float, float, bytes]:
    """Return the seconds to the first byte, the total seconds, and the file. The CSRF token is fetched before."""
    fields = {"csrfmiddlewaretoken": csrf_token(client), "list": "", "format": "csv", "separator": ","}
    started = time.perf_counter()
    with client.stream("POST", CSV, data=fields) as response:
        response.raise_for_status()
        pieces = response.iter_raw()
        content = [next(pieces)]
        first = time.perf_counter() - started
        content += pieces
    return first, time.perf_counter() - started, b"".join(content)


def csrf_token(client: httpx.Client) -> str:
    """Return the CSRF token of a form of the console."""
    return str(_TOKEN.findall(client.get(CSV).text)[0])


def parse_csv(content: bytes) -> Rows:
    """Return the rows of the file, headings first."""
    return [*map(tuple, csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))]


def time_csv_module(rows: Rows) -> float:
    """Return the seconds that Python's csv module takes to write the same cells."""
    started = time.perf_counter()
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    text.getvalue().encode()
    return time.perf_counter() - started


def pdf_figures(server: RunningRenvoi, folder: Path) -> Figures:
    """Return the figures of a PDF made in a process of its own, and of a long one made in the background."""
    with server, signed_in(server) as client:
        rows = parse_csv(download_csv(client)[2])
        (folder / "rows.json").write_text(json.dumps(rows[1 : 1 + PRINTED]), encoding="utf-8")
        pairs = [(time_pdf(folder, "ours"), time_pdf(folder, "bare")) for _ in range(ROUNDS)]
        figures = background_figures(server, client)
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    return {"pdf_time_s": ours, "pdf_bare_typst_s": bare, "pdf_time_ratio": ratio} | figures


def time_pdf(folder: Path, how: str) -> float:
    """Return the seconds of one PDF, in a new process without warm caches."""
    command = [sys.executable, "-m", "tools.measure_exports", how, str(folder / "rows.json")]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_pdf_time(how: str, file: Path) -> None:
    """Print the seconds that one PDF of the rows took."""
    import typst  # noqa: PLC0415 (only in the process that makes the PDF)

    from renvoi.exports.pdf import _fonts, render_pdf  # noqa: PLC0415 (as above)
    from renvoi.exports.table import Column, Table  # noqa: PLC0415 (as above)

    rows: Rows = [tuple(row) for row in json.loads(file.read_text(encoding="utf-8"))]
    kinds = ("number", "name", "link", "link", "text", "text", "text", "text", *["fact"] * 6)
    columns = tuple(Column(f"Column {number}", kind=kind) for number, kind in enumerate(kinds))  # type: ignore[arg-type]
    fonts = _fonts()
    started = time.perf_counter()
    if how == "ours":
        render_pdf(Table(title="Partners", language="fr", columns=columns, rows=rows, count=len(rows)))
    else:
        typst.compile(
            _PLAIN_TABLE, font_paths=fonts, sys_inputs={"rows": json.dumps(rows)}, format="pdf", pdf_tags=False
        )
    print(time.perf_counter() - started)


def background_figures(server: RunningRenvoi, client: httpx.Client) -> Figures:
    """Return the server's memory and the time of list pages while a long PDF is made in the background."""
    at_rest = [time_page(client, "?per_page=25") for _ in range(AT_REST)]
    reset_peaks(server)
    before, started = peak_mb(server), time.perf_counter()
    response = client.post(PDF, data={"csrfmiddlewaretoken": csrf_token(client), "list": ""})
    path = response.headers["Location"]
    meanwhile: list[float] = []
    while "data-ready" not in (page := client.get(path).text):
        require("hx-get" in page and time.perf_counter() - started < _TIMEOUT_S, "the PDF is not made")
        meanwhile += [time_page(client, "?per_page=25") for _ in range(5)]
    duration = time.perf_counter() - started
    client.get(f"{path}Partners.pdf").raise_for_status()
    return {
        "pdf_background_s": duration,
        "pdf_server_more_mb": peak_mb(server) - before,
        "list_p95_at_rest_s": percentile_95(at_rest),
        "list_p95_meanwhile_s": percentile_95(meanwhile),
        "list_pages_meanwhile": float(len(meanwhile)),
    }


def percentile_95(durations: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(durations, n=20)[-1]


def reset_peaks(server: RunningRenvoi) -> None:
    """Reset the peak memory of the server's processes (VmHWM)."""
    for process in own_processes(server):
        (process / "clear_refs").write_text("5", encoding="ascii")


def peak_mb(server: RunningRenvoi) -> float:
    """Return the sum of the peak memory of the server's processes, without those that make PDFs."""
    # A process that has just ended has no such line.
    peaks = [re.findall(r"VmHWM:\s+(\d+)", (proc / "status").read_text()) for proc in own_processes(server)]
    return sum(int(peak) for matches in peaks for peak in matches) / 1024


def own_processes(server: RunningRenvoi) -> Iterator[Path]:
    """Yield /proc of the server's main process and of its descendants, without those that make PDFs."""
    pids = {server.pid}
    parents = {int(path.parent.name): int(stat(path)[1]) for path in Path("/proc").glob("[0-9]*/stat") if stat(path)}
    while children := {pid for pid, parent in parents.items() if parent in pids} - pids:
        pids |= children
    for pid in sorted(pids):
        process = Path("/proc") / str(pid)
        if process.exists() and b"make-pdf" not in (process / "cmdline").read_bytes():
            yield process


def require(condition: bool, message: str) -> None:  # noqa: FBT001 (like assert)
    """Exit with the message if the measurement is invalid."""
    if not condition:
        sys.exit(message)


def stat(path: Path) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; an empty list if the process has ended."""
    try:
        return path.read_text().rpartition(") ")[2].split()
    except OSError:
        return []


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print_pdf_time(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main())
