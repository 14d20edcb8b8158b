"""Show a form again that waited in vain for another step to be written, and say which step that is.

The form may have been saved before the wait was over, and only its answer be missing: to send it again does nothing
twice.
"""

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseBase, QueryDict

from renvoi.console.http import ConsoleRequest
from renvoi.console.unsent import show_fields, submitted
from renvoi.history.models import RunningStep
from renvoi.history.running import is_about_the_turn, running_step

_RETRY_AFTER_S = 5


class TakingTurns:
    """Middleware: 503 with the form, to be sent again, if another writer held the lock for too long; else with a link.

    It comes after the check of the CSRF token, because the page shows what was submitted.
    """

    def __init__(self, get_response: Callable[[ConsoleRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: ConsoleRequest) -> HttpResponseBase:
        """Return the view's response, or that of the method below."""
        return self._get_response(request)

    def process_exception(self, request: ConsoleRequest, exception: Exception) -> HttpResponse | None:
        """Return the page for a request whose turn did not come."""
        return page_for_waiting(request, exception)


def page_for_waiting(request: ConsoleRequest, exception: Exception) -> HttpResponse | None:
    """Return the page for a request whose turn did not come; None if the exception is not about the lock."""
    if not is_about_the_turn(exception):
        return None
    # Saving the session would wait for the same lock.
    request.session.modified = False
    fields = submitted(request) if request.method == "POST" else QueryDict()
    response = show_fields(
        request, fields, status=503, template="console/errors/turn.html", context={"running": _running()}
    )
    response["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _running() -> RunningStep | None:
    try:
        return running_step()
    except DatabaseError:
        return None
