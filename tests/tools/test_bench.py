"""The harness of `make bench` rejects servers that skip their work, and reports missed limits."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.geo.database import open_database
from renvoi.visitor.request import CACHE_SIZE
from tests.running import RunningRenvoi
from tools.bench import bars
from tools.bench.cast import ASKED, PER_COUNTRY, people, table, write_country_data
from tools.bench.concurrent_work import LoadComparison, WorkCount, staff_work
from tools.bench.machine import CpuTimes
from tools.bench.own_server import BenchRenvoi
from tools.bench.prospects import Row, rows
from tools.bench.redirects import Comparison, compare
from tools.bench.reference import reference
from tools.bench.verification import VerificationError, fetch_pages, verify_answers, verify_ledger
from tools.bench.visitors import Load, Rounds, write_script
from tools.bench.what_ifs import DifferenceTimings
from tools.measure_list import signed_in, time_page

ONE_BY_ONE = people()[:200]
LOAD = Load(answers=10, rate=5.0, refused=0, failed=0, p50_ms=1.0, p99_ms=2.0, p999_ms=4.0)

on_two_cores = pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="The server needs one core, its visitors another.")


def bench_renvoi(folder: Path, row: Row | None = None) -> BenchRenvoi:
    folder.mkdir(parents=True, exist_ok=True)
    settings = row.settings if row else {}
    renvoi = BenchRenvoi(folder, country_data=write_country_data(folder / "countries.mmdb"), settings=settings)
    renvoi.publish(partners=100, mode=row.mode if row else "direct")
    return renvoi


@pytest.mark.needs("taskset")
@on_two_cores
def test_staff_export_import_and_read_lists(tmp_path: Path) -> None:
    renvoi = BenchRenvoi(tmp_path, country_data=write_country_data(tmp_path / "countries.mmdb"))
    renvoi.fill(partners=3)
    done = WorkCount()
    with renvoi.console() as console, staff_work(console, partners=3) as work, work(done):
        deadline = time.monotonic() + 30
        while done.times < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert done.times >= 4


def test_client_of_the_measurements_is_signed_in(tmp_path: Path) -> None:
    with RunningRenvoi(tmp_path) as server, signed_in(server) as client:
        assert time_page(client, "?name=alo") > 0


@pytest.mark.needs("taskset")
@on_two_cores
class TestVerification:
    def test_gateway_with_ledger_passes(self, tmp_path: Path) -> None:
        renvoi = bench_renvoi(tmp_path)
        with renvoi.gateway() as gateway:
            assert verify_ledger(gateway.port, ONE_BY_ONE, renvoi=renvoi) == len(ONE_BY_ONE)

    def test_unrecorded_responses_are_rejected(self, tmp_path: Path) -> None:
        renvoi = bench_renvoi(tmp_path)
        with (
            renvoi.gateway_without_ledger() as gateway,
            pytest.raises(VerificationError, match="the 0 new entries differ"),
        ):
            verify_ledger(gateway.port, ONE_BY_ONE, renvoi=renvoi)

    def test_responses_without_reference_are_rejected(self, tmp_path: Path) -> None:
        renvoi = bench_renvoi(tmp_path)
        # Neither the ledger nor its spool is writable.
        (tmp_path / "ledger.sqlite3").mkdir()
        (tmp_path / "ledger-spool").write_text("")
        with (
            renvoi.gateway() as gateway,
            pytest.raises(VerificationError, match="200 of 200 responses have no reference"),
        ):
            verify_ledger(gateway.port, ONE_BY_ONE, renvoi=bench_renvoi(tmp_path / "another"))

    def test_wrong_redirects_are_rejected(self, tmp_path: Path) -> None:
        renvoi = BenchRenvoi(tmp_path, country_data=tmp_path / "absent.mmdb")
        renvoi.publish(partners=100)
        with renvoi.gateway() as gateway, pytest.raises(VerificationError, match="got the response"):
            verify_answers(gateway.port, ONE_BY_ONE)

    @pytest.mark.needs("wrk")
    def test_round_counts_recorded_responses(self, tmp_path: Path) -> None:
        renvoi = bench_renvoi(tmp_path)
        rounds = Rounds(write_script(tmp_path / "visitors.lua", people()), how_many=5, seconds=1)
        with renvoi.gateway() as gateway:
            # The first round of a server fills its caches: it would count against the reference alone.
            rounds.visit(gateway.port, connections=4)
            row = compare("itself", gateway, gateway, connections=4, rounds=rounds)
        # The gateway was its own reference, before and after.
        assert row.answers < renvoi.position()
        assert 0.2 < row.ratio < 5
        assert row.core_ratio == pytest.approx(1, rel=0.5)


@pytest.mark.needs("taskset")
@on_two_cores
class TestVerificationOfPages:
    @pytest.mark.needs("nginx")
    @pytest.mark.parametrize(
        "row", [row for row in rows() if row.name in {"cookies", "src", "mix", "cdn-page"}], ids=lambda row: row.name
    )
    def test_reference_gives_the_same_answers(self, tmp_path: Path, row: Row) -> None:
        renvoi = bench_renvoi(tmp_path, row)
        everyone = row.people(count=150)
        with renvoi.gateway() as gateway:
            pages = fetch_pages(gateway.port, everyone)
            nginx = reference(
                tmp_path / "nginx",
                country_data=tmp_path / "countries.mmdb",
                country_from=row.country_from,
                pages=pages,
            )
            with nginx:
                assert verify_ledger(gateway.port, everyone, renvoi=renvoi, pages=pages) == 150
                verify_answers(nginx.port, everyone, pages=pages)
                served = fetch_pages(nginx.port, everyone)
        assert {name: answer.body for name, answer in served.items()} == {
            name: answer.body for name, answer in pages.items()
        }
        for name, answer in pages.items():
            assert answer.headers.keys() <= served[name].headers.keys()
            assert served[name].headers["content-language"] == answer.headers["content-language"]

    def test_other_lengths_and_encodings_are_rejected(self, tmp_path: Path) -> None:
        row = rows()[0]
        renvoi = bench_renvoi(tmp_path, row)
        everyone = row.people(count=50)
        with renvoi.gateway() as gateway:
            pages = fetch_pages(gateway.port, everyone)
            longer = {name: replace(answer, body=answer.body + b" ") for name, answer in pages.items()}
            encoded = {
                name: replace(answer, headers={**answer.headers, "content-encoding": "zstd"})
                for name, answer in pages.items()
            }
            for wrong in (longer, encoded):
                with pytest.raises(VerificationError, match="got the response 200"):
                    verify_answers(gateway.port, everyone, pages=wrong)

    def test_redirects_in_place_of_pages_are_rejected(self, tmp_path: Path) -> None:
        renvoi = bench_renvoi(tmp_path)
        with renvoi.gateway() as gateway, pytest.raises(VerificationError, match="has no link /go/"):
            fetch_pages(gateway.port, rows()[0].people(count=10))


class TestCast:
    @pytest.mark.parametrize("partners", [100, 10_000])
    def test_candidates_are_independent_of_table_size(self, partners: int) -> None:
        routing_table = RoutingTable(table(partners=partners))
        assert {len(routing_table.candidates(country)) for country in ASKED} == {PER_COUNTRY}

    def test_country_database_knows_all_visitors(self, tmp_path: Path) -> None:
        countries = open_database(write_country_data(tmp_path / "countries.mmdb"))
        known = {countries.lookup(person.address) for person in (*people(), *rows()[0].people(count=200))}
        assert known == {*ASKED}

    def test_visitors_are_unique_and_reproducible(self) -> None:
        everyone = people()
        assert everyone == people()
        assert len(set(everyone)) == len(everyone) > 600

    @pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
    def test_prospects_exceed_each_cache(self, row: Row) -> None:
        everyone = row.people()
        assert len({person.address for person in everyone}) == len(everyone) > 3 * CACHE_SIZE

    def test_mix_has_its_shares(self) -> None:
        everyone = next(row for row in rows() if row.name == "mix").people()
        on_their_way = sum(person.path.startswith("/go/") for person in everyone) / len(everyone)
        with_cookies = sum("Cookie" in person.headers for person in everyone) / len(everyone)
        assert (round(on_their_way, 1), round(with_cookies, 1)) == (0.2, 0.1)

    def test_cookies_and_headers_of_a_cdn_differ_between_visitors(self) -> None:
        for name, header in (("cookies", "Cookie"), ("cdn-direct", "CF-Ray"), ("cdn-page", "traceparent")):
            everyone = next(row for row in rows() if row.name == name).people(count=1_000)
            assert len({person.headers[header] for person in everyone}) == 1_000


class TestBars:
    @pytest.mark.parametrize(
        ("bar", "holds"),
        [
            (bars.Bar("rate", 0.2, 0.2, is_minimum=True), True),
            (bars.Bar("rate", 0.199, 0.2, is_minimum=True), False),
            (bars.Bar("wait", 5.0, 5.0), True),
            (bars.Bar("wait", 5.01, 5.0), False),
            (bars.Bar("only reported", 99.0), True),
        ],
    )
    def test_bar_holds_up_to_its_limit(self, bar: bars.Bar, *, holds: bool) -> None:
        assert (bar.holds, str(bar).startswith("ok")) == (holds, holds)

    def test_staff_in_same_process_only_report(self) -> None:
        slow = Load(answers=10, rate=5.0, refused=0, failed=0, p50_ms=1.0, p99_ms=9.0, p999_ms=9.5)
        row = LoadComparison("staff", rest=LOAD, beside=slow, done=3, stolen=0.0, load=1.0)
        assert [bar.holds for bar in bars.staff_bars(row, is_promised=True)] == [False]
        assert [bar.holds for bar in bars.staff_bars(row, is_promised=False)] == [True]
        assert [bar.value for bar in bars.swap_bars(row)] == [5.5]

    @pytest.mark.parametrize(
        ("what", "ratio", "p99_ratio", "held"),
        [
            ("page", 0.17, 10.0, [True, True, True]),
            ("mix", 0.169, 10.1, [False, False, True]),
            ("go", 0.199, 5.1, [False, True, True]),
            ("sqlite", 0.28, 5.1, [True, False, True]),
            ("no ledger", 0.01, 99.0, [True, True, True]),
        ],
    )
    def test_prospects_have_limits_of_their_own(
        self, what: str, ratio: float, p99_ratio: float, held: list[bool]
    ) -> None:
        row = Comparison(
            what,
            64,
            ours_per_s=1.0,
            reference_per_s=1.0,
            ratios=(ratio,),
            core_ratio=0.1,
            p99_ms=1.0,
            p99_ratio=p99_ratio,
            answers=10,
            stolen=0.0,
            load=1.0,
        )
        assert [bar.holds for bar in bars.redirect_bars(row)] == held

    def test_difference_has_a_limit_for_each_partner(self) -> None:
        timings = DifferenceTimings(few_ms=20.1, all_ms=80.0)
        assert [bar.holds for bar in bars.difference_bars(timings)] == [False, True]


def test_stolen_cpu_time_is_a_share() -> None:
    assert CpuTimes(steal=30, total=1_000).stolen_since(CpuTimes(steal=10, total=500)) == pytest.approx(0.04)
