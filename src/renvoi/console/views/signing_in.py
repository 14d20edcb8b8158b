"""The sign-in page: django-allauth's, with the status of a refusal; and the page for when too many sign in at once."""

from http import HTTPStatus
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override

from renvoi.console.views.accounts.forgotten import can_ask
from renvoi.domain.places import LANGUAGES
from renvoi.people.adapter import TOO_MANY

_BUSY_RETRY_S = 5


class SignIn(LoginView):  # type: ignore[misc]  # allauth has no types
    """The page, and the form that it sends. Where no password is checked, Retry-After says how long that lasts."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context, with the other ways to get in: a link for a forgotten password, and the provider."""
        config = settings.CONFIG
        provider_name = config.provider_name if config.oidc_issuer else ""
        return {**super().get_context_data(**kwargs), "can_ask_for_link": can_ask(), "provider_name": provider_name}

    def form_invalid(self, form: Form) -> HttpResponse:
        """Return the page with the errors."""
        response: HttpResponse = super().form_invalid(form)
        for error in form.non_field_errors().as_data():
            if error.code == TOO_MANY and error.params:
                response.status_code = HTTPStatus.TOO_MANY_REQUESTS
                response.headers["Retry-After"] = str(error.params["retry_after_s"])
        return response


sign_in = SignIn.as_view()


def busy(request: HttpRequest) -> HttpResponse:
    """503: too many sign-ins are waiting already. Uses neither the database nor the middleware."""
    candidates = (request.GET.get("lang"), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
    language = next((language for language in candidates if language in LANGUAGES), settings.LANGUAGE_CODE)
    request.LANGUAGE_CODE = language  # as the middleware does
    with override(language):
        response = render(request, "console/errors/busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(_BUSY_RETRY_S)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Content-Language"] = language
    return response
