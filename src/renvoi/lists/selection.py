"""Parse which rows of a list are selected: some of them, or all matching rows except some."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet

from renvoi.lists.columns import Row

ALL = "all"
_MAX_IDS = 20_000


class Query(Protocol):
    """A parsed query string, such as Django's QueryDict."""

    def getlist(self, key: str) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected rows: those in `ids` or, if `is_all`, all that the listing matches except `ids`."""

    is_all: bool = False
    ids: frozenset[int] = frozenset()

    @classmethod
    def from_query(cls, query: Query) -> "Selection":
        """Parse the selection in a query string. Never fails: a wrong parameter is ignored.

        In an address it is `selected=<id>`…, or `selected=all` with `except=<id>`…. The list's form works without
        JavaScript, so it sends more: `shown` for each row on the page, since an unticked checkbox is not sent;
        `was=all` if all were selected before; `every=all` for the second checkbox for all, above the cards of narrow
        screens.
        """
        selected = query.getlist("selected")
        ticked, excluded, shown = _ids(selected), _ids(query.getlist("except")), _ids(query.getlist("shown"))
        if not shown:
            return cls(is_all=True, ids=excluded) if ALL in selected else cls(ids=ticked)
        boxes = (ALL in selected, ALL in query.getlist("every"))
        if ALL in query.getlist("was"):
            return cls(is_all=True, ids=excluded | (shown - ticked)) if all(boxes) else cls()
        return cls(is_all=True) if any(boxes) else cls(ids=ticked)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the query parameters of the selection. There are none for an empty one."""
        if self.is_all:
            return [("selected", ALL), *(("except", str(id_)) for id_ in sorted(self.ids))]
        return [("selected", str(id_)) for id_ in sorted(self.ids)]

    def holds(self, row_id: int) -> bool:
        """Return whether that row is selected, given that the listing matches it."""
        return (row_id in self.ids) != self.is_all

    def without(self, row_id: int) -> "Selection":
        """Return the selection without one that is no longer listed; the others stay as they are."""
        return Selection(is_all=self.is_all, ids=self.ids - {row_id})

    def among(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return the selected ones of a listing's rows, in the same order, not evaluated."""
        return rows.exclude(id__in=self.ids) if self.is_all else rows.filter(id__in=self.ids)

    def __bool__(self) -> bool:
        return self.is_all or bool(self.ids)


def _ids(texts: Iterable[str]) -> frozenset[int]:
    numbers = (int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19)
    return frozenset(number for number, _ in zip(numbers, range(_MAX_IDS), strict=False))


NOTHING = Selection()
