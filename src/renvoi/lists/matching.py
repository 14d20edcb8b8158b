"""How keywords match: a part of a text, a number, a moment. Each returns what `Column.matching` needs."""

import re
from collections.abc import Callable

from django.db.models import CharField, Q
from django.db.models.functions import Cast, Left, TruncMinute

from renvoi.domain.days.written import with_iso_days
from renvoi.domain.names.keys import fold

_NUMBER = re.compile(
    r"(?P<operator><=|>=|≤|≥|<|>|=)?\s*(?P<number>[0-9]{1,9})|(?P<low>[0-9]{1,9})\s*\.\.\s*(?P<high>[0-9]{1,9})"
)
_LOOKUPS = {"<": "lt", "<=": "lte", "≤": "lte", ">": "gt", ">=": "gte", "≥": "gte", "=": "exact", None: "exact"}
_THOUSANDS_SEPARATOR = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))|(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


# Folded, a character can become eighteen (U+FDFA), and SQLite refuses patterns of more than 50,000 bytes. No text that
# is searched is as long as this.
_LONGEST_PATTERN = 10_000


def contains(folded_field: str) -> Callable[[str], Q]:
    """Match a part of the text whose folded form is in that field."""
    return lambda keyword: Q(**{f"{folded_field}__contains": fold(keyword)[:_LONGEST_PATTERN]})


def is_number(field: str) -> Callable[[str], Q | None]:
    """Match `5`, `>5`, `<=5`, `2..9` or `10 000`."""

    def matching(keyword: str) -> Q | None:
        match = _NUMBER.fullmatch(_THOUSANDS_SEPARATOR.sub("", keyword.strip()))
        if match is None:
            return None
        if match["low"]:
            return Q(**{f"{field}__range": sorted((int(match["low"]), int(match["high"])))})
        return Q(**{f"{field}__{_LOOKUPS[match['operator']]}": int(match["number"])})

    return matching


_TIME = re.compile(r"\b(?P<hour>[0-9]{1,2}) ?h ?(?P<minute>[0-9]{2})\b")
_BEFORE_TIME = re.compile(r" (?:a|at) (?=[0-9])")
_PART_OF_MOMENT = re.compile(r"[0-9][0-9:-]*(?: [0-9:-]*)?")


_MINUTE_LENGTH = len("2026-12-03 14:05")


def moment_text(field: str) -> Left:
    """Return the moment in that field as `2026-12-03 14:05`, in the current time zone."""
    # Seconds would match a time that is no part of it: `5 h 00` in 14:05:00.
    return Left(Cast(TruncMinute(field), CharField()), _MINUTE_LENGTH)


def has_moment(text_field: str) -> Callable[[str], Q | None]:
    """Match a moment or a part of it: `2026-12-03 à 14 h 05`, `2026-12-03`, `12-03`, `December 2026`.

    `text_field` is an alias of `moment_text()`.
    """

    def matching(keyword: str) -> Q | None:
        folded = _BEFORE_TIME.sub(" ", with_iso_days(fold(keyword)))
        text = _TIME.sub(lambda time: f"{int(time['hour']):02}:{time['minute']}", folded)
        return Q(**{f"{text_field}__contains": text}) if _PART_OF_MOMENT.fullmatch(text) else None

    return matching
