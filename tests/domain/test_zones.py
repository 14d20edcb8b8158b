"""Time zones by stored name: known, retired, and known to nobody."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib.resources import files
from zoneinfo import available_timezones

import pytest

from renvoi.domain.days.zones import is_known_zone, known_name, zone_of
from renvoi.domain.table import operator_day

LATE = datetime(2026, 11, 29, 3, 30, tzinfo=UTC)
"""The evening before in Toronto, and the same day in UTC."""
_WITHOUT_OLD_NAMES = """
import sys, zoneinfo
sys.modules["tzdata"] = None
from renvoi.domain.days.zones import is_known_zone, zone_of
print(is_known_zone("America/Montreal"), *(zone_of(name).key for name in ("America/Montreal", "US/Eastern", "Nowhere")))
"""


@pytest.mark.parametrize("name", sorted(available_timezones()))
def test_known_zone_is_itself(name: str) -> None:
    assert (is_known_zone(name), known_name(name), zone_of(name).key) == (True, name, name)


@pytest.mark.parametrize(("name", "current"), [("US/Pacific-New", "America/Los_Angeles")])
def test_retired_name_is_that_of_the_same_zone(name: str, current: str) -> None:
    assert not is_known_zone(name)
    assert known_name(name) == zone_of(name).key == current


@pytest.mark.parametrize(
    "name", ["", " ", "Mars/Olympus", "America", "america/toronto ", "/etc/passwd", "../UTC", "a\0b", "é", "x" * 10_000]
)
def test_unknown_name_is_utc(name: str) -> None:
    assert known_name(name) is None
    assert zone_of(name).key == "UTC"
    assert operator_day(LATE, time_zone=name) == date(2026, 11, 29)


def test_old_name_on_a_machine_without_old_names(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As Debian installs them since its release 13: without the package tzdata-legacy."""
    folder = tmp_path_factory.mktemp("zoneinfo")
    for name in ("America/Toronto", "America/New_York", "UTC"):
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(_content_of(name))
    result = subprocess.run(
        [sys.executable, "-c", _WITHOUT_OLD_NAMES],
        env=os.environ | {"PYTHONTZPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "False America/Toronto America/New_York UTC\n"


def _content_of(name: str) -> bytes:

    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
