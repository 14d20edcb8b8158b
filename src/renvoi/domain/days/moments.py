"""Moments of a time zone's clocks, which are set forward and back: a time may be shown once, twice or never."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

YEARS = range(2, 9999)
"""Years in which every moment has a date in every time zone."""


def moments_of(local: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the moments, in UTC, at which clocks of the zone show a naive datetime; the earlier one first.

    Its year is one of YEARS. There is one moment; two where clocks are set back, none where they are set forward.
    """
    both = dict.fromkeys(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return tuple(sorted(at for at in both if at.astimezone(zone).replace(tzinfo=None) == local))


def shown_after_gap(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return between which naive datetimes clocks are set forward over one that they never show, to the second."""
    before, after = (local.replace(tzinfo=zone, fold=fold) for fold in (1, 0))
    # With fold=1 the offset is that of after the gap, which gives the earlier moment.
    low, high = int(before.timestamp()), int(after.timestamp())
    offset = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == offset else (low, middle)
    return _local(high, zone) - (_offset(high, zone) - offset), _local(high, zone)


def _offset(timestamp: int, zone: ZoneInfo) -> timedelta:
    return datetime.fromtimestamp(timestamp, tz=zone).utcoffset() or timedelta()


def _local(timestamp: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(timestamp, tz=zone).replace(tzinfo=None)
