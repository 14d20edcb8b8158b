"""Moments of clocks that are set forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.days.moments import moments_of, shown_after_gap

TORONTO, LORD_HOWE, APIA = (ZoneInfo(name) for name in ("America/Toronto", "Australia/Lord_Howe", "Pacific/Apia"))


def clock(text: str) -> datetime:
    """Return what clocks show."""
    return datetime.fromisoformat(text)


MINUTES = st.integers(0, 366 * 24 * 60).map(lambda minutes: clock("2026-01-01 00:00:00") + timedelta(minutes=minutes))


def test_ordinary_time_is_shown_once() -> None:
    assert moments_of(clock("2026-11-23 12:00:00"), TORONTO) == (datetime(2026, 11, 23, 17, tzinfo=UTC),)


def test_time_after_clocks_are_set_back_is_shown_twice() -> None:
    assert moments_of(clock("2026-11-01 01:30:00"), TORONTO) == (
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("local", "zone", "begin", "end"),
    [
        (clock("2026-03-08 02:00:00"), TORONTO, clock("2026-03-08 02:00:00"), clock("2026-03-08 03:00:00")),
        (clock("2026-03-08 02:59:59"), TORONTO, clock("2026-03-08 02:00:00"), clock("2026-03-08 03:00:00")),
        (clock("2026-10-04 02:15:00"), LORD_HOWE, clock("2026-10-04 02:00:00"), clock("2026-10-04 02:30:00")),
        # A whole day was left out.
        (clock("2011-12-30 12:00:00"), APIA, clock("2011-12-30 00:00:00"), clock("2011-12-31 00:00:00")),
    ],
)
def test_time_over_which_clocks_are_set_forward_is_never_shown(
    local: datetime, zone: ZoneInfo, begin: datetime, end: datetime
) -> None:
    assert moments_of(local, zone) == ()
    assert shown_after_gap(local, zone) == (begin, end)


@given(local=MINUTES, zone=st.sampled_from([TORONTO, LORD_HOWE, APIA]))
def test_each_moment_is_shown_as_that_time(local: datetime, zone: ZoneInfo) -> None:
    moments = moments_of(local, zone)
    assert list(moments) == sorted(set(moments))
    assert {at.astimezone(zone).replace(tzinfo=None) for at in moments} <= {local}
    if not moments:
        begin, end = shown_after_gap(local, zone)
        assert begin <= local < end
