"""Answer every request below /api/, in front of the console's middleware: no session, no cookie, no CSRF token."""

import logging
import traceback
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from renvoi.api.answering import answer
from renvoi.api.problems import Problem
from renvoi.disk_reserve import FULL
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import Language
from renvoi.history.running import is_about_the_turn
from renvoi.hosts import split_host
from renvoi.partners.models import Operator
from renvoi.web.negotiation import choose_language
from renvoi.web.origins import log_foreign_host

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_PREFIX = "/api/"
_RETRY_AFTER_S = "5"
_POSTGRESQL_FULL, _SQLITE_FULL = "53100", "database or disk is full"
_logger = logging.getLogger(__name__)


class ApiRequests:
    """Middleware that answers requests for the API itself, and leaves all others to the console."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response."""
        if not request.path_info.startswith(_PREFIX):
            return self._get_response(request)
        response = _respond(request)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ("Accept", "Accept-Language", "Authorization"))
        return response


def _respond(request: HttpRequest) -> HttpResponseBase:
    with translation.override(settings.CONFIG.default_language):
        if not _is_own_host(request):
            log_foreign_host()
            return Problem(HTTPStatus.BAD_REQUEST, _("Nothing answers under this name.")).response()
        try:
            operator = Operator.objects.get(id=1)
        except Exception as error:  # noqa: BLE001 (every answer has the form of a problem)
            return _problem_of(error).response()
    language = _language(request, default=operator.default_language)
    with translation.override(language), timezone.override(zone_of(operator.time_zone)):
        try:
            response = answer(request, operator=operator, language=language)
        except Exception as error:  # noqa: BLE001 (as above)
            response = _problem_of(error).response()
    response.headers.setdefault("Content-Language", language)
    return response


def _is_own_host(request: HttpRequest) -> bool:
    """Return whether the host is one of ours. It is replaced by its canonical form."""
    header = request.META.get("HTTP_HOST")
    split = split_host(header) if header is not None else ("", None)
    if split is None:
        return False
    if split[0]:
        request.META["HTTP_HOST"] = split[0] if split[1] is None else f"{split[0]}:{split[1]}"
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _language(request: HttpRequest, *, default: str) -> Language:
    try:
        parameter = request.GET.get("lang")
    except Exception:  # noqa: BLE001 (the answer says later what is wrong with the query)
        parameter = None
    return choose_language(
        parameter=parameter,
        cookie=None,
        accept_language=request.headers.get("Accept-Language"),
        default="en" if default == "en" else "fr",
    )


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestDataTooBig):
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The body is too large."))
    if is_about_the_turn(error):
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("Another change is being saved. Try again in a few seconds."),
            headers={"Retry-After": _RETRY_AFTER_S},
        )
    if _is_for_lack_of_space(error):
        return Problem(HTTPStatus.INSUFFICIENT_STORAGE, _("The disk is nearly full: nothing can be saved."))
    # No value is logged: it may be a secret.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    _logger.error("The API failed: %s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
    is_unavailable = isinstance(error, OperationalError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_unavailable else HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(status, _("The request could not be answered. Try again."))


def _is_for_lack_of_space(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    if not isinstance(error, OperationalError):
        return False
    return getattr(error.__cause__, "sqlstate", "") == _POSTGRESQL_FULL or _SQLITE_FULL in str(error)
