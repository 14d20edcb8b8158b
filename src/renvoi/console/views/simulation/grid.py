"""The page « Grille »: what the prospects of all countries would get, as a table or a map, and its exports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.http import require_http_methods, require_safe

from renvoi.console.forms.documents import Document, Wanted
from renvoi.console.forms.file_choices import chosen_file, file_response
from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.sentences import current_language
from renvoi.console.views.simulation.world_map import shown_map
from renvoi.console.wording.cells import ShownCell, shown_cell
from renvoi.console.wording.decisions import KIND_ICONS
from renvoi.domain.places import LANGUAGES, Language
from renvoi.domain.routing import Decision, DecisionKind
from renvoi.downloads.models import Download
from renvoi.exports.table import Table
from renvoi.partners.figures import figure
from renvoi.partners.lists.grid import KINDS, GridFilter, grid_of, grid_table, place_label, place_of
from renvoi.partners.lists.printed import Printing
from renvoi.partners.routing_table import newest_table

_MAP = "map"
_BYTES_OF_ROW = 250


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A row: a place, and its cell in each language that is shown; None for one that the filter leaves out."""

    name: str
    code: str
    is_region: bool
    cells: tuple[ShownCell | None, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A kind of decision: how many cells of the language and the places shown have it, and the address of these."""

    kind: DecisionKind
    icon: str
    label: str
    count: str
    path: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address of the page says: the filter, and whether its cells are shown on the map."""

    typed: GridFilter
    on_map: bool

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "Chosen":
        """Return the choices of a query string. What is not understood is the table, or filters nothing."""
        return cls(GridFilter.parse(query), query.get("view") == _MAP)

    @property
    def filter(self) -> GridFilter:
        """The filter of the cells that are shown. The map is of one language: without a choice, that of the page."""
        return replace(self.typed, language=self.typed.language or current_language()) if self.on_map else self.typed

    def query(self, **changes: Any) -> str:
        """Return the canonical query string of this view with another filter."""
        query = replace(self.filter, **changes).query()
        return f"view={_MAP}&{query}" if self.on_map else query


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the cells that match. At most two queries for them, whatever the number of partners."""
    chosen, grid = Chosen.parse(request.GET.dict()), _grid()
    shown = chosen.filter.select(grid)
    languages = [chosen.filter.language] if chosen.filter.language else list(LANGUAGES)
    rows = [cell for cell in shown if cell.region] if chosen.on_map else shown
    context: dict[str, Any] = {
        "chosen": chosen.filter,
        "is_filtered": bool(replace(chosen.filter, language=None if chosen.on_map else chosen.typed.language).query()),
        "map": shown_map(shown) if chosen.on_map else None,
        "languages": languages,
        "places": shown_places(rows, languages),
        "outcomes": _outcomes(chosen, grid),
        "everything_path": _path(Chosen(GridFilter(), chosen.on_map).query(language=None)),
        "all_path": _path(chosen.query(outcome=None)),
        "table_path": _path(chosen.typed.query()),
        "map_path": _path(Chosen(chosen.typed, on_map=True).query(language=chosen.typed.language)),
        "count": _count(shown),
        "list_query": chosen.query(),
    }
    return render(request, "console/simulation/grid.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: StaffRequest) -> HttpResponseBase:
    """GET: show the choices, in a window for htmx and on a page otherwise. POST: stream the cells that match."""
    typed, chosen = read_typed(request) or QueryDict(), _read_chosen(request)
    shown, path = chosen.filter.select(_grid()), _path(chosen.query())
    if request.method == "POST" and shown:
        return _file(request, shown, list_path=path)
    context = {
        "title": _("Export the grid to a file"),
        "file_name": typed.get("file_name", "Grid.csv"),
        "format": typed.get("format", "csv"),
        "separator": typed.get("separator", request.user.csv_separator),
        "action": request.path,
        "count": len(shown),
        "list_query": chosen.query(),
        "list_path": path,
        "list_title": _("Grid"),
    }
    return render(request, "console/simulation/export.html", context)


def printed_grid(download: Download) -> Table:
    """Return the table for print of a download. Its query is that of the filter."""
    printing = Printing.now(download.language)
    chosen = GridFilter.parse(QueryDict(download.query).dict())
    with override(printing.language):
        grid = chosen.select(_grid())
        selection = ", ".join([_counted(len(grid)), *chosen.in_words()])
        return printing.in_rows(grid_table(grid, language=printing.language), selection=selection)


def shown_places(cells: Sequence[Decision], languages: Sequence[Language]) -> list[ShownPlace]:
    """Return the rows of these cells, which are in the order of their places."""
    rows = []
    for place, group in groupby(cells, key=place_of):
        by_language = {cell.language: shown_cell(cell) for cell in group}
        country, region = place
        rows.append(
            ShownPlace(
                name=place_label(place, language=current_language()),
                code=region or country,
                is_region=region is not None,
                cells=tuple(by_language.get(language) for language in languages),
            )
        )
    return rows


def _read_chosen(request: StaffRequest) -> Chosen:
    typed = read_typed(request) or QueryDict()
    return Chosen.parse(QueryDict(typed.get("list") or request.GET.get("list", "")).dict())


def _wanted(request: StaffRequest) -> Wanted:
    chosen = _read_chosen(request)
    count = len(chosen.filter.select(_grid()))
    return Wanted(query=chosen.filter.query(), list_query=chosen.query(), count=count)


def _counted(count: int) -> str:
    return ngettext("%(shown)s cell", "%(shown)s cells", count) % {"shown": figure(count)}


GRID_PDF = Document(
    name="grid",
    title=gettext_lazy("Grid"),
    list_name="simulation_grid",
    path="simulation/grid/",
    file_name="Grid.pdf",
    templates="console/simulation",
    wanted=_wanted,
    counted=_counted,
)


def _grid() -> list[Decision]:
    return grid_of(newest_table(), at=timezone.now(), language=current_language())


def _outcomes(chosen: Chosen, grid: Sequence[Decision]) -> list[Outcome]:
    cells = replace(chosen.filter, outcome=None).select(grid)
    counts = {kind: sum(cell.kind == kind for cell in cells) for kind in KINDS if kind != "unknown"}
    return [
        Outcome(
            kind=kind,
            icon=KIND_ICONS[kind],
            label=str(KINDS[kind]),
            count=figure(count),
            path=_path(chosen.query(outcome=kind)),
            is_current=kind == chosen.filter.outcome,
        )
        for kind, count in counts.items()
    ]


def _count(shown: Sequence[Decision]) -> str:
    places = len(set(map(place_of, shown)))
    return ngettext("%(shown)s place", "%(shown)s places", places) % {"shown": figure(places)}


def _path(query: str) -> str:
    path = reverse("console:simulation_grid")
    return f"{path}?{query}" if query else path


def _file(request: StaffRequest, shown: Sequence[Decision], *, list_path: str) -> HttpResponseBase:
    language = current_language()

    def table() -> Table:
        return grid_table(shown, language=language)

    size = len(shown) * _BYTES_OF_ROW
    return file_response(request, table, choices=chosen_file(request), size=size, list_path=list_path)
