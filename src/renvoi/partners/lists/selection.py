"""Parse which rows of a list are selected: some of them, or all matching rows except some."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet

from renvoi.partners.models import Partner

ALL = "all"
_MAX_IDS = 20_000


class Query(Protocol):
    """A query string: django's QueryDict, or another that knows every value of a name."""

    def getlist(self, key: str) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """What is ticked: `ids`, or, where `is_all`, all that the listing matches but `ids`."""

    is_all: bool = False
    ids: frozenset[int] = frozenset()

    @classmethod
    def from_query(cls, query: Query) -> "Selection":
        """What a query string says is ticked. Total.

        In the address it is `selected=<id>`…, or `selected=all` with `except=<id>`…. The list's own form, which works
        without JavaScript, says more: `shown` for each row on the page, since a box that is not ticked is not sent;
        `was=all` where all was ticked before; and `every=all` for the second box for all, the one above the cards.
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
        """The selection as the address says it; nothing where nothing is ticked."""
        if self.is_all:
            return [("selected", ALL), *(("except", str(id_)) for id_ in sorted(self.ids))]
        return [("selected", str(id_)) for id_ in sorted(self.ids)]

    def holds(self, partner_id: int) -> bool:
        """Whether that row is ticked."""
        return (partner_id in self.ids) != self.is_all

    def among(self, partners: QuerySet[Partner]) -> QuerySet[Partner]:
        """Those of a listing's partners that are ticked, in the listing's order."""
        return partners.exclude(id__in=self.ids) if self.is_all else partners.filter(id__in=self.ids)

    def __bool__(self) -> bool:
        return self.is_all or bool(self.ids)


def _ids(texts: Iterable[str]) -> frozenset[int]:
    numbers = (int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19)
    return frozenset(number for number, _ in zip(numbers, range(_MAX_IDS), strict=False))


NOTHING = Selection()
