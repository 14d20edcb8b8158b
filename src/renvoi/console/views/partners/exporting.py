"""Hides how a list leaves the console: the export window, CSV and XLSX as they are written, and the PDF's own page."""

import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import BinaryIO, cast

from asgiref.sync import sync_to_async
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.sentences import current_language
from renvoi.console.views.partners.partner_list import list_path, listing_said
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
from renvoi.people.models import User

_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IN_MEMORY = 5_000_000


@require_http_methods(["GET", "HEAD", "POST"])
def csv(request: HttpRequest) -> HttpResponseBase:
    """GET: the export window, a page without JavaScript. POST: the file."""
    listing = listing_said(request)
    count = listing.exported().count()
    if request.method == "POST" and count:
        return _file(request, listing, count)
    context = {
        "listing": listing,
        "count": count,
        "list_query": listing.query(),
        "list_path": list_path(listing.query()),
        "separator": _account(request).csv_separator,
    }
    is_window = bool(request.headers.get("HX-Request"))
    return render(request, f"console/partners/{'_export_window' if is_window else 'export'}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def pdf(request: HttpRequest) -> HttpResponse:
    """GET: the window's first page, which sends itself. POST: orders the PDF, and goes to where it can be followed."""
    listing = listing_said(request)
    count = listing.exported().count()
    if request.method != "POST" or not count:
        context = {"stage": "to order", "listing": listing, "count": count, "list_query": listing.query()}
        return render(request, "console/partners/pdf.html", context | {"list_path": list_path(listing.query())})
    query, language = listing.query(page_number=1), listing.language
    download = order_download(query=query, language=language, total=count, account=_account(request))
    return HttpResponseRedirect(reverse("console:pdf_export", args=[download.id]))


@require_safe
def pdf_progress(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """How far the PDF is; once it is ready, where it is."""
    export = _export(request, export_id)
    context = {"export": export, "stage": current_stage(export), "list_path": list_path(export.query)}
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, f"console/partners/{'_pdf' if is_part else 'pdf'}.html", context)


@require_POST
def pdf_cancel(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """Stops the making."""
    cancel_download(download_id=export_id, account=_account(request))
    return HttpResponseRedirect(reverse("console:pdf_export", args=[export_id]))


@require_safe
def pdf_file(request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    """The PDF itself: in the window, or with `?copy=1` to be saved. 404 once its day is over."""
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


def _file(request: HttpRequest, listing: PartnerListing, count: int) -> HttpResponseBase:
    account = _account(request)
    separator: Separator = ";" if request.POST.get("separator") == ";" else ","
    # A workbook has none, and says nothing of it.
    update_preferences(user=account, csv_separator=request.POST.get("separator") and separator)
    table = data_table(listing.exported(), count=count, language=current_language(), headings="labels")
    if request.POST.get("format") == "xlsx":
        return _workbook(request, table)
    name = safe_file_name(request.POST.get("file_name", ""), extension="csv")
    pieces = render_csv(table, separator=separator)
    response = StreamingHttpResponse(_Body(pieces, close=pieces.close), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


def _workbook(request: HttpRequest, table: Table) -> HttpResponseBase:
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


def _export(request: HttpRequest, export_id: uuid.UUID) -> Download:
    return get_object_or_404(downloads_of(_account(request)), id=export_id)


def _account(request: HttpRequest) -> User:
    return cast("User", request.user)
