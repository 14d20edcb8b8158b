"""Export the security log: the window with the choices, and the file, streamed in the response."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo

from django.db.models import QuerySet
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.documents import Document, Wanted
from renvoi.console.forms.file_choices import chosen_file, file_response
from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import SECURITY_LOG
from renvoi.console.sentences import current_language
from renvoi.console.wording.security import event_more, event_text
from renvoi.domain.places import Language
from renvoi.downloads.models import Download
from renvoi.exports.table import Column, Kind, Row, Table
from renvoi.exports.workbook import MAX_ROWS
from renvoi.lists.description import describe_order, describe_search
from renvoi.lists.listing import Listing
from renvoi.partners.figures import figure
from renvoi.partners.lists.printed import Printing
from renvoi.people.models import SecurityEvent
from renvoi.people.security.listing import CHANNELS

_BYTES_OF_ROW = 200
_CHUNK_SIZE = 500
_MOST_PRINTED = 20_000
"""How many rows a PDF has at most: as that of the history, whose maker takes a minute for them."""
_SHARES = {
    "at": 11,
    "what": 17,
    "more": 20,
    "email": 18,
    "actor": 11,
    "channel": 10,
    "browser": 12,
    "address": 13,
    "count": 8,
}
"""The width of each column in print. The code, the last column, is for programs."""
_COLUMNS: Mapping[str, tuple[Promise, Kind]] = {
    "at": (gettext_lazy("When"), "fact"),
    "what": (gettext_lazy("What"), "name"),
    "more": (gettext_lazy("Details"), "text"),
    "email": (gettext_lazy("Account"), "text"),
    "actor": (gettext_lazy("Who"), "text"),
    "channel": (gettext_lazy("Channel"), "fact"),
    "browser": (gettext_lazy("Browser"), "text"),
    "address": (gettext_lazy("Address"), "text"),
    "count": (gettext_lazy("Number"), "number"),
    "kind": (gettext_lazy("Code"), "fact"),
}
"""The heading and the kind of each column, by the name of what it has, in their order."""


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: StaffRequest) -> HttpResponseBase:
    """GET: show the choices, in a window for htmx and on a page otherwise. POST: stream all that the search matches."""
    listing = SECURITY_LOG.read(request, is_from_list_form=True)
    count = listing.rows().order_by().count()
    if request.method == "POST" and count:
        return _file(request, listing, count)
    typed = read_typed(request) or QueryDict()
    context = {
        "title": _("Export the security log to a file"),
        "file_name": typed.get("file_name", "Security log.csv"),
        "format": typed.get("format", "csv"),
        "separator": typed.get("separator", request.user.csv_separator),
        "action": request.path,
        "count": count,
        "list_query": listing.query(),
        "list_path": SECURITY_LOG.path(listing.query()),
        "list_title": SECURITY_LOG.title,
    }
    return render(request, "console/accounts/log_export.html", context)


def _file(request: StaffRequest, listing: Listing[SecurityEvent], count: int) -> HttpResponseBase:
    choices, path = chosen_file(request), SECURITY_LOG.path(listing.query())
    if choices.format == "xlsx" and count >= MAX_ROWS:
        context = {"is_too_long": True, "list_path": path}
        return render(request, "console/errors/export.html", context, status=422)
    # The table is made once the request is over, and with it its language and its time zone.
    language, zone = current_language(), timezone.get_current_timezone()

    def table() -> Table:
        return log_table(listing.rows(), count=count, language=language, zone=zone)

    return file_response(request, table, choices=choices, size=count * _BYTES_OF_ROW, list_path=path)


def printed_security_log(download: Download) -> Table:
    """Return the table for print of a download. Its query is that of the list.

    It has the rows of the CSV file, without their codes, and moments that are easier to read.
    """
    printing = Printing.now(download.language)
    with override(printing.language):
        listing = SECURITY_LOG.parse(QueryDict(download.query))
        events = listing.rows()
        count = events.order_by().count()
        phrases = [_counted(count), *describe_search(listing), *([describe_order(listing)] if count > 1 else [])]
    table = log_table(events, count=count, language=printing.language, zone=printing.zone)
    columns = tuple(
        replace(column, share=share) for column, share in zip(table.columns[:-1], _SHARES.values(), strict=True)
    )
    printed = replace(table, columns=columns, rows=map(_printed, table.rows))
    return printing.in_rows(printed, selection=", ".join(phrases))


def _printed(row: Row) -> Row:
    at, *others, _code = row
    return (datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M:%S"), *others)


def _wanted(request: StaffRequest) -> Wanted:
    listing = SECURITY_LOG.read(request, is_from_list_form=True)
    count = listing.rows().order_by().count()
    return Wanted(query=listing.query(page_number=1), list_query=listing.query(), count=count)


def _counted(count: int) -> str:
    return ngettext("%(shown)s entry", "%(shown)s entries", count) % {"shown": figure(count)}


SECURITY_LOG_PDF = Document(
    name="security_log",
    title=gettext_lazy("Security log"),
    list_name="account_log",
    path="accounts/log/",
    file_name="Security-log.pdf",
    templates="console/accounts/log",
    wanted=_wanted,
    counted=_counted,
    max_count=_MOST_PRINTED,
)


def log_table(events: QuerySet[SecurityEvent], *, count: int, language: Language, zone: tzinfo) -> Table:
    """Return the table of these entries, in their order, read lazily. Moments are ISO 8601 in the time zone `zone`."""
    with override(language):
        columns = tuple(Column(str(heading), kind) for heading, kind in _COLUMNS.values())
        title = _("Security log")
    rows = _rows(events, language, zone=zone)
    return Table(title=title, language=language, columns=columns, rows=rows, count=count)


def _rows(events: QuerySet[SecurityEvent], language: Language, *, zone: tzinfo) -> Iterator[Row]:
    for event in events.iterator(chunk_size=_CHUNK_SIZE):
        with override(language):
            yield (
                timezone.localtime(event.at, zone).isoformat(timespec="seconds"),
                event_text(event),
                event_more(event),
                event.email,
                event.actor_name,
                str(CHANNELS.get(event.channel, event.channel)),
                event.browser,
                event.address,
                str(event.count),
                event.kind,
            )
