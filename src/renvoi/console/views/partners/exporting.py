"""Export the list: the export window, CSV and XLSX streamed in the response, and the page that follows a PDF."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.forms.file_choices import chosen_file, file_response
from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, read_listing
from renvoi.console.sentences import current_language
from renvoi.console.views.partners.confirmation import parse_asked, selection_change
from renvoi.downloads.jobs import (
    TooManyDownloads,
    cancel_download,
    count_ahead,
    current_stage,
    downloads_of,
    order_download,
    unfinished_downloads,
)
from renvoi.downloads.models import Download
from renvoi.downloads.storage.engines import open_content
from renvoi.downloads.storage.protocol import ContentMissing
from renvoi.exports.file_names import content_disposition
from renvoi.exports.table import Table
from renvoi.exports.workbook import MAX_ROWS
from renvoi.lists.confirmation import Asked
from renvoi.partners.exporting import data_table, estimate_size
from renvoi.partners.lists.listing import PartnerListing


@require_http_methods(["GET", "HEAD", "POST"])
def csv(request: StaffRequest) -> HttpResponseBase:
    """GET: show the choices, in a window for htmx and on a page otherwise. POST: stream the file.

    If the partners are not those that the window counted, ask again and say what changed (409).
    """
    listing = read_listing(request, is_from_list_form=True)
    typed = read_typed(request) or QueryDict()
    asked_about = Asked.to_export(listing.exported())
    count, change = asked_about.count, _change(typed, asked_about)
    if request.method == "POST" and count and not change:
        return _file(request, listing, count)
    context = {
        "title": _("Export to a CSV file"),
        "asked_about": asked_about,
        "change": change,
        "file_name": typed.get("file_name", "Partners.csv"),
        "format": typed.get("format", "csv"),
        "action": request.path,
        "listing": listing,
        "count": count,
        "list_query": listing.query(),
        "list_path": list_path(listing.query()),
        "separator": typed.get("separator", request.user.csv_separator),
    }
    return render(request, "console/partners/export.html", context, status=409 if change else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def pdf(request: StaffRequest) -> HttpResponse:
    """GET: the first page of the PDF's window, which submits itself. POST: order the PDF, redirect to its progress.

    If the partners are not those that the page counted, ask again and say what changed (409).
    """
    listing = read_listing(request, is_from_list_form=True)
    asked_about = Asked.to_export(listing.exported())
    count, change = asked_about.count, _change(read_typed(request) or QueryDict(), asked_about)
    if request.method != "POST" or not count or change:
        context = {"stage": "to order", "listing": listing, "count": count, "asked_about": asked_about}
        context |= {"change": change, "list_query": listing.query(), "list_path": list_path(listing.query())}
        context["is_same_tab"] = _is_same_tab(request)
        return render(request, "console/partners/pdf.html", context, status=409 if change else 200)
    query, language = listing.query(page_number=1), listing.language
    try:
        download = order_download(query=query, language=language, total=count, account=request.user)
    except TooManyDownloads:
        context = {"stage": "too many", "unfinished": unfinished_downloads(request.user), "list_query": listing.query()}
        context["list_path"] = list_path(listing.query())
        return render(request, "console/partners/pdf.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    progress = reverse("console:pdf_export", args=[download.id])
    return HttpResponseRedirect(f"{progress}?same_tab=1" if _is_same_tab(request) else progress)


@require_safe
def pdf_progress(request: StaffRequest, export_id: uuid.UUID) -> HttpResponse:
    """Show the progress of the PDF; once it is ready, link to it."""
    export = _export(request, export_id)
    context = {"export": export, "stage": current_stage(export), "list_path": list_path(export.query)}
    context["is_same_tab"] = _is_same_tab(request)
    if export.is_queued:
        context["ahead"] = count_ahead(export)
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
    if export.stage != Download.Stage.READY:
        raise Http404
    try:
        content = open_content(export)
    except ContentMissing as error:
        raise Http404 from error
    response = StreamingHttpResponse(_Body(content.pieces, close=content.close), content_type="application/pdf")
    response.headers["Content-Length"] = str(content.size)
    response.headers["Content-Disposition"] = content_disposition(
        "Partners.pdf", disposition="attachment" if "copy" in request.GET else "inline"
    )
    return response


def _is_same_tab(request: StaffRequest) -> bool:
    """Whether the browser blocked the window in which the PDF was to open."""
    return "same_tab" in request.GET or "same_tab" in request.POST


def _change(typed: QueryDict, now: Asked) -> str:
    """Return in what the exported partners differ from those that were counted; empty if no page counted them.

    Their contents may differ: the file has the newest.
    """
    asked = parse_asked(typed)
    return "" if asked is None else selection_change(asked, now, compares_versions=False)


def _file(request: StaffRequest, listing: PartnerListing, count: int) -> HttpResponseBase:
    choices = chosen_file(request)
    if choices.format == "xlsx" and count >= MAX_ROWS:
        context = {"is_too_long": True, "list_path": list_path(listing.query())}
        return render(request, "console/errors/export.html", context, status=422)
    language, partners = current_language(), listing.exported()

    def table() -> Table:
        return data_table(partners, count=count, language=language, headings="labels")

    size = estimate_size(partners, count=count)
    return file_response(request, table, choices=choices, size=size, list_path=list_path(listing.query()))


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


def _export(request: StaffRequest, export_id: uuid.UUID) -> Download:
    return get_object_or_404(downloads_of(request.user), id=export_id)
