"""Hides the form of a ledger entry: what is kept of one counted answer, as a value and as a line of text.

The line is the twelve fields in the order of `Entry`, parted by tabs, `\\N` standing for None. It is what digests are
made over, what the spool holds and what PostgreSQL's COPY reads; no field may hold a tab or a backslash.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.domain.routing import CountrySource, Decision, DecisionKind, Reason

Act = Literal["shown", "sent"]
"""What is counted: a page shown, or a visitor sent away. Nothing else is."""

RANDOM_BYTES = 10
"""How much chance one reference takes."""

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
_REMEMBERED = 4096

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_REF = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_SOURCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,4}")  # four in CI-ZZZZ alone
_CLOSED: dict[str, frozenset[str]] = {
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
_MAY_BE_NONE = frozenset({"country", "region", "partner", "source"})


class EntryRefused(ValueError):
    """A line is no ledger entry. The message names the field."""


class Entry(NamedTuple):
    """One counted answer. Nothing in it says who the visitor was.

    `ref` is a UUIDv7 in lowercase, `at_ms` the moment in milliseconds since 1970 (UTC), the same that is in `ref`;
    `partner` is None unless the answer concerns exactly one; `source` is the operator's own `?src=`.
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
        """The moment, aware, in UTC."""
        return _EPOCH + timedelta(milliseconds=self.at_ms)


def make_ref(*, at_ms: int, random_bytes: bytes) -> str:
    """The UUIDv7 (RFC 9562) of a moment, in lowercase; `random_bytes` is RANDOM_BYTES of randomness."""
    moment, drawn = f"{at_ms:012x}", random_bytes.hex()
    return f"{moment[:8]}-{moment[8:]}-7{drawn[:3]}-{_VARIANT[drawn[3]]}{drawn[4:7]}-{drawn[7:19]}"


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
"""What all entries have in common that one answer leaves: all of an entry but its reference and its moment."""


def fields_of(decision: Decision, *, act: Act, country_source: CountrySource, source: str = "") -> EntryFields:
    """The fields of an answer's entries. An empty `source` is None; a country that is not known has no source."""
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
    """The entry for an answer given at a moment (aware); `random_bytes` is RANDOM_BYTES of randomness."""
    at_ms = (at - _EPOCH) // _MILLISECOND
    return Entry(make_ref(at_ms=at_ms, random_bytes=random_bytes), at_ms, *fields)


def serialise_entry(entry: Entry) -> str:
    """The line of an entry, without its end."""
    return f"{entry[0]}\t{entry[1]}\t{_serialise(entry[2:])}"


@lru_cache(maxsize=_REMEMBERED)
def _serialise(fields: tuple[object, ...]) -> str:
    """All but the reference and the moment: entries differ in little else."""
    return "\t".join(NULL if value in (None, "") else str(value) for value in fields)


def parse_entry(line: str) -> Entry:
    """The entry that `serialise_entry` wrote. Raises EntryRefused for anything else."""
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
    """The entry as JSON's own types, for programs: the moment in ISO 8601, the rest as in `FIELDS`."""
    values = dict(zip(FIELDS, entry, strict=True))
    at = entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {("at" if name == "at_ms" else name): (at if name == "at_ms" else value) for name, value in values.items()}


def _is_valid(name: str, text: str) -> bool:
    if text == NULL:
        return name in _MAY_BE_NONE
    closed = _CLOSED.get(name)
    if closed is not None:
        return text in closed
    return _PATTERNS[name].fullmatch(text) is not None
