"""Export the history: the window with the choices, and the file, streamed in the response."""

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.file_choices import chosen_file, file_response
from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import HISTORY
from renvoi.console.sentences import current_language
from renvoi.exports.table import Table
from renvoi.exports.workbook import MAX_ROWS
from renvoi.history.exporting import estimate_size, history_table, most_rows
from renvoi.history.models import ChangeSet
from renvoi.lists.listing import Listing


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


def _file(request: StaffRequest, listing: Listing[ChangeSet]) -> HttpResponseBase:
    choices, path = chosen_file(request), HISTORY.path(listing.query())
    rows = most_rows(listing.rows())
    if choices.format == "xlsx" and rows >= MAX_ROWS:
        context = {"is_too_long": True, "list_path": path}
        return render(request, "console/errors/export.html", context, status=422)
    language = current_language()

    def table() -> Table:
        return history_table(listing.rows(), count=rows, language=language)

    return file_response(request, table, choices=choices, size=estimate_size(rows), list_path=path)
