"""The list of partners: its words, its rows, its counts and its saved views."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import PARTNERS, list_path
from renvoi.console.notices import marked_subject
from renvoi.console.sentences import and_more, current_language
from renvoi.console.views.list_page import ListPage, ListRow, SelectionWords, Words
from renvoi.console.views.previews.line import country_options
from renvoi.domain.addresses import is_sendable, view_address
from renvoi.domain.places import LANGUAGES
from renvoi.domain.table import State
from renvoi.lists.listing import Page
from renvoi.partners.lists.columns import ENDS_SOON, SOON, STATE_LABELS
from renvoi.partners.lists.listing import PartnerListing, count_all
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListRow):
    """One partner as a row of the list. `more` counts the countries that are not named in it."""

    path: str
    delete_path: str
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


@dataclass(frozen=True, slots=True)
class Tab:
    """One saved view as a tab above the list."""

    id: int
    name: str
    path: str
    is_current: bool


PARTNER_WORDS = Words(
    name=gettext_lazy("List of partners"),
    rows=gettext_lazy("Partners"),
    action=gettext_lazy("Delete"),
    selection=SelectionWords(
        select_all=ngettext_lazy("Select the partner", "Select all %(shown)s partners", "count"),
        all_selected=ngettext_lazy("The partner is selected", "All %(shown)s partners are selected", "count"),
        some_selected=ngettext_lazy(
            "%(shown)s partner of %(all)s selected", "%(shown)s partners of %(all)s selected", "count"
        ),
    ),
    matching=ngettext_lazy("%(found)s partner of %(all)s", "%(found)s partners of %(all)s", "count"),
    none_matches=gettext_lazy("No partner matches"),
)
_PAGE = ListPage(
    address=PARTNERS,
    words=PARTNER_WORDS,
    row="partner",
    template="console/partners/list.html",
    cells="console/partners/_cells.html",
    buttons="console/partners/_bulk_buttons.html",
    counts="console/partners/_counts.html",
    above="console/partners/_views.html",
    beside="console/partners/_beside.html",
)


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the list of partners, with its saved views and, unfiltered, its counts."""
    return _PAGE.respond(request, context_of=_context)


def _context(request: StaffRequest, listing: PartnerListing, page: Page[Partner]) -> dict[str, Any]:
    saved_id, suffix = marked_subject(request), "?" + urlencode({"list": listing.query()})
    return {
        "rows": [_row(listing, partner, saved_id=saved_id, suffix=suffix) for partner in page.rows],
        "hidden_id": _hidden(listing, saved_id),
        "country_options": country_options(current_language()),
        "ask_languages": LANGUAGES,
        **_saved_views(request, listing),
        **({} if listing.keywords else _counts(listing)),
    }


def _hidden(listing: PartnerListing, partner_id: int) -> int:
    """Return the id of a saved partner that the search hides; 0 if it does not, or if the partner is in the trash."""
    if not partner_id or not listing.keywords or listing.rows().filter(id=partner_id).exists():
        return 0
    return partner_id if listing.source.rows.filter(id=partner_id).exists() else 0


def _counts(listing: PartnerListing) -> dict[str, Any]:
    """Return the context of the line above an unfiltered list, which costs two queries."""
    counts = count_all(today=listing.today)
    path = list_path(urlencode({"state": str(ENDS_SOON)}))
    return {"countries": counts.countries, "ending": counts.ending, "ending_path": path}


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
