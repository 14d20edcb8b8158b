"""The error pages. None of them needs a working database."""

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render

_NEVER_SHOWN = {"csrfmiddlewaretoken", "password"}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """400: the request can't be read."""
    return render(request, "console/errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """403."""
    return render(request, "console/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """404, in the frame."""
    return render(request, "console/errors/404.html", status=404)


def failure(request: HttpRequest) -> HttpResponse:
    """500."""
    return render(request, "console/errors/500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the CSRF token is too old, for instance because the user has signed in again in another window.

    The form is shown again with a new token, to be sent with one click, but only if the Origin header shows that it
    comes from one of our own pages.
    """
    fields = []
    if reason != REASON_BAD_ORIGIN and _is_same_origin(request):
        names = [name for name in request.POST if name not in _NEVER_SHOWN]
        fields = [(name, value) for name in names for value in request.POST.getlist(name)]
    return render(request, "console/errors/csrf.html", {"fields": fields, "reason": reason}, status=403)


def _is_same_origin(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()


@login_not_required
def inactive(request: HttpRequest) -> HttpResponse:
    """403: the account is switched off."""
    return render(request, "console/errors/inactive.html", status=403)
