"""Which rows a question is about: their ids and versions as the text of a hidden field, and what changed since.

A confirmation sends the text back, so that it never acts on rows, or on states of them, that it did not ask about
(ADR 28). The rows are of any model with an integer `id` and a `version`.
"""

import hashlib
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

_MAX_BYTES = 4_000_000
_MAX_NUMBER = 2**63
_BATCH_SIZE = 500
_MANY_EXPORTED = 5_000
_PRIME = 65_521


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about: id → version of each row, and a digest of the consequences that it names.

    An export of very many rows has `many` instead of versions: their number, and sums over their ids.
    """

    versions: Mapping[int, int]
    consequences: str = ""
    many: str = ""

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self.many.partition("-")[0]) if self.many else len(self.versions)

    @classmethod
    def about(cls, rows: QuerySet[Any]) -> "Asked":
        """Return what a question about these rows, which names no consequences, is about. One query."""
        return cls(versions=dict(rows.order_by().values_list("id", "version")))

    def with_consequences(self, consequences: Iterable[object]) -> "Asked":
        """Return what the question is about if it names these consequences; their texts tell them apart."""
        text = " ".join(str(consequence) for consequence in consequences)
        return replace(self, consequences=hashlib.sha256(text.encode()).hexdigest()[:16] if text else "")

    @classmethod
    def to_export(cls, rows: QuerySet[Any]) -> "Asked":
        """Return what a question about the export of these rows is about, in flat memory. Two queries at most.

        Over 5,000 rows are not told apart: reading their ids would take longer than the beginning of their file.
        """
        remainder = F("id") % _PRIME
        sums = rows.order_by().aggregate(count=Count("id"), ids=Sum("id"), squares=Sum(remainder * remainder))
        if sums["count"] > _MANY_EXPORTED:
            return cls(versions={}, many=f"{sums['count']}-{sums['ids']}-{sums['squares']}")
        return cls.about(rows)

    @classmethod
    def parse(cls, text: str) -> "Asked | None":
        """Parse the text of the hidden field; None if it is none."""
        packed, _, rest = text.partition(".")
        consequences, _, many = rest.partition(".")
        if many and not re.fullmatch(r"[0-9]{1,9}-[0-9]{1,18}-[0-9]{1,18}", many):
            return None
        try:
            inflating = zlib.decompressobj()
            content = inflating.decompress(urlsafe_b64decode(packed), _MAX_BYTES).decode("ascii")
            numbers = [int(number) for number in content.split()]
        except (ValueError, zlib.error):
            return None
        if not inflating.eof or len(numbers) % 2 or any(not 0 <= number < _MAX_NUMBER for number in numbers):
            return None
        return cls(versions=dict(_from_differences(numbers)), consequences=consequences, many=many)

    def __str__(self) -> str:
        """The text of the hidden field: the differences between sorted ids are small, so that it is short."""
        numbers: list[int] = []
        previous = 0
        for id_, version in sorted(self.versions.items()):
            numbers += (id_ - previous, version)
            previous = id_
        packed = zlib.compress(" ".join(map(str, numbers)).encode())
        text = f"{urlsafe_b64encode(packed).decode()}.{self.consequences}"
        return f"{text}.{self.many}" if self.many else text


def _from_differences(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    id_ = 0
    for difference, version in zip(numbers[::2], numbers[1::2], strict=True):
        id_ = min(id_ + difference, _MAX_NUMBER - 1)
        yield id_, version


@dataclass(frozen=True, slots=True)
class Difference:
    """How the rows differ from those that were asked about: their names, in alphabetical order.

    `gone` are no longer selected, `deleted` are in the trash, `changed` have another version. `missing` are the ids of
    those that no row has any more.
    """

    came: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()


def difference_between(before: Mapping[int, int], now: Mapping[int, int], *, rows: QuerySet[Any]) -> Difference:
    """Return how the rows `now` differ from those `before`; both map ids to versions.

    `rows` are all there are, selected or not, with the fields `name`, `name_sort` (its folded key) and `is_deleted`.
    """
    gone = before.keys() - now.keys()
    changed = {id_ for id_ in before.keys() & now.keys() if before[id_] != now[id_]}
    came = now.keys() - before.keys()
    named = sorted(_named(came | gone | changed, rows))
    present = {id_ for _, id_, _, _ in named}
    return Difference(
        came=tuple(name for _, id_, name, _ in named if id_ in came),
        gone=tuple(name for _, id_, name, is_deleted in named if id_ in gone and not is_deleted),
        deleted=tuple(name for _, id_, name, is_deleted in named if id_ in gone and is_deleted),
        changed=tuple(name for _, id_, name, _ in named if id_ in changed),
        missing=tuple(sorted(gone - present)),
    )


def _named(ids: Iterable[int], rows: QuerySet[Any]) -> Iterable[tuple[str, int, str, bool]]:
    """Yield (sort key, id, name, whether it is deleted) of each of these rows, in batches."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _BATCH_SIZE):
        batch = rows.filter(id__in=ordered[start : start + _BATCH_SIZE])
        yield from batch.values_list("name_sort", "id", "name", "is_deleted")


def parse_count(text: str) -> int | None:
    """Return the number of rows that was typed, `312` or `10 000` or `10,000`; None if it is no number."""
    digits = "".join(text.split()).replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
