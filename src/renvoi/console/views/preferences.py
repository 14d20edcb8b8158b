"""The account's preferences: their page, the switches in the frame, the shortcuts, and dismissing a message."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import ConsoleRequest, StaffRequest
from renvoi.console.notices import Notice, add_notice, dismiss_notice
from renvoi.domain.places import LANGUAGES
from renvoi.people.actions import update_preferences
from renvoi.people.models import User
from renvoi.people.own_site import is_console_target

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
def show(request: StaffRequest) -> HttpResponse:
    """Show the preferences. POST: save them."""
    form = TypedForm(_CHOSEN | _TICKED)
    typed = read_typed(request)
    if typed is None:
        form.fill(_text_of(request.user))
        return _page(request, form)
    form.fill(typed)
    if request.method != "POST":
        form.is_restored = True
        return _page(request, form)
    return _save(request, form)


def _save(request: StaffRequest, form: TypedForm) -> HttpResponse:
    account = request.user
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
    """Return the account's preferences as the text of a form: an unticked box is empty."""
    return {name: getattr(account, name) for name in _CHOSEN} | {
        name: "on" if getattr(account, name) else "" for name in _TICKED
    }


def _page(request: StaffRequest, form: TypedForm, *, status: int = 200) -> HttpResponse:
    return render(request, "console/account/preferences.html", {"form": form}, status=status)


@require_safe
def shortcuts(request: StaffRequest) -> HttpResponse:
    """List the keyboard shortcuts, in a window for htmx and on a page otherwise."""
    return render(request, "console/account/shortcuts.html", {"title": _("Keyboard shortcuts")})


@login_not_required
@require_POST
def update(request: ConsoleRequest) -> HttpResponse:
    """Save `language` or `theme` from a switch in the frame, and return to the page in `next`."""
    response = HttpResponseRedirect(_next_path(request))
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
    """Set the cookie that decides the language of the pages before signing in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )


@require_POST
def dismiss(request: StaffRequest, notice_id: str) -> HttpResponse:
    """Dismiss a message. The response is empty for htmx, which removes the message; otherwise return to the page."""
    dismiss_notice(request, notice_id=notice_id)
    if request.htmx:
        return HttpResponse("")
    return HttpResponseRedirect(_next_path(request))


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: StaffRequest) -> HttpResponse:
    """Return from a question to the page in `next`, with a message that nothing was changed."""
    if request.method == "POST":
        add_notice(request, Notice(_("Nothing was changed.")))
    return HttpResponseRedirect(_next_path(request))


def _next_path(request: ConsoleRequest) -> str:
    path = request.POST.get("next", "")
    return path if is_console_target(request, path) else reverse("console:home")
