"""Export the history: the window with the choices, and the file, streamed in the response."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.documents import Document, Wanted
from renvoi.console.forms.file_choices import chosen_file, file_response
from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import HISTORY
from renvoi.console.sentences import current_language
from renvoi.console.views.history.differences import field_words
from renvoi.console.views.history.step_sentences import VERBS
from renvoi.downloads.models import Download
from renvoi.exports.table import Row, Table
from renvoi.exports.workbook import MAX_ROWS
from renvoi.history.exporting import estimate_size, history_table, most_rows
from renvoi.history.models import ChangeSet
from renvoi.lists.description import describe_order, describe_search
from renvoi.lists.listing import Listing
from renvoi.partners.actions import OPERATOR, PARTNER
from renvoi.partners.actions.accepting import FINDING
from renvoi.partners.figures import figure
from renvoi.partners.lists.history import CHANNELS, GENERAL_SETTINGS
from renvoi.partners.lists.printed import Printing

_MOST_ROWS = 20_000
"""How many rows a PDF has at most: its maker takes a minute and 840 MB for them."""
_SHARES = {
    "at": 10,
    "actor": 9,
    "channel": 9,
    "verb": 10,
    "subject": 10,
    "subject_id": 7,
    "name": 12,
    "field": 14,
    "before": 16,
    "after": 16,
    "reason": 9,
    "generation": 7,
}
"""The width of each column in print. The id of the change, the last column, is for programs."""
_SUBJECTS: Mapping[str, Any] = {
    PARTNER: gettext_lazy("Partner"),
    OPERATOR: GENERAL_SETTINGS,
    FINDING: gettext_lazy("Finding"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: StaffRequest) -> HttpResponseBase:
    """GET: show the choices, in a window for htmx and on a page otherwise. POST: stream all that the search matches."""
    listing = HISTORY.read(request, is_from_list_form=True)
    count = listing.rows().order_by().count()
    if request.method == "POST" and count:
        return _file(request, listing)
    typed = read_typed(request) or QueryDict()
    context = {
        "title": _("Export the history to a file"),
        "file_name": typed.get("file_name", "History.csv"),
        "format": typed.get("format", "csv"),
        "separator": typed.get("separator", request.user.csv_separator),
        "action": request.path,
        "count": count,
        "list_query": listing.query(),
        "list_path": HISTORY.path(listing.query()),
        "list_title": HISTORY.title,
    }
    return render(request, "console/history/export.html", context)


def printed_history(download: Download) -> Table:
    """Return the table for print of a download. Its query is that of the list.

    It has the rows of the CSV file, without the ids of the changes, and with words for the codes of all but the values.
    """
    printing = Printing.now(download.language)
    with override(printing.language):
        listing = HISTORY.parse(QueryDict(download.query))
        steps = listing.rows()
        count = steps.order_by().count()
        phrases = [_changes(count), *describe_search(listing), *([describe_order(listing)] if count > 1 else [])]
        table = history_table(steps, count=most_rows(steps), language=printing.language, zone=printing.zone)
        columns = tuple(
            replace(column, share=share) for column, share in zip(table.columns[:-1], _SHARES.values(), strict=True)
        )
        words = _Words(printing.zone)
    printed = replace(table, columns=columns, rows=map(words.row, table.rows))
    return printing.in_rows(printed, selection=", ".join(phrases))


class _Words:
    """The words of the active language for the codes of a row, looked up once."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._channels = _texts(CHANNELS)
        self._verbs = _texts(VERBS)
        self._subjects = _texts(_SUBJECTS)
        self._fields = {(subject, name): label for subject in _SUBJECTS for name, label, _ in field_words(subject)}

    def row(self, row: Row) -> Row:
        """Return a row of the export in words. What another version recorded is its own word."""
        at, actor, channel, verb, subject, number, name, field, *values, _id = row
        moment = datetime.fromisoformat(at).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
        return (
            moment,
            actor,
            self._channels.get(channel, channel),
            self._verbs.get(verb, verb),
            self._subjects.get(subject, subject),
            number,
            name,
            self._fields.get((subject, field), field),
            *values,
        )


def _texts(labels: Mapping[str, Any]) -> dict[str, str]:
    return {code: str(label) for code, label in labels.items()}


def _wanted(request: StaffRequest) -> Wanted:
    listing = HISTORY.read(request, is_from_list_form=True)
    rows = listing.rows()
    return Wanted(
        query=listing.query(page_number=1),
        list_query=listing.query(),
        count=rows.order_by().count(),
        row_count=most_rows(rows),
    )


def _changes(count: int) -> str:
    return ngettext("%(shown)s change", "%(shown)s changes", count) % {"shown": figure(count)}


def _rows(count: int) -> str:
    return ngettext("%(shown)s row", "%(shown)s rows", count) % {"shown": figure(count)}


HISTORY_PDF = Document(
    name="history",
    title=gettext_lazy("History"),
    list_name="history",
    path="history/",
    file_name="History.pdf",
    templates="console/history",
    wanted=_wanted,
    counted=_rows,
    max_count=_MOST_ROWS,
)


def _file(request: StaffRequest, listing: Listing[ChangeSet]) -> HttpResponseBase:
    choices, path = chosen_file(request), HISTORY.path(listing.query())
    rows = most_rows(listing.rows())
    if choices.format == "xlsx" and rows >= MAX_ROWS:
        context = {"is_too_long": True, "list_path": path}
        return render(request, "console/errors/export.html", context, status=422)
    # The table is made once the request is over, and with it its language and its time zone.
    language, zone = current_language(), timezone.get_current_timezone()

    def table() -> Table:
        return history_table(listing.rows(), count=rows, language=language, zone=zone)

    return file_response(request, table, choices=choices, size=estimate_size(rows), list_path=path)
