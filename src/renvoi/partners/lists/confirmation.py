"""Which partners a question is about: their ids and versions as the text of a hidden field, and what changed since.

A confirmation sends the text back, so that it never acts on partners, or on states of them, that it did not ask about
(ADR 28).
"""

import hashlib
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, F, QuerySet, Sum

from renvoi.partners.consequences import Loss
from renvoi.partners.models import Partner

_MAX_BYTES = 4_000_000
_MAX_NUMBER = 2**63
_BATCH_SIZE = 500
_MANY_EXPORTED = 5_000
_PRIME = 65_521
_MANY_PARTNERS = 25
_MANY_COUNTRIES = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about: partner id → version, and a digest of the losses that it names.

    An export of very many partners has `many` instead of versions: their number, and sums over their ids.
    """

    versions: Mapping[int, int]
    losses: str = ""
    many: str = ""

    @property
    def count(self) -> int:
        """Number of partners."""
        return int(self.many.partition("-")[0]) if self.many else len(self.versions)

    @classmethod
    def about(cls, partners: QuerySet[Partner]) -> "Asked":
        """Return what a question about these partners, which names no losses, is about. One query."""
        return cls(versions=dict(partners.order_by().values_list("id", "version")))

    def with_losses(self, losses: Sequence[Loss]) -> "Asked":
        """Return what the question is about if it names these losses."""
        return replace(self, losses=self.digest_of(losses))

    @classmethod
    def to_export(cls, partners: QuerySet[Partner]) -> "Asked":
        """Return what a question about the export of these partners is about, in flat memory. Two queries at most.

        Over 5,000 partners are not told apart: reading their ids would take longer than the beginning of their file.
        """
        remainder = F("id") % _PRIME
        sums = partners.order_by().aggregate(count=Count("id"), ids=Sum("id"), squares=Sum(remainder * remainder))
        if sums["count"] > _MANY_EXPORTED:
            return cls(versions={}, many=f"{sums['count']}-{sums['ids']}-{sums['squares']}")
        return cls.about(partners)

    @staticmethod
    def digest_of(losses: Sequence[Loss]) -> str:
        """Return a short digest of the losses that a question names; empty if it names none."""
        text = " ".join(f"{loss.country}-{loss.language or ''}" for loss in losses)
        return hashlib.sha256(text.encode()).hexdigest()[:16] if losses else ""

    @classmethod
    def parse(cls, text: str) -> "Asked | None":
        """Parse the text of the hidden field; None if it is none."""
        packed, _, rest = text.partition(".")
        losses, _, many = rest.partition(".")
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
        return cls(versions=dict(_from_differences(numbers)), losses=losses, many=many)

    def __str__(self) -> str:
        """The text of the hidden field: the differences between sorted ids are small, so that it is short."""
        numbers: list[int] = []
        previous = 0
        for id_, version in sorted(self.versions.items()):
            numbers += (id_ - previous, version)
            previous = id_
        packed = zlib.compress(" ".join(map(str, numbers)).encode())
        text = f"{urlsafe_b64encode(packed).decode()}.{self.losses}"
        return f"{text}.{self.many}" if self.many else text


def _from_differences(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    id_ = 0
    for difference, version in zip(numbers[::2], numbers[1::2], strict=True):
        id_ = min(id_ + difference, _MAX_NUMBER - 1)
        yield id_, version


@dataclass(frozen=True, slots=True)
class Difference:
    """How the partners differ from those that were asked about: their names, in alphabetical order.

    `gone` are no longer selected, `deleted` are in the trash, `changed` have another version.
    """

    came: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def difference_between(before: Mapping[int, int], now: Mapping[int, int]) -> Difference:
    """Return how the partners `now` differ from those `before`; both map ids to versions."""
    gone = before.keys() - now.keys()
    changed = {id_ for id_ in before.keys() & now.keys() if before[id_] != now[id_]}
    came = now.keys() - before.keys()
    rows = sorted(_rows(came | gone | changed))
    return Difference(
        came=tuple(name for _, id_, name, _ in rows if id_ in came),
        gone=tuple(name for _, id_, name, is_trashed in rows if id_ in gone and not is_trashed),
        deleted=tuple(name for _, id_, name, is_trashed in rows if id_ in gone and is_trashed),
        changed=tuple(name for _, id_, name, _ in rows if id_ in changed),
    )


def _rows(ids: Iterable[int]) -> Iterable[tuple[str, int, str, bool]]:
    """Yield (sort key, id, name, whether it is in the trash) of each partner, in batches."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _BATCH_SIZE):
        partners = Partner.objects.filter(id__in=ordered[start : start + _BATCH_SIZE])
        for id_, name, name_sort, trashed_at in partners.values_list("id", "name", "name_sort", "trashed_at"):
            yield name_sort, id_, name, trashed_at is not None


def is_large(*, count: int, losses: Sequence[Loss]) -> bool:
    """Return whether a step that changes `count` partners must be confirmed by typing their number (ADR 28).

    It changes as many partners as a page of the list shows, or many countries lose their last partner. A step on one
    partner is never large.
    """
    countries = sum(loss.language is None for loss in losses)
    return count >= _MANY_PARTNERS or (count > 1 and countries >= _MANY_COUNTRIES)


def parse_count(text: str) -> int | None:
    """Return the number of partners that was typed, `312` or `10 000` or `10,000`; None if it is no number."""
    digits = "".join(text.split()).replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
