"""The page Password and sessions: change one's own password, see where one is signed in, and end sessions."""

from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from renvoi.console.forms.new_password import AGAIN, CURRENT, NEW, PASSWORD_LABELS, new_password_errors
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.people.actions import (
    change_own_password,
    end_own_other_sessions,
    end_own_session,
    is_current_password,
)
from renvoi.people.factors.listing import factors_of
from renvoi.people.oidc.admission import signs_in_only_by_provider
from renvoi.people.passwords.allowances import TooManyAttempts
from renvoi.people.sessions import open_sessions


@sensitive_post_parameters(CURRENT, NEW, AGAIN)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest) -> HttpResponse:
    """Show the page. POST: change the password."""
    form = TypedForm(PASSWORD_LABELS)
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
    if not end_own_session(request=request, account=request.user, session_id=session_id):
        raise Http404
    return _back(request, _("Session ended."))


@require_POST
def end_others(request: StaffRequest) -> HttpResponse:
    """End all sessions of the account but this one."""
    end_own_other_sessions(request=request, account=request.user)
    return _back(request, _("Your other sessions have ended."))


def _errors(request: StaffRequest) -> Iterator[tuple[str, ValidationError]]:
    """Yield the error of each field that has one. Raises TooManyAttempts."""
    current = request.POST.get(CURRENT, "")
    if not current:
        yield CURRENT, ValidationError(_("This field is required."))
    elif not is_current_password(request=request, account=request.user, password=current):
        yield CURRENT, ValidationError(_("This is not your current password."))
    yield from new_password_errors(request.POST, account=request.user)


def _back(request: StaffRequest, sentence: str) -> HttpResponse:
    add_notice(request, Notice(sentence))
    return HttpResponseRedirect(reverse("console:security"))


def _page(request: StaffRequest, form: TypedForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    sessions = open_sessions(request, request.user)
    context = {
        "form": form,
        "sessions": sessions,
        "has_others": any(not session.is_current for session in sessions),
        "factors": factors_of(request.user),
        "provider_name": settings.CONFIG.provider_name if signs_in_only_by_provider(request.user) else "",
    }
    return render(request, "console/account/security.html", context, status=status)
