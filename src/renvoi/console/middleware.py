"""Hides who decides a page's language and clock, and that what is typed outlives the session it was typed in."""

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
_TYPED_KEPT_S = 2 * 3600
_TYPED_CHARACTERS = 200_000


class PageCompression(GZipMiddleware):
    """Compresses pages. Of what is streamed Django would compress each piece by itself, which few clients undo."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed where it is a page."""
        return response if response.streaming else super().process_response(request, response)


def drop_null_cookies(get_response: GetResponse) -> GetResponse:
    """Reads no cookie that holds U+0000: we set none, and a PostgreSQL that is asked for such a session fails."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return get_response(request)

    return middleware


def console_language(get_response: GetResponse) -> Callable[[ConsoleRequest], HttpResponseBase]:
    """Answers in the language of `?lang=`, else the account's, else the cookie's, else the operator's default.

    What htmx asks for is a part of a page and speaks that page's language, which it sends as Accept-Language.
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
    """Keeps the form that is sent after the session's end, so that signing in leads back to it, filled."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_refused = response.status_code == 302 and response.headers["Location"].startswith(_sign_in_path())
        if request.method == "POST" and is_refused and not request.user.is_authenticated:
            typed = {key: request.POST.getlist(key) for key in request.POST if key not in _UNKEPT}
            if sum(len(value) for values in typed.values() for value in values) <= _TYPED_CHARACTERS:
                request.session[_TYPED] = {"path": request.path, "fields": typed, "at": time.time()}
        return response

    return middleware


_UNKEPT = {"csrfmiddlewaretoken", "password"}


def take_typed(request: HttpRequest) -> dict[str, list[str]] | None:
    """What was sent to this very page before signing in again; taken once, and not after two hours."""
    kept: dict[str, Any] | None = request.session.get(_TYPED)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[_TYPED]
    fields: dict[str, list[str]] = kept["fields"]
    return fields if time.time() - kept["at"] < _TYPED_KEPT_S else None


def _sign_in_path() -> str:
    from django.urls import reverse  # noqa: PLC0415 (the addresses load the views, which load this module)

    return reverse(settings.LOGIN_URL)
