"""Refuse what staff want to save while the disk is nearly full: what is left is for the ledger. See docs/adr/0025."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.urls import resolve

from renvoi.console.http import ConsoleRequest
from renvoi.console.unsent import show_fields, submitted
from renvoi.disk_reserve import FULL, is_reserve_reached

# They store a few hundred bytes at most, and nobody could read the console without them.
_SMALL_WRITES = frozenset({"account_login", "account_logout"})
_SQLITE_FULL = "database or disk is full"
_POSTGRESQL_FULL = "53100"  # disk_full


class DiskSpace:
    """Middleware: 507 for a form while the ledger's reserve is reached, or if the disk fills up while it is saved.

    It comes after the check of the CSRF token, because the page shows what was submitted, to be sent again. Requests of
    htmx pass: they update a part of a page, and save nothing.
    """

    def __init__(self, get_response: Callable[[ConsoleRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: ConsoleRequest) -> HttpResponseBase:
        """Return the view's response, or a refusal of one of the methods below."""
        return self._get_response(request)

    def process_view(
        self, request: ConsoleRequest, _view: Any, _arguments: Sequence[Any], _fields: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Refuse a form before it is saved."""
        if request.method != "POST" or request.htmx or not is_reserve_reached(settings.CONFIG.data_dir):
            return None
        return None if resolve(request.path_info).url_name in _SMALL_WRITES else _refuse(request)

    def process_exception(self, request: ConsoleRequest, exception: Exception) -> HttpResponse | None:
        """Refuse a form that could not be saved for lack of space."""
        if not _is_for_lack_of_space(exception):
            return None
        # It could not be saved either.
        request.session.modified = False
        return _refuse(request)


def _refuse(request: ConsoleRequest) -> HttpResponse:
    fields = submitted(request) if request.method == "POST" else QueryDict()
    return show_fields(request, fields, status=507, template="console/errors/full.html")


def _is_for_lack_of_space(exception: Exception) -> bool:
    if isinstance(exception, OSError):
        return exception.errno in FULL
    if not isinstance(exception, OperationalError):
        return False
    sqlstate = getattr(exception.__cause__, "sqlstate", "")
    return sqlstate == _POSTGRESQL_FULL or _SQLITE_FULL in str(exception)
