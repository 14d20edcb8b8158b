"""Answer every request below /api/, in front of the console's middleware: no session, no cookie, no CSRF token."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from renvoi.api.answering import answer
from renvoi.api.problems import Problem, problem_of
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import Language
from renvoi.hosts import split_host
from renvoi.partners.models import Operator
from renvoi.web.negotiation import choose_language
from renvoi.web.origins import log_foreign_host

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_PREFIX = "/api/"


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
            return problem_of(error).response()
    language = _language(request, default=operator.default_language)
    with translation.override(language), timezone.override(zone_of(operator.time_zone)):
        try:
            response = answer(request, operator=operator, language=language)
        except Exception as error:  # noqa: BLE001 (as above)
            response = problem_of(error).response()
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
