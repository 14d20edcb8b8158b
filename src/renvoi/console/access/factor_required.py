"""Lead an account that must have a second factor to the page that sets one up. It runs before each view."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from renvoi.console.access.rights import OPEN
from renvoi.console.http import ConsoleRequest
from renvoi.console.unsent import keep_unsent
from renvoi.people.factors.listing import has_factor
from renvoi.people.models import User
from renvoi.people.oidc.admission import signs_in_only_by_provider

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_SETUP = "console:app_setup"
ALLOWED = OPEN | {_SETUP, "console:preferences", "console:help", "console:help_chapter", "console:password_link"}
"""What an account may do before it has the second factor that it needs."""


class FactorRequired:
    """Redirect where the second factor is missing. A form that was sent is kept, and comes back afterwards."""

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
        kwargs: dict[str, Any],  # noqa: ARG002 (as above)
    ) -> HttpResponse | None:
        """Return the redirect; None if the view may be called."""
        match = request.resolver_match
        if match is None or match.view_name in ALLOWED or not lacks_factor(request):
            return None
        if "Renvoi-Background" in request.headers:
            # What a page sends by itself, while its form is filled in, must not lead away from it.
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        if request.method == "POST":
            keep_unsent(request)
        target = request.get_full_path() if request.method == "GET" and not request.htmx else _page_of(request)
        return HttpResponseRedirect(f"{reverse(_SETUP)}?{urlencode({REDIRECT_FIELD_NAME: target})}")


def lacks_factor(request: ConsoleRequest) -> bool:
    """Return whether the account of the request must have a second factor, and has none.

    One that signs in only by a provider needs none here: the provider asks for its own, and no password is to protect.
    """
    account, least = request.user, request.operator.second_factor_from
    if not account.is_authenticated or least not in User.Role.values:
        return False
    return account.may(User.Role(least)) and not has_factor(account) and not signs_in_only_by_provider(account)


def _page_of(request: ConsoleRequest) -> str:
    """Return the page to go back to: that of the form, or the one that htmx is on."""
    return (request.htmx and request.htmx.current_url_abs_path) or request.path
