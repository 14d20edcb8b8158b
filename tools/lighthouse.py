"""Run Lighthouse on each page of a visitor: `python -m tools.lighthouse` (make lighthouse).

A real server has partners for each decision, sixteen equal ones among them, and a logo. Lighthouse simulates a phone
on slow 4G with a CPU four times as slow, and Chromium loads each page `--runs` times. Prints the medians, and writes
them to `--output`. Exits with 1 if a mark is below 100, the largest contentful paint (LCP) takes more than 1.0 s, more
than 6 KB is transferred, or another request is made; the logo and its request count for neither.

Pages that refuse a request have no SEO mark, and their status is not taken for an error in the console: it would lower
both marks. Every other page may be
indexed, so none of its audits is left out. Lighthouse is installed for the run from npm, without its scripts, unless
LIGHTHOUSE names the program. Each run begins with a page of planted faults, which must exceed every limit but that of
the LCP; tests/tools/test_lighthouse.py covers each limit.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.prepare import fill_with, set_logo, set_operator
from tests.browser.visited import PARTNERS, SIGN_UP, SITE
from tests.running import RunningRenvoi

PACKAGE = "lighthouse@12.2.3"
MARKS = ("performance", "accessibility", "best-practices", "seo")
SEED = 2026
LEAST_MARK, MAX_LCP_MS, MAX_BYTES, MAX_REQUESTS = 100, 1_000.0, 6 * 1024, 1

_CHROME_FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu"
_LOGO = "/logo/"

DESCRIPTION = (
    "{} relie votre standard à une assistante qui répond, prend les messages et fixe vos rendez-vous, jour et nuit."
)
"""A description of ordinary length. Each card is compressed by itself: it does not matter that all are alike."""


@dataclass(frozen=True, slots=True)
class Visited:
    """A page: its name, its path with the query, and whether it refuses the request."""

    name: str
    path: str
    is_refusal: bool = False


PAGES = (
    Visited("unknown country", "/?lang=fr"),
    Visited("unknown country, notice", "/?country=XX&lang=fr"),
    Visited("region", "/?country=CA&lang=fr"),
    Visited("partner", "/?country=KI&lang=fr"),
    Visited("partner, English", "/?country=KI&lang=en"),
    Visited("partner, other language", "/?country=WS&lang=fr"),
    Visited("choice of two", "/?country=TV&lang=fr"),
    Visited("choice of twelve", "/?country=CK&lang=fr"),
    Visited("none", "/?country=AQ&lang=fr"),
    Visited("countries", "/countries/?country=CA&lang=fr"),
    Visited("privacy", "/privacy/?lang=fr"),
    Visited("directory", "/partners/?lang=fr"),
    Visited("directory, one country", "/partners/CK/?lang=fr"),
    Visited("not found (404)", "/nothing?lang=fr", is_refusal=True),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What Lighthouse measured of one page. `marks` are out of 100. `bytes` and `requests` are without the logo's."""

    page: str
    marks: Mapping[str, int]
    lcp_ms: float
    bytes: int
    requests: int

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each limit that the page exceeds."""
        yield from (f"{name} {mark}, below {LEAST_MARK}" for name, mark in self.marks.items() if mark < LEAST_MARK)
        if self.lcp_ms > MAX_LCP_MS:
            yield f"LCP {self.lcp_ms:.0f} ms, over {MAX_LCP_MS:.0f}"
        if self.bytes > MAX_BYTES:
            yield f"{self.bytes} bytes transferred, over {MAX_BYTES}"
        if self.requests > MAX_REQUESTS:
            yield f"{self.requests} requests beside the logo, over {MAX_REQUESTS}"


def figures_of(page: Visited, report: Mapping[str, Any]) -> Figures:
    """Return the figures of a report in Lighthouse's JSON. Raises ValueError if Lighthouse could not load the page."""
    error = report.get("runtimeError", {})
    if error:
        raise ValueError(f"{page.name}: {error.get('code')}: {error.get('message')}")
    audits = report["audits"]
    requests = [
        item
        for item in audits["network-requests"]["details"]["items"]
        if urlsplit(item["url"]).scheme in {"http", "https"} and not urlsplit(item["url"]).path.startswith(_LOGO)
    ]
    names = [name for name in MARKS if not (page.is_refusal and name == "seo")]
    return Figures(
        page=page.name,
        marks={name: int(100 * (report["categories"][name]["score"] or 0)) for name in names},
        lcp_ms=round(audits["largest-contentful-paint"]["numericValue"], 1),
        bytes=sum(item["transferSize"] for item in requests),
        requests=len(requests),
    )


def median(runs: Sequence[Figures]) -> Figures:
    """Return the medians of several runs of one page; of requests and bytes, the most."""
    first = runs[0]
    return Figures(
        page=first.page,
        marks={name: round(statistics.median_low([run.marks[name] for run in runs])) for name in first.marks},
        lcp_ms=statistics.median(run.lcp_ms for run in runs),
        bytes=max(run.bytes for run in runs),
        requests=max(run.requests for run in runs),
    )


@contextmanager
def installed() -> Iterator[Path]:
    """Install Lighthouse for the duration, without running any script of a package, and yield the program."""
    if program := os.environ.get("LIGHTHOUSE"):
        yield Path(program)
        return
    with tempfile.TemporaryDirectory() as folder:
        install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", PACKAGE]
        subprocess.run(install, cwd=folder, stdout=subprocess.DEVNULL, check=True, timeout=600)
        yield Path(folder) / "node_modules" / ".bin" / "lighthouse"


def run(lighthouse: Path, page: Visited, address: str) -> dict[str, Any]:
    """Run Lighthouse on a page once and return its report."""
    arguments = [
        *("--quiet", "--no-enable-error-reporting", "--output=json", f"--only-categories={','.join(MARKS)}"),
        *("--form-factor=mobile", "--throttling-method=simulate", f"--chrome-flags={_CHROME_FLAGS}"),
        *(["--ignore-status-code", "--skip-audits=errors-in-console"] if page.is_refusal else []),
    ]
    environ = {**os.environ, "CHROME_PATH": os.environ.get("CHROMIUM", "/usr/bin/chromium")}
    completed = subprocess.run(
        [str(lighthouse), address + page.path, *arguments], env=environ, capture_output=True, timeout=300, check=False
    )
    if completed.returncode:
        raise ValueError(f"{page.name}: {completed.stderr.decode(errors='replace').strip()[-500:]}")
    report: dict[str, Any] = json.loads(completed.stdout)
    return report


class _Faulty(BaseHTTPRequestHandler):
    """Serves a heavy page that may not be indexed, with an image that is missing and has no text."""

    def do_GET(self) -> None:
        """Answer."""
        noise = random.Random(SEED).randbytes(MAX_BYTES).hex()  # noqa: S311  (no secret)
        page = f"<meta name=robots content=noindex><img src=/missing.png><p>{noise}" if self.path == "/" else ""
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def unnoticed(lighthouse: Path) -> list[str]:
    """Run Lighthouse on a page with planted faults and return the limits that it does not exceed, as words."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Faulty) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            page = Visited("planted faults", "/")
            faults = " ".join(
                figures_of(page, run(lighthouse, page, f"http://127.0.0.1:{server.server_port}")).faults()
            )
        finally:
            server.shutdown()
            thread.join()
    return [word for word in ("accessibility", "best-practices", "seo", "bytes", "requests") if word not in faults]


@contextmanager
def visited_server(folder: Path) -> Iterator[RunningRenvoi]:
    """Run a server with a logo and partners for each page."""
    with RunningRenvoi(folder) as server:
        dozen = (
            {
                "name": name,
                "countries": "CK",
                "description_fr": DESCRIPTION.format(name),
                "url_fr": f"{SITE}/{number}/fr",
                "url_en": f"{SITE}/{number}/en",
            }
            for number, name in enumerate(f"Téléphonie {letter}" for letter in "ABCDEFGHIJKLMNOP")
        )
        fill_with(server.environ, [*PARTNERS, *dozen])
        set_operator(
            server.environ,
            signup_url_fr=SIGN_UP["fr"],
            signup_url_en=SIGN_UP["en"],
            site_url_fr=SITE,
            contact="aide@partnername.com",
        )
        set_logo(server.environ)
        yield server


def measure(pages: Iterable[Visited], *, runs: int) -> Iterator[Figures]:
    """Yield the medians of each page."""
    with (
        installed() as lighthouse,
        tempfile.TemporaryDirectory() as folder,
        visited_server(Path(folder) / "renvoi") as server,
    ):
        if missed := unnoticed(lighthouse):
            raise ValueError(f"the planted faults were not noticed: {', '.join(missed)}")
        for page in pages:
            yield median([figures_of(page, run(lighthouse, page, server.address)) for _ in range(runs)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print and write the figures. Returns 1 if a page exceeds a limit."""
    parser = argparse.ArgumentParser(description="Run Lighthouse on each page of a visitor.")
    parser.add_argument("--runs", type=int, default=3, help="how often each page is loaded (3)")
    parser.add_argument("--only", default="", help="only the pages whose name contains this")
    parser.add_argument("--output", type=Path, default=Path("test-results/lighthouse.json"))
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    rows = []
    for figures in measure((page for page in PAGES if options.only in page.name), runs=options.runs):
        rows.append(figures)
        marks = " ".join(f"{figures.marks.get(name, '–'):>4}" for name in MARKS)
        lcp = f"LCP {figures.lcp_ms / 1000:.2f} s"
        print(f"{figures.page:26}{marks}   {lcp}   {figures.bytes:6,} bytes   {figures.requests} requests", flush=True)
    faults = [f"{row.page}: {fault}" for row in rows for fault in row.faults()]
    report = {
        "lighthouse": PACKAGE,
        "runs": options.runs,
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "pages": [asdict(row) for row in rows],
        "faults": faults,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print("\n".join(faults) or "Every page is within the limits.")
    return int(bool(faults) or not rows)


if __name__ == "__main__":
    sys.exit(main())
