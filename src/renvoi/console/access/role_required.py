"""Refuse a request that the role of its account does not allow. It runs before each view."""

import logging
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict

from renvoi.console.access.rights import OPEN, least_role
from renvoi.console.http import ConsoleRequest, StaffRequest
from renvoi.console.unsent import show_fields, submitted
from renvoi.console.wording.roles import ROLE_NAMES
from renvoi.partners.actions import changes_settings
from renvoi.people.models import User

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_logger = logging.getLogger(__name__)


class RoleRequired:
    """Answer 403 where the role is not enough, with what was typed, and to everybody where no role is listed."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response."""
        return self._get_response(request)

    def process_view(
        self,
        request: ConsoleRequest,
        view: Callable[..., HttpResponseBase],  # noqa: ARG002 (Django's signature)
        args: tuple[Any, ...],  # noqa: ARG002 (as above)
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Return the refusal; None if the view may be called. Sign-in comes first, by `LoginRequiredMiddleware`."""
        match = request.resolver_match
        if match is None or match.view_name in OPEN or not request.user.is_authenticated:
            return None
        least = least_role(match.view_name, request.method or "", document=kwargs.get("document"))
        if least is not None and request.user.may(least):
            return None
        _logger.warning("A role was not enough: account %s, %s %s", request.user.pk, request.method, match.view_name)
        return refuse(request, least, own=request.user.role)


def refuse_undo(request: StaffRequest, step_ids: Iterable[uuid.UUID]) -> HttpResponse | None:
    """Return 403 to an account that may not undo these steps, such as one of a general setting; None if it may."""
    least = User.Role.ADMINISTRATOR if changes_settings(step_ids) else User.Role.MANAGER
    return None if request.user.may(least) else refuse(request, least, own=request.user.role)


def refuse(request: ConsoleRequest, least: User.Role | None, *, own: str) -> HttpResponse:
    """Return 403 with the role that is needed, None if no role is enough, and with what was typed."""
    fields = submitted(request) if request.method == "POST" else QueryDict()
    context = {"needed": ROLE_NAMES[least] if least else "", "own": ROLE_NAMES.get(own, "")}
    return show_fields(
        request, fields, status=HTTPStatus.FORBIDDEN, template="console/errors/403.html", context=context
    )
