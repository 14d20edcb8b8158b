"""Refuse requests for other hosts, and queries and forms that are too large or malformed, before a view reads them."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from renvoi.console.http import ConsoleRequest
from renvoi.console.views.errors import unreadable
from renvoi.hosts import split_host
from renvoi.web.origins import log_foreign_host

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_UNREADABLE = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError, LookupError)


def own_hosts_only(get_response: GetResponse) -> GetResponse:
    """Answer 400 to a request for another host. The header of an own host is replaced by its canonical form.

    The log gets one line, without the value.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        header = request.META.get("HTTP_HOST")
        split = split_host(header) if header is not None else ("", None)
        if split is None:
            return _refuse_host(request)
        if split[0]:
            request.META["HTTP_HOST"] = split[0] if split[1] is None else f"{split[0]}:{split[1]}"
        try:
            request.get_host()
        except DisallowedHost:
            return _refuse_host(request)
        return get_response(request)

    return middleware


def parse_query(get_response: GetResponse) -> GetResponse:
    """Parse the query string. One that can't be read is dropped, so that every page can be shown, and remembered."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            request.GET.get("")
        except _UNREADABLE as error:
            request.GET = QueryDict()
            request.META[_QUERY_ERROR] = error
        return get_response(request)

    return middleware


def refuse_unreadable(get_response: GetResponse) -> Callable[[ConsoleRequest], HttpResponseBase]:
    """Answer 413 to a form that is too large, and 400 to a query or a form that can't be read for another reason.

    The page says which limit was exceeded. It comes after the language has been chosen.
    """

    def middleware(request: ConsoleRequest) -> HttpResponseBase:
        error = request.META.get(_QUERY_ERROR) or _form_error(request)
        if error is None:
            return get_response(request)
        status = 413 if isinstance(error, RequestDataTooBig) else 400
        return _logged(unreadable(request, reason=_sentence(error), status=status))

    return middleware


_QUERY_ERROR = "renvoi.query_error"


def _form_error(request: HttpRequest) -> Exception | None:
    """Parse the form, if there is one, and return why it can't be read. None if it can."""
    try:
        request.POST.get("")
    except _UNREADABLE as error:
        request.POST = QueryDict()
        return error
    return None


def _sentence(error: Exception) -> str:
    if isinstance(error, TooManyFieldsSent):
        return _("More than %(limit)s fields were sent.") % {"limit": _number(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)}
    if isinstance(error, TooManyFilesSent):
        return _("More than %(limit)s files were sent.") % {"limit": _number(settings.DATA_UPLOAD_MAX_NUMBER_FILES)}
    if isinstance(error, RequestDataTooBig):
        return _("More than %(limit)s bytes were sent.") % {"limit": _number(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)}
    return ""


def _number(value: int | None) -> str:
    return number_format(value or 0, force_grouping=True)


def _refuse_host(request: HttpRequest) -> HttpResponse:
    log_foreign_host()
    # The error page reads it.
    request.GET = QueryDict()
    # Whoever asks, and in which language, is not known yet.
    with override(settings.CONFIG.default_language):
        return _logged(unreadable(request, status=400))


def _logged(response: HttpResponse) -> HttpResponse:
    """Have Django log nothing of this response: the path is the client's too."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 (as log_response sets it)
    return response
