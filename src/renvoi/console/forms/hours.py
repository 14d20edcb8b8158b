"""Read a time of day as people write it."""

import re
from datetime import time

_HOUR = re.compile(r"([01]?[0-9]|2[0-3]) ?(?:h|:|\.|$) ?([0-5][0-9])?(?::([0-5][0-9]))?", re.IGNORECASE)


def parse_hour(text: str) -> time | None:
    """Return the time of a text like 14:05, 14 h 05, 14h or 9; None for any other."""
    match = _HOUR.fullmatch(re.sub(r"\s+", " ", text.strip()))
    return time(int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None
