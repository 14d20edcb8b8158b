"""Measure the gateway's promised speed, and exit with 1 if a limit is missed: `python -m tools.bench`.

The reference is a real nginx with geoip2, on the same core in the same minutes. Measurements are printed as they are
made, then each limit, then everything as JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg

from tools.bench import bars, prospects
from tools.bench.cast import SEED, Person, people, write_country_data
from tools.bench.concurrent_work import measure_during, staff_work, swap_tables
from tools.bench.decisions import LARGE, compare_decisions
from tools.bench.machine import Running, describe, nginx_program
from tools.bench.own_server import BenchRenvoi
from tools.bench.redirects import compare
from tools.bench.reference import geoip2_module, reference
from tools.bench.verification import Pages, fetch_pages, verify_answers, verify_ledger
from tools.bench.visitors import Rounds, write_script
from tools.bench.what_ifs import time_differences
from tools.programs import is_on_ci

_ROWS = ("decide", "difference", "redirect", "visitors", "postgresql", "swap", "console")
_NO_LEDGER = "no ledger"


class _Servers(NamedTuple):
    """What is compared in a row, who visits, and which pages they get."""

    renvoi: BenchRenvoi
    gateway: Running
    nginx: Running
    people: Sequence[Person]
    pages: Pages


class Bench:
    """One run of the bench. Each measurement adds to `bars`, and to `record` for the JSON."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._country_data = write_country_data(folder / "countries.mmdb")
        self._people = people()
        script = write_script(folder / "visitors.lua", self._people)
        self._rounds = Rounds(script, how_many=options.rounds, seconds=options.seconds)
        self.bars: list[bars.Bar] = []
        self.record: dict[str, object] = {"seed": SEED, "people": len(self._people), **describe()}

    def run(self) -> None:
        """Measure each row that was asked for."""
        for row in self._options.rows:
            getattr(self, f"_{row}")()

    def _decide(self) -> None:
        timings = compare_decisions()
        self._note("decide", asdict(timings), bars.decision_bars(timings))

    def _difference(self) -> None:
        timings = time_differences()
        self._note("difference", asdict(timings), bars.difference_bars(timings))

    def _redirect(self) -> None:
        self._compare_redirects(self._publish_renvoi("sqlite"), "sqlite")
        self._compare_redirects(self._publish_renvoi("none"), "no ledger")

    def _visitors(self) -> None:
        for row in prospects.rows():
            everyone = row.people()
            script = write_script(self._folder / f"{row.name}.lua", everyone)
            renvoi = BenchRenvoi(self._folder / row.name, country_data=self._country_data, settings=row.settings)
            renvoi.publish(partners=LARGE, mode=row.mode)
            with renvoi.gateway() as gateway:
                pages = fetch_pages(gateway.port, everyone)
                nginx = reference(
                    self._folder / f"nginx-{row.name}",
                    country_data=self._country_data,
                    country_from=row.country_from,
                    pages=pages,
                )
                with nginx:
                    servers = _Servers(renvoi, gateway, nginx, everyone, pages)
                    self._compare(servers, row.name, (64,), rounds=replace(self._rounds, script=script))

    def _postgresql(self) -> None:
        with _database(self._options.postgresql) as url:
            if not url:
                print("LEFT OUT: the redirect on PostgreSQL; no server accepts a connection at --postgresql.")
                return
            self._compare_redirects(self._publish_renvoi("postgresql", database_url=url), "postgresql")

    def _swap(self) -> None:
        renvoi = self._publish_renvoi("swap")
        with renvoi.gateway() as gateway:
            work = swap_tables(renvoi, partners=LARGE, seconds=self._options.seconds)
            row = measure_during("routing table swapped", gateway, work, rounds=self._rounds)
        self._note("swap", row.as_dict(), bars.swap_bars(row))

    def _console(self) -> None:
        renvoi = BenchRenvoi(self._folder / "console", country_data=self._country_data)
        renvoi.fill(partners=self._options.partners)
        work = partial(staff_work, partners=self._options.partners)
        with renvoi.gateway() as gateway, renvoi.console() as console, work(console) as staff:
            row = measure_during("staff at work, own process", gateway, staff, rounds=self._rounds)
        self._note("console", row.as_dict(), bars.staff_bars(row, is_promised=True))
        with renvoi.gateway_and_console() as server, work(server) as staff:
            row = measure_during("staff at work, same process", server, staff, rounds=self._rounds)
        self._note("console in the same process", row.as_dict(), bars.staff_bars(row, is_promised=False))

    def _publish_renvoi(self, name: str, *, database_url: str = "") -> BenchRenvoi:
        renvoi = BenchRenvoi(self._folder / name, country_data=self._country_data, database_url=database_url)
        renvoi.publish(partners=LARGE)
        return renvoi

    def _compare_redirects(self, renvoi: BenchRenvoi, what: str) -> None:
        gateway = renvoi.gateway_without_ledger() if what == _NO_LEDGER else renvoi.gateway()
        with reference(self._folder / "nginx", country_data=self._country_data) as nginx, gateway:
            self._compare(_Servers(renvoi, gateway, nginx, self._people, {}), what, (64, 256), rounds=self._rounds)

    def _compare(self, servers: "_Servers", what: str, connections: Sequence[int], *, rounds: Rounds) -> None:
        renvoi, gateway, nginx, everyone, pages = servers
        verify_answers(nginx.port, everyone, pages=pages)
        verify_answers(gateway.port, everyone, pages=pages)
        for count in connections:
            before = renvoi.position()
            row = compare(what, gateway, nginx, connections=count, rounds=rounds)
            if what != _NO_LEDGER:
                # A round ends while some responses are in flight: their entries are recorded, but not counted.
                in_flight = renvoi.position() - before - row.answers
                if not 0 <= in_flight <= count * self._options.rounds:
                    raise RuntimeError(f"{row.answers} responses, and {in_flight} entries more than that")
                verify_ledger(gateway.port, everyone, renvoi=renvoi, pages=pages)
            self._note(f"{what} {count}", row.as_dict(), bars.redirect_bars(row))

    def _note(self, what: str, measured: dict[str, object], measured_bars: list[bars.Bar]) -> None:
        print(f"{what}: {json.dumps(measured)}", flush=True)
        self.record[what] = measured
        self.bars += measured_bars


@contextmanager
def _database(server: str) -> Iterator[str]:
    """Create a temporary database and yield its URL; yield an empty string if the server can't be reached."""
    name = f"renvoi_bench_{os.getpid()}"
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=3) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
    except psycopg.Error:
        yield ""
        return
    parts = psycopg.conninfo.conninfo_to_dict(server) | {"dbname": name}
    try:
        yield "postgresql:///?" + "&".join(f"{key}={value}" for key, value in parts.items())
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench", description="Measure the gateway against nginx, as ratios."
    )
    parser.add_argument("--rows", nargs="+", choices=_ROWS, default=_ROWS, help="what to measure (all)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each row (5)")
    parser.add_argument("--seconds", type=int, default=3, help="duration of a round (3)")
    parser.add_argument("--partners", type=int, default=100_000, help="number of partners that staff export (100,000)")
    parser.add_argument(
        "--postgresql", default="postgresql://127.0.0.1:5432/postgres", help="server on which a database is created"
    )
    return parser.parse_args(arguments)


def _missing_requirement() -> str:
    """Return what this machine lacks, as a noun phrase; an empty string if nothing is missing."""
    if (os.cpu_count() or 1) < 2:
        return "two cores, one for the server and one for its visitors"
    if not Path(nginx_program()).exists() or geoip2_module() is None:
        return "nginx with its module geoip2 (on Debian: nginx, libnginx-mod-http-geoip2)"
    if subprocess.run(["sh", "-c", "command -v wrk taskset"], capture_output=True, check=False).returncode:
        return "wrk and taskset (on Debian: wrk, util-linux)"
    return ""


def main(arguments: list[str]) -> int:
    """Measure and print. Returns 1 if a limit is missed."""
    options = _options(arguments)
    if missing := _missing_requirement():
        print(f"LEFT OUT: the gateway's speed; this machine lacks {missing}.")
        # CI can install everything, so nothing may be left out there.
        return int(is_on_ci())
    with tempfile.TemporaryDirectory(prefix="renvoi-bench-") as folder:
        bench = Bench(options, Path(folder))
        bench.run()
    print("\n".join(map(str, bench.bars)))
    print(json.dumps(bench.record, ensure_ascii=False))
    return int(not all(bar.holds for bar in bench.bars))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
