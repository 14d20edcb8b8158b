"""Define a wish and its line in the spool, and the counts into which the ledger adds wishes.

A line has the word `wish` and the four fields of `Wish`, separated by tabs. The first field of an entry's line is a
reference, so the two can't be confused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, get_args
from uuid import uuid4

from renvoi.domain.ledger_entry import Entry, EntryRefused, parse_entry, serialise_entry
from renvoi.domain.places import CountryCode, Language

LAST_WEEK = "9999-W52"
"""As late as any week."""
REF_WEEKS = 13
"""For how many weeks before the latest one the ledger remembers the references of wishes."""

_MARK = "wish"
_REF = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGES = frozenset(get_args(Language))


class Wish(NamedTuple):
    """One visitor's wish. `week` is an ISO week in UTC, such as "2026-W48".

    `ref` is a random lowercase UUID without a time. It leaves this machine for the database only, and prevents that a
    wish is counted twice when the spool is replayed.
    """

    ref: str
    week: str
    country: CountryCode
    language: Language


@dataclass(frozen=True, slots=True)
class WishCount:
    """How many visitors of a country and a language would have used the service in a week."""

    week: str
    country: CountryCode
    language: Language
    count: int


Record = Entry | Wish
"""What one line of the spool holds."""


def make_wish(country: CountryCode, language: Language, *, at: datetime) -> Wish:
    """Return a new wish, made at a moment (aware)."""
    return Wish(str(uuid4()), week_of(at), country, language)


def week_of(at: datetime) -> str:
    """Return the ISO week in which a moment (aware) lies, in UTC."""
    return _week_of_day(at.astimezone(UTC).date())


def is_week(text: str) -> bool:
    """Return whether a text names an ISO week that exists, as `week_of` writes it."""
    return _monday_of(text) is not None


def first_ref_week(week: str) -> str:
    """Return the first week whose references are still needed in this one. Weeks sort as texts do."""
    monday = _monday_of(week)
    if monday is None or monday - date.min < timedelta(weeks=REF_WEEKS):
        return week
    return _week_of_day(monday - timedelta(weeks=REF_WEEKS))


def serialise_record(record: Record) -> str:
    """Return the line of an entry or a wish, without a line end."""
    return "\t".join((_MARK, *record)) if isinstance(record, Wish) else serialise_entry(record)


def parse_record(line: str) -> Record:
    """Parse a line that `serialise_record` returned. Raises EntryRefused for anything else."""
    mark, *fields = line.split("\t")
    return _parse_wish(fields) if mark == _MARK else parse_entry(line)


def count_faults(counts: Sequence[tuple[object, ...]], refs_by_week: Sequence[tuple[str, int]]) -> list[str]:
    """Return a sentence for each count that can't be as it was written.

    `counts` are the rows as stored. In recent weeks there is one reference for each wish that was counted.
    """
    faults, by_week = [], dict[str, int]()
    for week, country, language, count in counts:
        if not _is_sound(week, country, language, count):
            faults.append(f"The count of wishes of {country} in {week} is not as it was written.")
        elif isinstance(count, int):
            by_week[str(week)] = by_week.get(str(week), 0) + count
    refs = dict(refs_by_week)
    since = first_ref_week(max(by_week)) if by_week else ""
    weeks = [(week, by_week.get(week, 0), refs.get(week, 0)) for week in sorted({*by_week, *refs}) if week >= since]
    differing = [(week, count, written) for week, count, written in weeks if count != written]
    return [
        *faults,
        *(f"The wishes of {week} are {count}, but {written} were written." for week, count, written in differing),
    ]


def _is_sound(week: object, country: object, language: object, count: object) -> bool:
    is_named = is_week(str(week)) and _COUNTRY.fullmatch(str(country)) is not None and language in _LANGUAGES
    return is_named and isinstance(count, int) and count > 0


def _parse_wish(fields: Sequence[str]) -> Wish:
    if len(fields) != len(Wish._fields):
        raise EntryRefused(f"a wish has {len(Wish._fields)} fields, not {len(fields)}")
    ref, week, country, language = fields
    if not (_REF.fullmatch(ref) and is_week(week) and _COUNTRY.fullmatch(country) and language in _LANGUAGES):
        raise EntryRefused(f"{' '.join(fields)[:80]!r} is no wish")
    return Wish(ref, week, CountryCode(country), "fr" if language == "fr" else "en")


def _week_of_day(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def _monday_of(text: str) -> date | None:
    match = _WEEK.fullmatch(text)
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None
