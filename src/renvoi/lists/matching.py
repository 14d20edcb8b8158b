"""How keywords match: a part of a text, a number, a moment. Each returns what `Column.matching` needs."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import or_

from django.db.models import CharField, Q
from django.db.models.functions import Cast, Left, TruncMinute
from django.utils import timezone

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


# No record is older.
_FIRST_YEAR = 2020
_MINUTE_LENGTH = len("2026-12-03 14:05")


def moment_text(field: str) -> Left:
    """Return the moment in that field as `2026-12-03 14:05`, in the current time zone."""
    # Seconds would match a time that is no part of it: `5 h 00` in 14:05:00.
    return Left(Cast(TruncMinute(field), CharField()), _MINUTE_LENGTH)


def has_moment(field: str, text_field: str) -> Callable[[str], Q | None]:
    """Match a moment or a part of it: `2026-12-03 à 14 h 05`, `2026-12-03`, `12-03`, `December 2026`.

    `text_field` is an alias of `moment_text(field)`. The text is only computed for the moments of a day that matches,
    if the keyword has a day or a part of one.
    """

    def matching(keyword: str) -> Q | None:
        folded = _BEFORE_TIME.sub(" ", with_iso_days(fold(keyword)))
        text = _TIME.sub(lambda time: f"{int(time['hour']):02}:{time['minute']}", folded)
        if not _PART_OF_MOMENT.fullmatch(text):
            return None
        condition = Q(**{f"{text_field}__contains": text})
        day, _, time = text.partition(" ")
        # Other parts may be those of a time.
        if ":" in day or ("-" not in day and len(day) < len("2026")):
            return condition
        spans = [Q(**{f"{field}__gte": start, f"{field}__lt": end}) for start, end in _spans(day)]
        within = reduce(or_, spans, Q(pk__in=()))
        return within & condition if time else within

    return matching


def _spans(day: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of days whose YYYY-MM-DD contains that text, in the current time zone, up to the next year."""
    today = timezone.localdate()
    every = (date(_FIRST_YEAR, 1, 1) + timedelta(days=number) for number in range((today.year + 2 - _FIRST_YEAR) * 366))
    matching = [one for one in every if day in one.isoformat()]
    for _key, group in groupby(enumerate(matching), key=lambda pair: pair[1].toordinal() - pair[0]):
        days = [one for _, one in group]
        yield _midnight(days[0]), _midnight(days[-1] + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone())
