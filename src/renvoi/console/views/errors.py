"""The error pages. None of them needs a working database."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render

from renvoi.console.unsent import show_fields, submitted
from renvoi.people.own_site import is_from_own_page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """400: the request can't be read."""
    return unreadable(request, status=400)


def unreadable(request: HttpRequest, *, reason: str = "", status: int) -> HttpResponse:
    """400 or 413: the request can't be read. `reason` is a sentence that says why."""
    return render(request, "console/errors/400.html", {"reason": reason}, status=status)


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
    is_ours = reason != REASON_BAD_ORIGIN and is_from_own_page(request)
    fields = submitted(request) if is_ours else QueryDict()
    return show_fields(request, fields, status=403)


@login_not_required
def inactive(request: HttpRequest) -> HttpResponse:
    """403: the account is switched off."""
    return render(request, "console/errors/inactive.html", status=403)
