"""What is chosen in the window of an export, and the file that answers it, streamed from the database."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from renvoi.console.http import StaffRequest
from renvoi.downloads.spooling import NoSpace
from renvoi.downloads.tables import Format, spool_table
from renvoi.exports.delimited import Separator
from renvoi.exports.file_names import content_disposition, safe_file_name
from renvoi.exports.table import Table
from renvoi.people.actions import update_preferences

_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class FileChoices:
    """The format, the separator of a CSV file, and the name of the file, safe and with its extension."""

    format: Format
    separator: Separator
    file_name: str


def chosen_file(request: StaffRequest) -> FileChoices:
    """Return what was chosen, and remember the separator as the account's."""
    separator: Separator = ";" if request.POST.get("separator") == ";" else ","
    # The form of a workbook sends no separator: the preference stays as it is.
    update_preferences(user=request.user, csv_separator=request.POST.get("separator") and separator)
    format_: Format = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    return FileChoices(format_, separator, safe_file_name(request.POST.get("file_name", ""), extension=format_))


def file_response(
    request: StaffRequest, make_table: Callable[[], Table], *, choices: FileChoices, size: int, list_path: str
) -> HttpResponseBase:
    """Return the file of the table; if there is no space for it, a page (503) that leads back to the list.

    `size` is about how many bytes a CSV file of it has.
    """
    try:
        spool = spool_table(make_table, format=choices.format, separator=choices.separator, size=size)
        length = spool.fill() if _is_http_1_0(request) else None
    except NoSpace:
        return render(request, "console/errors/export.html", {"list_path": list_path}, status=503)
    response = StreamingHttpResponse(spool, content_type=_TYPES[choices.format])
    if length is not None:
        response.headers["Content-Length"] = str(length)
    response.headers["Content-Disposition"] = content_disposition(choices.file_name)
    return response


def _is_http_1_0(request: StaffRequest) -> bool:
    """Whether the client knows no chunks: without a length, it would take a response that was cut for a whole one."""
    scope = getattr(request, "scope", {})
    return bool(scope.get("http_version") == "1.0")
