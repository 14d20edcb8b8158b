"""Export the list: the export window, CSV and XLSX streamed in the response, and the page that follows a PDF."""

import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import BinaryIO, cast

from asgiref.sync import sync_to_async
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, read_listing
from renvoi.console.sentences import current_language
from renvoi.downloads.files import file_path
from renvoi.downloads.jobs import cancel_download, current_stage, downloads_of, order_download
from renvoi.downloads.models import Download
from renvoi.exports.delimited import CHUNK, Separator, render_csv
from renvoi.exports.file_names import content_disposition, safe_file_name
from renvoi.exports.table import Table
from renvoi.exports.workbook import render_xlsx
from renvoi.partners.exporting import data_table
from renvoi.partners.lists.listing import PartnerListing
from renvoi.people.actions import update_preferences

_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IN_MEMORY = 5_000_000


@require_http_methods(["GET", "HEAD", "POST"])
def csv(request: StaffRequest) -> HttpResponseBase:
    """GET: show the choices, in a window for htmx and on a page otherwise. POST: stream the file."""
    listing = read_listing(request, is_from_list_form=True)
    count = listing.exported().count()
    if request.method == "POST" and count:
        return _file(request, listing, count)
    context = {
        "title": _("Export to a CSV file"),
        "action": request.path,
        "listing": listing,
        "count": count,
        "list_query": listing.query(),
        "list_path": list_path(listing.query()),
        "separator": request.user.csv_separator,
    }
    return render(request, "console/partners/export.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def pdf(request: StaffRequest) -> HttpResponse:
    """GET: the first page of the PDF's window, which submits itself. POST: order the PDF, redirect to its progress."""
    listing = read_listing(request, is_from_list_form=True)
    count = listing.exported().count()
    if request.method != "POST" or not count:
        context = {"stage": "to order", "listing": listing, "count": count, "list_query": listing.query()}
        return render(request, "console/partners/pdf.html", context | {"list_path": list_path(listing.query())})
    query, language = listing.query(page_number=1), listing.language
    download = order_download(query=query, language=language, total=count, account=request.user)
    return HttpResponseRedirect(reverse("console:pdf_export", args=[download.id]))


@require_safe
def pdf_progress(request: StaffRequest, export_id: uuid.UUID) -> HttpResponse:
    """Show the progress of the PDF; once it is ready, link to it."""
    export = _export(request, export_id)
    context = {"export": export, "stage": current_stage(export), "list_path": list_path(export.query)}
    return render(request, f"console/partners/{'_pdf' if request.htmx else 'pdf'}.html", context)


@require_POST
def pdf_cancel(request: StaffRequest, export_id: uuid.UUID) -> HttpResponse:
    """Cancel the PDF."""
    cancel_download(download_id=export_id, account=request.user)
    return HttpResponseRedirect(reverse("console:pdf_export", args=[export_id]))


@require_safe
def pdf_file(request: StaffRequest, export_id: uuid.UUID) -> HttpResponseBase:
    """Stream the PDF, shown in the browser or, with `?copy=1`, saved. 404 once it has expired."""
    export = _export(request, export_id)
    path = file_path(export.id)
    if export.stage != Download.Stage.READY or not path.exists():
        raise Http404
    response = StreamingHttpResponse(_file_body(path.open("rb")), content_type="application/pdf")
    response.headers["Content-Length"] = str(path.stat().st_size)
    response.headers["Content-Disposition"] = content_disposition(
        "Partners.pdf", disposition="attachment" if "copy" in request.GET else "inline"
    )
    return response


def _file(request: StaffRequest, listing: PartnerListing, count: int) -> HttpResponseBase:
    separator: Separator = ";" if request.POST.get("separator") == ";" else ","
    # The form of a workbook sends no separator: the preference stays as it is.
    update_preferences(user=request.user, csv_separator=request.POST.get("separator") and separator)
    table = data_table(listing.exported(), count=count, language=current_language(), headings="labels")
    if request.POST.get("format") == "xlsx":
        return _workbook(request, table)
    name = safe_file_name(request.POST.get("file_name", ""), extension="csv")
    pieces = render_csv(table, separator=separator)
    response = StreamingHttpResponse(_Body(pieces, close=pieces.close), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


def _workbook(request: StaffRequest, table: Table) -> HttpResponseBase:
    name = safe_file_name(request.POST.get("file_name", ""), extension="xlsx")
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed with the response)
    try:
        render_xlsx(table, file=cast("BinaryIO", file))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = StreamingHttpResponse(_file_body(cast("BinaryIO", file)), content_type=_XLSX_TYPE)
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


class _Body:
    """The pieces of a streamed response, each made in the request's own thread.

    Django would collect the pieces of a synchronous iterator before it sends the first. It calls `close` at the end of
    the response, also when the client has left before the first piece.
    """

    def __init__(self, pieces: Iterator[bytes], *, close: Callable[[], None]) -> None:
        self._pieces = pieces
        self.close = close

    async def __aiter__(self) -> AsyncIterator[bytes]:
        next_piece = sync_to_async(lambda: next(self._pieces, b""))
        while piece := await next_piece():
            yield piece


def _file_body(file: BinaryIO) -> _Body:
    return _Body(iter(partial(file.read, CHUNK), b""), close=file.close)


def _export(request: StaffRequest, export_id: uuid.UUID) -> Download:
    return get_object_or_404(downloads_of(request.user), id=export_id)
