"""Days as they are written out: « 3 décembre 2026 », “December 3, 2026”."""

import re
from collections.abc import Mapping

from renvoi.domain.names.keys import fold

_MONTHS: Mapping[str, int] = {
    name: number
    for names in (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "january february march april may june july august september october november december",
    )
    for number, name in enumerate(map(fold, names.split()), start=1)
}
_WRITTEN = re.compile(
    r"(?:(?P<day>[0-9]{1,2})(?:er)? )?"
    rf"\b(?P<month>{'|'.join(_MONTHS)})"
    r"(?: (?P<day_after>[0-9]{1,2}),?)? (?P<year>[0-9]{4})"
)


def with_iso_days(folded: str) -> str:
    """Return the folded text with each day, or month, that is written out as YYYY-MM-DD, or YYYY-MM."""
    return _WRITTEN.sub(_iso, folded)


def _iso(match: re.Match[str]) -> str:
    day = match["day"] or match["day_after"]
    month = f"{match['year']}-{_MONTHS[match['month']]:02}"
    return f"{month}-{int(day):02}" if day else month
