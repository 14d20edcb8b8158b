"""A cell of the grid in words, and the address of its simulation."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from renvoi.console.sentences import and_more
from renvoi.console.wording.decisions import KIND_ICONS
from renvoi.domain.places import Language
from renvoi.domain.routing import Decision, DecisionKind
from renvoi.partners.lists.grid import KINDS

_NAMED = 2


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell: its outcome in words, and the address of its simulation."""

    kind: DecisionKind
    language: Language
    icon: str
    words: str
    path: str


def shown_cell(cell: Decision) -> ShownCell:
    """Return a cell in the language of the page."""
    query = {"country": cell.country or "", "region": cell.region or "", "language": cell.language}
    path = urlencode({name: value for name, value in query.items() if value})
    names = [partner.name for partner in cell.partners]
    words = and_more(names, shown=_NAMED) if names else str(KINDS[cell.kind])
    return ShownCell(cell.kind, cell.language, KIND_ICONS[cell.kind], words, f"{reverse('console:simulation')}?{path}")
