"""Find the operation of a request, check the token, and answer."""

from datetime import UTC, datetime
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _

from renvoi.api.authentication import authenticate, require_scope, take_permit
from renvoi.api.documents.pages import PAGES
from renvoi.api.operation import ApiRequest, Operation
from renvoi.api.operations.table import OPERATIONS
from renvoi.api.problems import Problem, parameters, problem_of
from renvoi.disk_reserve import require_space
from renvoi.domain.places import LANGUAGES, Language
from renvoi.partners.models import Operator

_UNREADABLE = (BadRequest, SuspiciousOperation, UnreadablePostError, LookupError, UnicodeError)


def answer(request: HttpRequest, *, operator: Operator, language: Language) -> HttpResponseBase:
    """Return the answer to a request. Raises Problem."""
    page = PAGES.get(request.path_info)
    if page is not None:
        _require_safe(request)
        return page()
    operation, key = _find(request)
    today = timezone.localdate(datetime.now(UTC))
    token = authenticate(request, today=today)
    headers = take_permit(token)
    try:
        require_scope(token, operation.scope)
        _check_query(request, operation)
        if operation.method != "GET":
            require_space(settings.CONFIG.data_dir)
        response = operation.respond(
            ApiRequest(http=request, token=token, operator=operator, language=language, today=today, key=key)
        )
    except Exception as error:  # noqa: BLE001 (a failure has the headers of the limit, too)
        response = problem_of(error).response()
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _require_safe(request: HttpRequest) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise _no_such_method({"GET", "HEAD"})


def _find(request: HttpRequest) -> tuple[Operation, str]:
    """Return the operation and the key in the path. Raises Problem: 404, or 405 with the methods that there are."""
    matches = [(each, match) for each in OPERATIONS if (match := each.match(request.path_info))]
    if not matches:
        raise Problem(HTTPStatus.NOT_FOUND, _("There is nothing at this address."))
    method = "GET" if request.method == "HEAD" else request.method
    for each, match in matches:
        if each.method == method:
            return each, match[1] if match.groups() else ""
    allowed = {each.method for each, _match in matches}
    allowed |= {"HEAD"} if "GET" in allowed else set()
    raise _no_such_method(allowed)


def _no_such_method(allowed: set[str]) -> Problem:
    sentence = _("This address does not have this method.")
    return Problem(HTTPStatus.METHOD_NOT_ALLOWED, sentence, headers={"Allow": ", ".join(sorted(allowed))})


def _check_query(request: HttpRequest, operation: Operation) -> None:
    """Raise Problem if the query can't be read (400), or has a parameter or a language that is not known (422)."""
    try:
        sent = set(request.GET)
    except _UNREADABLE as error:
        raise Problem(HTTPStatus.BAD_REQUEST, _("The query string can’t be read.")) from error
    names = {parameter.name for parameter in operation.parameters if not parameter.is_header}
    if unknown := sorted(sent - names - {"lang"}):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            _("The query string has an unknown parameter."),
            errors=parameters(unknown, _("There is no such parameter.")),
        )
    if request.GET.get("lang", "fr") not in LANGUAGES:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            _("A parameter has a wrong value."),
            errors=parameters(["lang"], _("Choose a language: fr or en.")),
        )
