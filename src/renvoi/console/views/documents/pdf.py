"""The window of a PDF, of any list that can be printed: order it, follow its progress, cancel it, read it."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.forms.documents import Document, Wanted
from renvoi.console.http import StaffRequest
from renvoi.console.sentences import current_language
from renvoi.console.views.accounts.log_export import SECURITY_LOG_PDF
from renvoi.console.views.findings.exporting import FINDINGS_PDF
from renvoi.console.views.history.exporting import HISTORY_PDF
from renvoi.console.views.partners.exporting import PARTNERS_PDF
from renvoi.console.views.simulation.grid import GRID_PDF
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

_DOCUMENTS = (PARTNERS_PDF, GRID_PDF, FINDINGS_PDF, HISTORY_PDF, SECURITY_LOG_PDF)
DOCUMENTS = {document.name: document for document in _DOCUMENTS}
"""What can be printed, by name."""


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: StaffRequest, document: str) -> HttpResponse:
    """GET: the first page of the PDF's window, which submits itself. POST: order the PDF, redirect to its progress.

    If the rows are not those that the page counted, ask again and say what changed (409).
    """
    printed = DOCUMENTS[document]
    wanted = printed.wanted(request)
    is_too_long = printed.max_count is not None and wanted.total > printed.max_count
    if request.method != "POST" or not wanted.count or wanted.change or is_too_long:
        context = {"stage": "to order", "count": wanted.count, "change": wanted.change, "is_too_long": is_too_long}
        return _page(request, printed, wanted, {**wanted.context, **context}, status=409 if wanted.change else 200)
    try:
        download = order_download(
            document=document,
            query=wanted.query,
            language=current_language(),
            total=wanted.total,
            account=request.user,
        )
    except TooManyDownloads:
        context = {"stage": "too many", "unfinished": [*_described(unfinished_downloads(request.user))]}
        return _page(request, printed, wanted, context, status=HTTPStatus.TOO_MANY_REQUESTS)
    following = printed.address("pdf_progress", export_id=download.id)
    return HttpResponseRedirect(f"{following}?same_tab=1" if _is_same_tab(request) else following)


@require_safe
def progress(request: StaffRequest, document: str, export_id: uuid.UUID) -> HttpResponse:
    """Show the progress of the PDF; once it is ready, link to it."""
    printed, export = DOCUMENTS[document], _export(request, document, export_id)
    context = {"export": export, "stage": current_stage(export), "list_path": printed.list_path(export.query)}
    context |= {"document": printed, "is_same_tab": _is_same_tab(request), "rows": printed.counted(export.total)}
    context["address"] = printed.address("pdf_progress", export_id=export.id)
    if export.is_queued:
        context["ahead"] = count_ahead(export)
    return render(request, f"console/lists/{'_pdf' if request.htmx else 'pdf'}.html", context)


@require_POST
def cancel(request: StaffRequest, document: str, export_id: uuid.UUID) -> HttpResponse:
    """Cancel the PDF."""
    cancel_download(download_id=export_id, account=request.user)
    return HttpResponseRedirect(DOCUMENTS[document].address("pdf_progress", export_id=export_id))


@require_safe
def file(request: StaffRequest, document: str, export_id: uuid.UUID) -> HttpResponseBase:
    """Stream the PDF, shown in the browser or, with `?copy=1`, saved. 404 once it has expired."""
    export = _export(request, document, export_id)
    if export.stage != Download.Stage.READY:
        raise Http404
    try:
        content = open_content(export)
    except ContentMissing as error:
        raise Http404 from error
    response = StreamingHttpResponse(_Body(content.pieces, close=content.close), content_type="application/pdf")
    response.headers["Content-Length"] = str(content.size)
    response.headers["Content-Disposition"] = content_disposition(
        DOCUMENTS[document].file_name, disposition="attachment" if "copy" in request.GET else "inline"
    )
    return response


def _page(
    request: StaffRequest, document: Document, wanted: Wanted, context: dict[str, object], *, status: int
) -> HttpResponse:
    context |= {"document": document, "list_query": wanted.list_query, "is_same_tab": _is_same_tab(request)}
    context["list_path"] = document.list_path(wanted.list_query)
    return render(request, "console/lists/pdf.html", context, status=status)


def _described(exports: Iterable[Download]) -> Iterator[tuple[Download, Promise, str]]:
    """Yield each export with the title of its document and its rows in words."""
    for export in exports:
        # A newer version may know other documents.
        if document := DOCUMENTS.get(export.document):
            yield export, document.title, document.counted(export.total)


def _is_same_tab(request: StaffRequest) -> bool:
    """Whether the browser blocked the window in which the PDF was to open."""
    return "same_tab" in request.GET or "same_tab" in request.POST


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


def _export(request: StaffRequest, document: str, export_id: uuid.UUID) -> Download:
    return get_object_or_404(downloads_of(request.user), id=export_id, document=document)
