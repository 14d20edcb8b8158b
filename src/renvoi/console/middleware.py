"""Middleware: compression, null bytes, language and time zone, and forms sent after the session has ended."""

import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone, translation

from renvoi.console.http import ConsoleRequest
from renvoi.domain.places import LANGUAGES, Language
from renvoi.partners.models import Operator

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_TYPED = "typed"
_TYPED_MAX_AGE_S = 2 * 3600
_TYPED_MAX_CHARACTERS = 200_000


class PageCompression(GZipMiddleware):
    """Compress pages. Not streamed responses: Django would compress each piece by itself, which few clients decode."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response, compressed unless it is streamed."""
        return response if response.streaming else super().process_response(request, response)


def drop_null_cookies(get_response: GetResponse) -> GetResponse:
    """Drop cookies that contain U+0000: we set none, and PostgreSQL fails on a session key with one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return get_response(request)

    return middleware


def console_language(get_response: GetResponse) -> Callable[[ConsoleRequest], HttpResponseBase]:
    """Set the language: `?lang=`, else the account's, else the cookie's, else the operator's default.

    A part of a page that htmx asks for is in the language of that page, which windows.js sends as Accept-Language.
    The time zone is the operator's.
    """

    def middleware(request: ConsoleRequest) -> HttpResponseBase:
        request.operator = Operator.objects.get(id=1)
        language = _language(request)
        with translation.override(language), timezone.override(ZoneInfo(request.operator.time_zone)):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        # No page of the console may come out of a cache after the session has ended.
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def _language(request: ConsoleRequest) -> Language:
    candidates = (
        request.GET.get("lang"),
        request.headers.get("Accept-Language") if request.htmx else None,
        request.user.language if request.user.is_authenticated else None,
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME),
        request.operator.default_language,
    )
    return next((language for language in candidates if language in LANGUAGES), "fr")


def keep_typed(get_response: GetResponse) -> GetResponse:
    """Keep a form that is sent after the session has ended, so that signing in leads back to it, filled."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_refused = response.status_code == 302 and response.headers["Location"].startswith(_sign_in_path())
        if request.method == "POST" and is_refused and not request.user.is_authenticated:
            typed = {key: request.POST.getlist(key) for key in request.POST if key not in _NEVER_KEPT}
            if sum(len(value) for values in typed.values() for value in values) <= _TYPED_MAX_CHARACTERS:
                request.session[_TYPED] = {"path": request.path, "fields": typed, "at": time.time()}
        return response

    return middleware


_NEVER_KEPT = {"csrfmiddlewaretoken", "password"}


def pop_typed(request: HttpRequest) -> dict[str, list[str]] | None:
    """Remove and return the form that was sent to this page before signing in again; None after two hours."""
    form: dict[str, Any] | None = request.session.get(_TYPED)
    if form is None or form["path"] != request.path:
        return None
    del request.session[_TYPED]
    fields: dict[str, list[str]] = form["fields"]
    return fields if time.time() - form["at"] < _TYPED_MAX_AGE_S else None


def _sign_in_path() -> str:
    from django.urls import reverse  # noqa: PLC0415 (the URL configuration imports the views, which import this module)

    return reverse(settings.LOGIN_URL)
