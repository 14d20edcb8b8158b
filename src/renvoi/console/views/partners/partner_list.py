"""The list of partners: its rows, its search fields, its order, its pages and its saved views."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, parse_listing
from renvoi.console.notices import Notice, add_notice, marked_subject
from renvoi.console.sentences import and_more
from renvoi.domain.addresses import is_sendable, view_address
from renvoi.domain.table import State
from renvoi.lists.columns import Column
from renvoi.lists.listing import PER_PAGE, Page
from renvoi.lists.selection import NOTHING, Selection
from renvoi.partners.lists.columns import COLUMNS, ENDS_SOON, SOON, STATE_LABELS
from renvoi.partners.lists.listing import PartnerListing, count_all, count_present
from renvoi.partners.lists.saved_views import views_of
from renvoi.partners.models import Partner

_COUNTRIES_SHOWN = 3
_TAIL = 12
STATE_ICONS: Mapping[State, str] = {
    "active": "circle-check",
    "paused": "circle-pause",
    "to_come": "calendar-clock",
    "ended": "calendar-x",
}


@dataclass(frozen=True, slots=True)
class ShownAddress:
    """An address in a cell, on two lines: its host, then `path`, which is truncated if need be, and its `tail`.

    A stored text that is not an address has no host: it is shown as it is, and leads nowhere.
    """

    href: str
    host: str
    path: str
    tail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One partner as a row of the list. `more` counts the countries that are not named in it."""

    id: int
    path: str
    delete_path: str
    name: str
    url_en: ShownAddress | None
    url_fr: ShownAddress | None
    countries: list[tuple[str, bool]]
    more: int
    countries_spoken: str
    countries_named: str
    state: State
    state_icon: str
    state_label: Promise
    state_on: date | None
    is_ending: bool
    sent: int
    is_saved: bool
    is_picked: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """One saved view as a tab above the list."""

    id: int
    name: str
    path: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's heading and search field. `typed` is the field's text, `keyword` what the list is filtered by.

    `error` says what could be typed instead of a keyword that can't be understood.
    """

    name: str
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


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the page or, for htmx, only the list. A query with empty fields is redirected to its canonical form.

    Where htmx goes back in the history, it needs the whole page too.
    """
    listing = parse_listing(request.GET)
    is_part = request.htmx and not request.htmx.history_restore_request
    if not is_part and ("for" in request.GET or "" in request.GET.values()):
        if listing.lost_selection:
            add_notice(request, Notice(_("Nothing is selected any more: the search has changed."), kind="warn"))
        return HttpResponseRedirect(list_path(listing.query()))
    context = _context(request, listing)
    if is_part:
        response = render(request, "console/partners/_listing.html", context | {"is_swap": True})
        response.headers["HX-Push-Url"] = list_path(listing.query())
        return response
    return render(request, "console/partners/list.html", context)


def _context(request: StaffRequest, listing: PartnerListing) -> dict[str, Any]:
    page = listing.page()
    headings = [_heading(listing, column, request.GET) for column in COLUMNS]
    saved_id, suffix = marked_subject(request), "?" + urlencode({"list": listing.query()})
    return {
        "listing": listing,
        "page": page,
        "total": count_present(),
        "shown": [partner.id for partner in page.rows],
        "rows": [_row(listing, partner, saved_id=saved_id, suffix=suffix) for partner in page.rows],
        "hidden_id": _hidden(listing, saved_id),
        "headings": headings,
        "filters": [heading for heading in headings if heading.keyword],
        "pages": _pages_near(page),
        "per_page_choices": PER_PAGE,
        "list_query": listing.query(),
        **_selected(listing, page),
        **_saved_views(request, listing),
        **({} if listing.keywords else _counts(listing)),
    }


def _hidden(listing: PartnerListing, partner_id: int) -> int:
    """Return the id of a saved partner that the search hides; 0 if it does not."""
    is_hidden = partner_id and listing.keywords and not listing.rows().filter(id=partner_id).exists()
    return partner_id if is_hidden else 0


def _counts(listing: PartnerListing) -> dict[str, Any]:
    """Return the context of the line above an unfiltered list, which costs two queries."""
    counts = count_all(today=listing.today)
    path = list_path(urlencode({"state": str(ENDS_SOON)}))
    return {"countries": counts.countries, "ending": counts.ending, "ending_path": path}


def _selected(listing: PartnerListing, page: Page[Partner]) -> dict[str, Any]:
    shown = frozenset(partner.id for partner in page.rows)
    return {
        "selected_count": listing.selected().count() if listing.selection else 0,
        "elsewhere": sorted(listing.selection.ids - shown),
        "this_page_only": list_path(listing.query(selection=Selection(ids=shown))),
        "nothing_selected": list_path(listing.query(selection=NOTHING)),
    }


def _saved_views(request: StaffRequest, listing: PartnerListing) -> dict[str, Any]:
    """Return the context of the tabs: the account's views, and whether this listing is one of them."""
    query = listing.saved_query
    tabs = [
        Tab(view.id, view.name, list_path(view.query), is_current=view.query == query)
        for view in views_of(request.user)
    ]
    return {"tabs": tabs, "view_query": query, "is_saved_view": any(tab.is_current for tab in tabs)}


def _row(listing: PartnerListing, partner: Partner, *, saved_id: int, suffix: str) -> Row:
    countries = [(name, is_match) for _, name, is_match in listing.countries_of(partner)]
    state = partner.state_on(listing.today)
    last_day = partner.agreement_ends_on
    dated = {"active": last_day, "to_come": partner.agreement_starts_on, "ended": last_day}
    return Row(
        id=partner.id,
        path=reverse("console:partner", args=[partner.id]) + suffix,
        delete_path=reverse("console:partner_delete", args=[partner.id]) + suffix,
        name=partner.name,
        url_en=_shown_address(partner.url_en),
        url_fr=_shown_address(partner.url_fr),
        countries=countries[:_COUNTRIES_SHOWN],
        more=max(0, len(countries) - _COUNTRIES_SHOWN),
        countries_spoken=and_more([name for name, _ in countries], shown=_COUNTRIES_SHOWN),
        countries_named=", ".join(name for name, _ in countries),
        state=state,
        state_icon=STATE_ICONS[state],
        state_label=STATE_LABELS[state],
        state_on=dated.get(state),
        is_ending=state == "active" and last_day is not None and last_day <= listing.today + SOON,
        sent=partner.sent_30_days,
        is_saved=partner.id == saved_id,
        is_picked=listing.selection.holds(partner.id),
    )


def _shown_address(href: str) -> ShownAddress | None:
    if not href:
        return None
    if not is_sendable(href):
        return ShownAddress(href=href, host="", path="", tail="")
    view = view_address(href)
    cut = len(view.rest) - _TAIL if len(view.rest) > 2 * _TAIL else 0
    return ShownAddress(href=href, host=view.host, path=view.rest[:cut], tail=view.rest[cut:])


def _heading(listing: PartnerListing, column: Column, query: QueryDict) -> Heading:
    name = column.name
    keyword = listing.keywords.get(name, "")
    # Text that was typed but not searched for yet stays in its field when another control submits the form.
    is_mid_typing = "for" in query and "search" not in query
    order, icon = ("descending", "arrow-down") if listing.is_descending else ("ascending", "arrow-up")
    is_sorted = listing.sorted_by == column
    return Heading(
        name=name,
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


def _pages_near(page: Page[Partner]) -> list[int]:
    """Return the page numbers to link to; 0 stands for a gap."""
    near = {1, page.last, *range(page.number - 1, page.number + 2)}
    numbers: list[int] = []
    for number in sorted(number for number in near if 1 <= number <= page.last):
        gap = number - numbers[-1] if numbers else 1
        numbers += [number - 1] if gap == 2 else [0] if gap > 2 else []
        numbers.append(number)
    return numbers
