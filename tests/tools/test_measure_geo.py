"""The measurement of lookups in country data notices wrong answers and slow lookups."""

from dataclasses import replace
from pathlib import Path

import pytest

from renvoi.geo import conversion
from renvoi.geo.formats.boundaries import Boundaries
from renvoi.geo.formats.ranges import RangesFile
from tools import measure_geo
from tools.measure_geo import Figures, main, measure, write_city_database

FIGURES = Figures(
    megabytes=1.0,
    ranges=10,
    conversion_s=0.1,
    memory_mb=40.0,
    lookups=10,
    wrong=0,
    lookup_ns=1_000.0,
    text_ns=2_000.0,
    parse_ns=4_000.0,
)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file, converted in this process and without the comparison, so that a planted fault comes through."""
    monkeypatch.setattr(conversion, "SMALL_BYTES", 1 << 30)
    monkeypatch.setattr(conversion, "compare", lambda *_: None)
    monkeypatch.setattr(measure_geo, "_TIMED", 1_000)
    return write_city_database(tmp_path / "city.mmdb", networks=2_000)


def test_all_lookups_are_right(city: Path, tmp_path: Path) -> None:
    assert measure(city, tmp_path, lookups=30_000).wrong == 0


def test_boundaries_that_are_late_are_noticed(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Boundaries._begin
    monkeypatch.setattr(Boundaries, "_begin", lambda self, first, code: begin(self, first and first + 1, code))
    assert measure(city, tmp_path, lookups=10_000).wrong > 100


def test_text_with_another_answer_is_noticed(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RangesFile, "country_of_text", lambda *_: None)
    assert measure(city, tmp_path, lookups=10_000).wrong > 100


@pytest.mark.parametrize(
    ("changes", "holds"),
    [({}, True), ({"wrong": 1}, False), ({"lookup_ns": 1_001.0}, False), ({"text_ns": 2_001.0}, False)],
)
def test_limits(changes: dict[str, int], *, holds: bool) -> None:
    assert replace(FIGURES, **changes).holds is holds


def test_command_reports_the_figures(capsys: pytest.CaptureFixture[str], city: Path) -> None:
    assert main(["--file", str(city), "--lookups", "2000"]) in (0, 1)
    assert "2,000 lookups, 0 of them wrong" in capsys.readouterr().out
