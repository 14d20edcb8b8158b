"""Define the ledger entry, the record of one counted response, and serialise it to a line of text and back.

A line has the twelve fields of `Entry` in order, separated by tabs, with `\\N` for None. Digests are computed over
lines, the spool stores them and PostgreSQL's COPY reads them. No field may contain a tab or a backslash.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.domain.routing import CountrySource, Decision, DecisionKind, Reason

Act = Literal["shown", "sent"]
"""The two events that are counted: a page was shown, or the visitor was sent to an address."""

RANDOM_BYTES = 10
"""Number of random bytes in one reference."""

FIELDS = (
    "ref",
    "at_ms",
    "act",
    "decision",
    "reason",
    "country",
    "region",
    "country_source",
    "language",
    "partner",
    "source",
    "generation",
)
NULL = "\\N"
"""How a line writes None: the null string of PostgreSQL's COPY."""
_CACHE_SIZE = 4096

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_REF = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TYPED_REF = re.compile(r"\W*(?:renvoi-ref\W*)?([0-9a-f-]{36})\W*", re.IGNORECASE)
_LONGEST_TYPED = 200
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_SOURCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,4}")  # only CI-ZZZZ has four
_CHOICES: dict[str, frozenset[str]] = {
    "act": frozenset(get_args(Act)),
    "decision": frozenset(get_args(DecisionKind)),
    "reason": frozenset(get_args(Reason)),
    "country_source": frozenset(get_args(CountrySource)),
    "language": frozenset(get_args(Language)),
}
_PATTERNS = {
    "ref": _REF,
    "at_ms": _NUMBER,
    "country": _COUNTRY,
    "region": _REGION,
    "partner": _NUMBER,
    "source": _SOURCE,
    "generation": _NUMBER,
}
_NULLABLE = frozenset({"country", "region", "partner", "source"})


class EntryRefused(ValueError):
    """A line is not a valid ledger entry. The message names the field."""


class Entry(NamedTuple):
    """One counted response. No field identifies the visitor.

    `ref` is a lowercase UUIDv7. `at_ms` is the time in milliseconds since the Unix epoch, equal to the timestamp in
    `ref`. `partner` is a partner's id, or None unless the response concerns exactly one partner. `source` is the value
    of the operator's `?src=` query parameter.
    """

    ref: str
    at_ms: int
    act: Act
    decision: DecisionKind
    reason: Reason
    country: CountryCode | None
    region: RegionCode | None
    country_source: CountrySource
    language: Language
    partner: int | None
    source: str | None
    generation: int

    @property
    def at(self) -> datetime:
        """The time as an aware datetime in UTC."""
        return _EPOCH + timedelta(milliseconds=self.at_ms)


def parse_ref(text: str) -> str | None:
    """Return the reference that was copied or typed, with the header's name before it or without; None if it is none.

    White space, case and surrounding punctuation do not matter.
    """
    match = _TYPED_REF.fullmatch(text) if len(text) <= _LONGEST_TYPED else None
    ref = match[1].lower() if match else ""
    return ref if _REF.fullmatch(ref) else None


def make_ref(*, at_ms: int, random_bytes: bytes) -> str:
    """Return a lowercase UUIDv7 (RFC 9562) with that timestamp; `random_bytes` has RANDOM_BYTES bytes."""
    random = random_bytes.hex()
    return f"{_time_of_ref(at_ms)}{random[:3]}-{_VARIANT[random[3]]}{random[4:7]}-{random[7:19]}"


@lru_cache(maxsize=16)
def _time_of_ref(at_ms: int) -> str:
    """Return how a reference begins: its time and its version. Many begin alike within a millisecond."""
    time = f"{at_ms:012x}"
    return f"{time[:8]}-{time[8:]}-7"


EntryFields = tuple[
    Act,
    DecisionKind,
    Reason,
    CountryCode | None,
    RegionCode | None,
    CountrySource,
    Language,
    int | None,
    str | None,
    int,
]
"""The fields of an entry without `ref` and `at_ms`: equal for all entries of the same response."""


def fields_of(decision: Decision, *, act: Act, country_source: CountrySource, source: str = "") -> EntryFields:
    """Return the entry fields of a decision. An empty `source` becomes None.

    The country source is "unknown" if the decision has no country.
    """
    partners = decision.partners
    return (
        act,
        decision.kind,
        decision.reason,
        decision.country,
        decision.region,
        country_source if decision.country else "unknown",
        decision.language,
        partners[0].id if len(partners) == 1 else None,
        source or None,
        decision.generation,
    )


def entry_at(at: datetime, fields: EntryFields, *, random_bytes: bytes) -> Entry:
    """Return the entry of a response at an aware datetime; `random_bytes` has RANDOM_BYTES bytes."""
    at_ms = (at - _EPOCH) // _MILLISECOND
    return Entry._make((make_ref(at_ms=at_ms, random_bytes=random_bytes), at_ms, *fields))


def serialise_entry(entry: Entry) -> str:
    """Return the line of an entry, without a line end."""
    return f"{entry[0]}\t{entry[1]}\t{_serialise(entry[2:])}"


@lru_cache(maxsize=_CACHE_SIZE)
def _serialise(fields: tuple[object, ...]) -> str:
    """Serialise all fields but `ref` and `at_ms`. Cached, because few combinations of the other fields occur."""
    return "\t".join(NULL if value in (None, "") else str(value) for value in fields)


def parse_entry(line: str) -> Entry:
    """Parse a line that `serialise_entry` returned. Raises EntryRefused for anything else."""
    texts = line.split("\t")
    if len(texts) != len(FIELDS):
        raise EntryRefused(f"an entry has {len(FIELDS)} fields, not {len(texts)}")
    for name, text in zip(FIELDS, texts, strict=True):
        if not _is_valid(name, text):
            raise EntryRefused(f"{text[:80]!r} is no {name}")
    numbers = {"at_ms", "partner", "generation"}
    values: list[Any] = [
        None if text == NULL else int(text) if name in numbers else text
        for name, text in zip(FIELDS, texts, strict=True)
    ]
    entry = Entry(*values)
    if int(entry.ref[:8] + entry.ref[9:13], 16) != entry.at_ms:
        raise EntryRefused("the moment of an entry is not that of its reference")
    return entry


def entry_as_dict(entry: Entry) -> dict[str, str | int | None]:
    """Return the entry as JSON types: `FIELDS`, with `at` (ISO 8601, UTC) in place of `at_ms`."""
    values = dict(zip(FIELDS, entry, strict=True))
    at = entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {("at" if name == "at_ms" else name): (at if name == "at_ms" else value) for name, value in values.items()}


def _is_valid(name: str, text: str) -> bool:
    if text == NULL:
        return name in _NULLABLE
    choices = _CHOICES.get(name)
    if choices is not None:
        return text in choices
    return _PATTERNS[name].fullmatch(text) is not None
