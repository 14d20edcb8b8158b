"""Hides how the frame's switches are kept: language and theme on the account, dismissed messages in the session."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from renvoi.console.notices import dismiss_notice
from renvoi.domain.places import LANGUAGES
from renvoi.people.actions import update_preferences

_YEAR_S = 365 * 24 * 3600


@login_not_required
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    """Keeps `language` or `theme`, and goes back to the page that asked."""
    response = HttpResponseRedirect(_back(request))
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if request.user.is_authenticated:
        try:
            update_preferences(user=request.user, language=language, theme=theme)
        except ValidationError as error:
            raise BadRequest(str(error)) from error
    if language in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=_YEAR_S,
            httponly=True,
            samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    return response


@require_POST
def dismiss(request: HttpRequest, notice_id: str) -> HttpResponse:
    """Stops showing a message; empty for htmx, which takes the message away, else back to the page."""
    dismiss_notice(request, notice_id=notice_id)
    if request.headers.get("HX-Request"):
        return HttpResponse("")
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if is_ours and back.startswith("/console/") else reverse("console:home")
