"""Forms that were not carried out because the session had ended, or because another account is signed in now.

Each form names the account that it was shown to, signed; a cookie names the account that signed in last in this
browser, for forms without that field. A stranger can make neither, and both outlive the session. What was typed is
stored as a draft of that account, and only that account gets it back. Nothing of it is stored in a session.
"""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, UnreadablePostError
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from renvoi.console.http import ConsoleRequest
from renvoi.people.drafts import keep_draft, take_draft
from renvoi.people.models import User

FIELD = "filled_by"
"""The hidden field, which the template tag `csrf_token` adds to each form."""

_SALT = "renvoi.console.unsent"
_YEAR_S = 365 * 24 * 3600
_NEVER_KEPT = frozenset({"csrfmiddlewaretoken", FIELD, "code", "setup"})


def sign_account(account: User) -> str:
    """Return the account as a text that nobody else can make."""
    return Signer(salt=_SALT).sign(str(account.pk))


def account_in(token: str | None) -> User | None:
    """Return the account that `sign_account` signed; None for another text, or if the account is switched off."""
    if token:
        with suppress(BadSignature, ValueError):
            return User.objects.filter(id=Signer(salt=_SALT).unsign(token), is_active=True).first()
    return None


def remember_account(request: ConsoleRequest, response: HttpResponseBase) -> None:
    """Set the cookie that names the signed-in account, unless the browser has it."""
    if not request.user.is_authenticated:
        return
    token = sign_account(request.user)
    if request.COOKIES.get(settings.ACCOUNT_COOKIE_NAME) != token:
        response.set_cookie(
            settings.ACCOUNT_COOKIE_NAME,
            token,
            max_age=_YEAR_S,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )


def remembered_account(request: HttpRequest) -> User | None:
    """Return the account that signed in last in this browser."""
    return account_in(request.COOKIES.get(settings.ACCOUNT_COOKIE_NAME))


def refuse_form_of_another(request: ConsoleRequest) -> HttpResponse | None:
    """Return the response (409) to a form that was shown to another account than the one that is signed in now.

    Its owner has it as a draft. None if the form is the signed-in account's own, or names none. What a page sends by
    itself, while the form is filled in (`data-background`), gets no content instead: it neither leads to the sign-in
    nor is kept, since the form itself will be, once it is sent.
    """
    token = submitted(request).get(FIELD)
    if request.htmx and "Renvoi-Background" in request.headers:
        is_own = request.user.is_authenticated and (not token or token == sign_account(request.user))
        return None if is_own else HttpResponse(status=HTTPStatus.NO_CONTENT)
    if not token or not request.user.is_authenticated or token == sign_account(request.user):
        return None
    owner = account_in(token)
    if owner is None:
        return None
    is_kept = _keep(request, owner)
    response = render(request, "console/errors/another_account.html", {"is_kept": is_kept}, status=409)
    if request.htmx:
        retarget(response, "body")
        reswap(response, "innerHTML")
    return response


def keep_unsent(request: ConsoleRequest) -> None:
    """Store the form of a signed-out request as a draft of the account that it was shown to.

    The form of a stranger, who can name no account, is not stored.
    """
    owner = account_in(submitted(request).get(FIELD)) or remembered_account(request)
    if owner is not None:
        _keep(request, owner)


def take_unsent(request: ConsoleRequest) -> QueryDict | None:
    """Return the draft of this page, which is removed, as submitted fields; None without one.

    A second call in one request returns the same.
    """
    if request.method == "GET" and request.user.is_authenticated and not hasattr(request, "unsent"):
        fields = take_draft(account=request.user, path=request.path)
        request.unsent = None if fields is None else _query_of(fields)
    return getattr(request, "unsent", None)


def _query_of(fields: Mapping[str, list[str]]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, values in fields.items():
        query.setlist(name, values)
    return query


def kept_fields(fields: QueryDict) -> dict[str, list[str]]:
    """Return the submitted fields without tokens, passwords and codes."""
    return {name: fields.getlist(name) for name in fields if name not in _NEVER_KEPT and "password" not in name.lower()}


def show_fields(
    request: HttpRequest,
    fields: QueryDict,
    *,
    status: int,
    template: str = "console/errors/csrf.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return a page that sends these fields again to the page's own address with one click."""
    shown = kept_fields(fields) | ({FIELD: [fields[FIELD]]} if FIELD in fields else {})
    pairs = [(name, value) for name, values in shown.items() for value in values]
    return render(request, template, {"fields": pairs, **(context or {})}, status=status)


def submitted(request: HttpRequest) -> QueryDict:
    """Return the fields of a POST; none if the client has left before it was complete."""
    try:
        return request.POST
    except UnreadablePostError:
        return QueryDict()


def _keep(request: HttpRequest, owner: User) -> bool:
    return keep_draft(account=owner, path=request.path, fields=kept_fields(request.POST))
