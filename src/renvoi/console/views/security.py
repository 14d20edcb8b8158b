"""The page Password and sessions: change one's own password, see where one is signed in, and end sessions."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.people.actions import change_own_password, check_new_password, end_own_other_sessions
from renvoi.people.passwords.allowances import TooManyAttempts
from renvoi.people.passwords.checking import check_own_password
from renvoi.people.sessions import end_session, open_sessions

CURRENT, NEW, AGAIN = "current_password", "new_password", "new_password_again"
_LABELS = {
    CURRENT: gettext_lazy("Current password"),
    NEW: gettext_lazy("New password"),
    AGAIN: gettext_lazy("New password, once more"),
}
_WEAK: Mapping[str, str | Promise] = {
    "password_too_common": gettext_lazy("This password is one of the easiest to guess. Choose another one."),
    "password_too_similar": gettext_lazy("This password resembles your name or your email. Choose another one."),
}


@sensitive_post_parameters(CURRENT, NEW, AGAIN)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest) -> HttpResponse:
    """Show the page. POST: change the password."""
    form = TypedForm(_LABELS)
    if request.method != "POST":
        return _page(request, form)
    try:
        errors = dict(_errors(request))
    except TooManyAttempts as limit:
        sentence = _("Too many attempts. Wait a few minutes, then try again.")
        form.refuse(ValidationError({CURRENT: ValidationError(sentence)}))
        response = _page(request, form, status=HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(limit.retry_after_s)
        return response
    if errors:
        form.refuse(ValidationError(errors))
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    change_own_password(request=request, account=request.user, password=request.POST[NEW])
    return _back(request, _("Password changed. Your other sessions have ended."))


@require_POST
def end(request: StaffRequest, session_id: str) -> HttpResponse:
    """End one of the account's sessions."""
    if not end_session(request, request.user, session_id=session_id):
        raise Http404
    return _back(request, _("Session ended."))


@require_POST
def end_others(request: StaffRequest) -> HttpResponse:
    """End all sessions of the account but this one."""
    end_own_other_sessions(request=request, account=request.user)
    return _back(request, _("Your other sessions have ended."))


def _errors(request: StaffRequest) -> Iterator[tuple[str, ValidationError]]:
    """Yield the error of each field that has one. Raises TooManyAttempts."""
    current, new, again = (request.POST.get(name, "") for name in _LABELS)
    for name, text in ((CURRENT, current), (NEW, new), (AGAIN, again)):
        if not text:
            yield name, ValidationError(_("This field is required."))
    if current and not check_own_password(request.user, current):
        yield CURRENT, ValidationError(_("This is not your current password."))
    if new and (sentence := _weakness(request, new, current=current)):
        yield NEW, ValidationError(sentence)
    if new and again and new != again:
        yield AGAIN, ValidationError(_("The two new passwords differ. Type the same one twice."))


def _weakness(request: StaffRequest, password: str, *, current: str) -> str:
    """Return why the password can't be the new one; empty if it can."""
    if password == current:
        return _("This is your current password. Choose another one.")
    try:
        check_new_password(request.user, password)
    except ValidationError as error:
        return _sentence(error.error_list[0])
    return ""


def _sentence(weakness: ValidationError) -> str:
    params = weakness.params or {}
    if weakness.code == "password_too_short":
        length = int(params["min_length"])
        return ngettext("Type at least %d character.", "Type at least %d characters.", length) % length
    return str(_WEAK.get(weakness.code or "", weakness.messages[0]))


def _back(request: StaffRequest, sentence: str) -> HttpResponse:
    add_notice(request, Notice(sentence))
    return HttpResponseRedirect(reverse("console:security"))


def _page(request: StaffRequest, form: TypedForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    sessions = open_sessions(request, request.user)
    context = {"form": form, "sessions": sessions, "has_others": any(not session.is_current for session in sessions)}
    return render(request, "console/account/security.html", context, status=status)
