"""The page of a list, drawn from its columns: headings, search fields, selection, pages, and the part for htmx."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import AnyListing, ListAddress
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import counted
from renvoi.lists.columns import Column
from renvoi.lists.listing import PER_PAGE, Listing, Page
from renvoi.lists.selection import NOTHING, Selection
from renvoi.partners.figures import figure


@dataclass(frozen=True, slots=True)
class SelectionWords:
    """What the page of one list says of its selected rows. The sentences take what those of `Words` take."""

    select_all: Any
    all_selected: Any
    some_selected: Any


@dataclass(frozen=True, slots=True)
class Words:
    """What the page of one list calls its rows.

    `name` is the list's accessible name, `rows` that of its table, `action` that of the column of buttons, empty if it
    has none. The sentences take `count`, which decides the plural, and `shown`, the formatted number (`found` in
    `matching`); `some_selected` and `matching` take `all` as well, the number of which these are a part. `selection` is
    needed if rows can be selected.
    """

    name: Promise
    rows: Promise
    matching: Any
    none_matches: Promise
    action: Promise | str = ""
    selection: Any = None


@dataclass(frozen=True, slots=True)
class ListPage(Generic[AnyListing]):
    """One list of the console: its address, its words, and the templates of what is its own.

    `template` is that of the page, `cells` that of the cells of a row, `buttons` that of the buttons for the selected
    rows, if the list has any, `counts` that of the line above an unfiltered list. A list may have more `above` it, and
    `beside` that line. A row is the element `<row>-<id>`.
    """

    address: ListAddress[AnyListing]
    words: Words
    row: str
    template: str
    cells: str
    counts: str
    buttons: str = ""
    above: str = ""
    beside: str = ""

    def respond(
        self,
        request: StaffRequest,
        *,
        context_of: Callable[[StaffRequest, AnyListing, Page[Any]], dict[str, Any]],
    ) -> HttpResponse:
        """Return the page or, for htmx, only the list. A query with empty fields is redirected to its canonical form.

        Where htmx goes back in the history, it needs the whole page too.
        `context_of` returns what the list's own templates need, and `rows`, of which each is a `ListRow`.
        """
        listing = self.address.parse(request.GET)
        is_part = request.htmx and not request.htmx.history_restore_request
        if not is_part and ("for" in request.GET or "" in request.GET.values()):
            if listing.lost_selection:
                add_notice(request, Notice(_("Nothing is selected any more: the search has changed."), kind="warn"))
            return HttpResponseRedirect(self.address.path(listing.query()))
        page = listing.page()
        context = self._context(listing, page, request.GET) | context_of(request, listing, page)
        if is_part:
            response = render(request, "console/lists/_listing.html", context | {"is_swap": True})
            response.headers["HX-Push-Url"] = self.address.path(listing.query())
            return response
        return render(request, self.template, context)

    def _context(self, listing: AnyListing, page: Page[Any], query: QueryDict) -> dict[str, Any]:
        headings = [_heading(listing, column, query) for column in listing.source.columns]
        shown = [row.id for row in page.rows]
        # Annotations that are not searched are not counted either.
        total = listing.source.rows.order_by().count() if listing.keywords else page.count
        return {
            "list": self,
            "listing": listing,
            "page": page,
            "total": total,
            "shown": shown,
            "headings": headings,
            "filters": [heading for heading in headings if heading.keyword],
            "pages": pages_near(page),
            "per_page_choices": PER_PAGE,
            "list_query": listing.query(),
            "list_url": self.address.path(),
            "match_count": counted(self.words.matching, page.count, found=figure(page.count), all=figure(total)),
            **(self._selection(listing, page, shown) if listing.source.is_selectable else {}),
        }

    def _selection(self, listing: AnyListing, page: Page[Any], shown: list[int]) -> dict[str, Any]:
        words, selected_count = self.words.selection, listing.selected().count() if listing.selection else 0
        return {
            "select_all": counted(words.select_all, page.count),
            "selected_count": selected_count,
            "all_selected": counted(words.all_selected, selected_count),
            "some_selected": counted(words.some_selected, selected_count, all=figure(page.count)),
            "elsewhere": sorted(listing.selection.ids - set(shown)),
            "this_page_only": self.address.path(listing.query(selection=Selection(ids=frozenset(shown)))),
            "nothing_selected": self.address.path(listing.query(selection=NOTHING)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """What every row of a list has: the name by which it is selected, whether it is, and whether it was just saved."""

    id: int | uuid.UUID
    name: str
    is_picked: bool = False
    is_saved: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's heading and search field. `typed` is the field's text, `keyword` what the list is filtered by.

    `error` says what could be typed instead of a keyword that can't be understood.
    """

    name: str
    css_name: str
    label: Promise
    note: Promise | str
    search_label: Promise
    keyword: str
    typed: str
    is_number: bool
    sort_after_click: str
    aria_sort: str
    sort_icon: str
    error: Promise | str


def _heading(listing: Listing[Any], column: Column, query: QueryDict) -> Heading:
    name = column.name
    keyword = listing.keywords.get(name, "")
    # Text that was typed but not searched for yet stays in its field when another control submits the form.
    is_mid_typing = "for" in query and "search" not in query
    order, icon = ("descending", "arrow-down") if listing.is_descending else ("ascending", "arrow-up")
    is_sorted = listing.sorted_by == column
    return Heading(
        name=name,
        css_name=column.css_name or name,
        label=column.label,
        note=column.note,
        search_label=column.search_label,
        keyword=keyword,
        typed=query.get(name, "") if is_mid_typing else keyword,
        is_number=column.is_number,
        sort_after_click=listing.sort_after_click(name),
        aria_sort=order if is_sorted else "",
        sort_icon=icon if is_sorted else "",
        error=column.hint if name in listing.misunderstood else "",
    )


def pages_near(page: Page[Any]) -> list[int]:
    """Return the page numbers to link to; 0 stands for a gap."""
    near = {1, page.last, *range(page.number - 1, page.number + 2)}
    numbers: list[int] = []
    for number in sorted(number for number in near if 1 <= number <= page.last):
        gap = number - numbers[-1] if numbers else 1
        numbers += [number - 1] if gap == 2 else [0] if gap > 2 else []
        numbers.append(number)
    return numbers
