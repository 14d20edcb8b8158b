"""Middleware: database connection, compression, null bytes, language, and forms that can't be carried out."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone, translation

from renvoi.console.http import ConsoleRequest
from renvoi.console.unsent import keep_unsent, refuse_form_of_another, remember_account, show_fields, take_unsent
from renvoi.console.views.taking_turns import page_for_waiting
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import LANGUAGES, Language
from renvoi.downloads.spooling import release_connection
from renvoi.partners.models import Operator
from renvoi.people.sessions import end_if_over
from renvoi.web.headers import PERMISSIONS_POLICY

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def release_database(get_response: GetResponse) -> GetResponse:
    """Close the request's database connection before its response is sent, however slowly the client reads it.

    A process has few sessions of PostgreSQL, and Django would close this one after the response.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            return get_response(request)
        finally:
            release_connection()

    return middleware


class PageCompression(GZipMiddleware):
    """Compress pages. Not streamed responses: Django would compress each piece by itself, which few clients decode."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response, compressed unless it is streamed."""
        return response if response.streaming else super().process_response(request, response)


def browser_policies(get_response: GetResponse) -> GetResponse:
    """Set the headers that Django does not, on every response. Only what says otherwise may come out of a cache."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


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
        with translation.override(language), timezone.override(zone_of(request.operator.time_zone)):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        # No page of the console may come out of a cache after the session has ended.
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def end_idle_sessions(get_response: GetResponse) -> Callable[[ConsoleRequest], HttpResponseBase]:
    """End a session that was idle for as long as the operator allows. What a page asks for by itself is no activity."""

    def middleware(request: ConsoleRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            is_activity = "Renvoi-Background" not in request.headers
            end_if_over(request, idle_minutes=request.operator.session_idle_minutes, is_activity=is_activity)
        return get_response(request)

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


def keep_forms(get_response: GetResponse) -> Callable[[ConsoleRequest], HttpResponseBase]:
    """Keep what was typed for the account that typed it, whoever is signed in when the form is sent.

    A form that is sent after the session has ended is kept until its account signs in again, which leads back to it. If
    its page shows no form (a button in a row, say), it can then be sent again.
    """

    def respond(request: ConsoleRequest) -> HttpResponseBase:
        # What a page sends by itself may be a question that changes nothing.
        is_form = request.method == "POST" or "Renvoi-Background" in request.headers
        refusal = refuse_form_of_another(request) if is_form else None
        response = refusal or get_response(request)
        if not request.user.is_authenticated and _leads_to_sign_in(response):
            if request.method == "POST" and not request.path.startswith((_sign_in_path(), _sign_out_path())):
                keep_unsent(request)
            if request.htmx:
                response.headers["Location"] = _sign_in_from(request)
        if request.htmx and response.status_code == HTTPStatus.FOUND:
            _open_in_whole_window(response)
        # A form without fields is kept too: Restore, in the trash.
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (fields := take_unsent(request)) is not None:
            return show_fields(request, fields, status=HTTPStatus.OK)
        remember_account(request, response)
        return response

    def middleware(request: ConsoleRequest) -> HttpResponseBase:
        try:
            return respond(request)
        except OperationalError as error:
            # Keeping a form waits for other writers too.
            if (page := page_for_waiting(request, error)) is None:
                raise
            return page

    return middleware


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    if response.status_code != HTTPStatus.FOUND:
        return False
    return urlsplit(response.headers["Location"]).path == _sign_in_path()


def _open_in_whole_window(response: HttpResponseBase) -> None:
    """Have htmx open the target of the redirect as a page; htmx itself would put it into a part of this one."""
    response.headers["HX-Redirect"] = response.headers["Location"]
    del response.headers["Location"]
    response.status_code = HTTPStatus.NO_CONTENT


def _sign_in_from(request: ConsoleRequest) -> str:
    is_page = request.method == "GET"
    target = request.get_full_path() if is_page else request.htmx.current_url_abs_path or request.get_full_path()
    return f"{_sign_in_path()}?{urlencode({REDIRECT_FIELD_NAME: target})}"


def _sign_in_path() -> str:
    from django.urls import reverse  # noqa: PLC0415 (the URL configuration imports the views, which import this module)

    return reverse(settings.LOGIN_URL)


def _sign_out_path() -> str:
    from django.urls import reverse  # noqa: PLC0415 (as above)

    return reverse("account_logout")
