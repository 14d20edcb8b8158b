"""Hides how preferences are kept, by their page and by the frame's switches; also the list of keys, and dismissal."""

from collections.abc import Mapping
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.forms import TypedForm, typed_in
from renvoi.console.notices import Notice, add_notice, dismiss_notice
from renvoi.domain.places import LANGUAGES
from renvoi.people.actions import update_preferences
from renvoi.people.models import User

_YEAR_S = 365 * 24 * 3600
_CHOSEN = {
    "language": gettext_lazy("Language"),
    "theme": gettext_lazy("Theme"),
    "csv_separator": gettext_lazy("Separator in CSV files"),
}
_TICKED = {
    "saves_pdf_copy": gettext_lazy("Also save a copy of the PDF"),
    "uses_keys": gettext_lazy("Keyboard shortcuts"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The page Préférences; POST keeps what it holds."""
    account = cast("User", request.user)
    form = TypedForm(_CHOSEN | _TICKED)
    typed = typed_in(request)
    if typed is None:
        form.fill(_text_of(account))
        return _page(request, form)
    form.fill(typed)
    if request.method != "POST":
        form.is_restored = True
        return _page(request, form)
    return _save(request, account, form)


def _save(request: HttpRequest, account: User, form: TypedForm) -> HttpResponse:
    typed = form.raw()
    try:
        update_preferences(
            user=account,
            **{name: typed[name] for name in _CHOSEN},
            saves_pdf_copy=bool(typed["saves_pdf_copy"]),
            uses_keys=bool(typed["uses_keys"]),
        )
    except ValidationError as error:
        form.refuse(error)
        return _page(request, form, status=422)
    with override(account.language):
        add_notice(request, Notice(_("Preferences saved.")))
    response = HttpResponseRedirect(reverse("console:account"))
    _remember_language(response, account.language)
    return response


def _text_of(account: User) -> Mapping[str, str]:
    """The account's preferences as a form's text: what is not ticked is empty."""
    return {name: getattr(account, name) for name in _CHOSEN} | {
        name: "on" if getattr(account, name) else "" for name in _TICKED
    }


def _page(request: HttpRequest, form: TypedForm, *, status: int = 200) -> HttpResponse:
    return render(request, "console/account/preferences.html", {"form": form}, status=status)


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """What each key does: a window, or without JavaScript a page."""
    is_window = bool(request.headers.get("HX-Request"))
    return render(request, f"console/account/{'_keys_window' if is_window else 'keys'}.html")


@login_not_required
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    """A switch of the frame: keeps `language` or `theme`, and goes back to the page that asked."""
    response = HttpResponseRedirect(_back(request))
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if request.user.is_authenticated:
        try:
            update_preferences(user=request.user, language=language or None, theme=theme or None)
        except ValidationError as error:
            raise BadRequest(str(error)) from error
    if language in LANGUAGES:
        _remember_language(response, language)
    return response


def _remember_language(response: HttpResponse, language: str) -> None:
    """For the pages of somebody who is signed out."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )


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
