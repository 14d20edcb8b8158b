"""Set up one's own authenticator app, make new recovery codes, and switch the app off again."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from renvoi.console.access.factor_required import lacks_factor
from renvoi.console.forms.new_password import CURRENT, PASSWORD_LABELS
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.factors.codes import APP_CODE, CODE, wrong_code
from renvoi.console.views.factors.qr import qr_code
from renvoi.people.actions import is_current_password
from renvoi.people.factors import actions
from renvoi.people.factors.listing import factors_of
from renvoi.people.factors.totp import Setup, begin_setup, matching_step, resume_setup
from renvoi.people.oidc.admission import signs_in_only_by_provider
from renvoi.people.own_site import is_console_target
from renvoi.people.passwords.allowances import TooManyAttempts
from renvoi.people.security.origins import origin_of

_PASSWORD = {CURRENT: PASSWORD_LABELS[CURRENT]}
_LABELS = {CODE: APP_CODE, **_PASSWORD}
_Refuse = Callable[[int], HttpResponse]


@sensitive_post_parameters(CODE, CURRENT, "setup")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: StaffRequest) -> HttpResponse:
    """Show a new secret. POST with a code of the app: make it the account's, and show its recovery codes once."""
    account, form = request.user, TypedForm(_LABELS)
    if factors_of(account).app_added_at:
        return _back(request, _("Your account already has an authenticator app."))
    if signs_in_only_by_provider(account):
        # Without a password to type here, and none to protect.
        return HttpResponseRedirect(reverse("console:security"))
    setup = resume_setup(account, request.POST.get("setup", "")) or begin_setup(account)
    if request.method != "POST":
        return _setup_page(request, form, setup)
    code = request.POST.get(CODE, "").strip()
    step = matching_step(setup.secret, code)
    errors = {} if step is not None else {CODE: ValidationError(wrong_code(code, "app"))}
    if refusal := _refusal(request, form, errors, lambda status: _setup_page(request, form, setup, status=status)):
        return refusal
    codes = actions.set_up_app(account=account, secret=setup.secret, step=step or 0, origin=origin_of(request))
    if codes is None:
        return _back(request, _("Your account already has an authenticator app."))
    return _codes_page(request, codes, _("Your authenticator app is set up"), next_path=_next(request))


@sensitive_post_parameters(CURRENT)
@require_http_methods(["GET", "HEAD", "POST"])
def make_codes(request: StaffRequest) -> HttpResponse:
    """Ask for the password. POST: make new recovery codes, and show them once."""
    form = TypedForm(_PASSWORD)
    if not factors_of(request.user):
        return HttpResponseRedirect(reverse("console:security"))
    template = "console/factors/make_codes.html"
    if request.method != "POST":
        return _page(request, template, form)
    if refusal := _refusal(request, form, {}, lambda status: _page(request, template, form, status=status)):
        return refusal
    codes = actions.make_recovery_codes(account=request.user, origin=origin_of(request))
    return _codes_page(request, codes, _("New recovery codes"))


@sensitive_post_parameters(CURRENT)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: StaffRequest) -> HttpResponse:
    """Ask for the password. POST: switch the authenticator app off."""
    form = TypedForm(_PASSWORD)
    if not factors_of(request.user).app_added_at:
        return HttpResponseRedirect(reverse("console:security"))
    template = "console/factors/remove_app.html"
    if request.method != "POST":
        return _page(request, template, form)
    if refusal := _refusal(request, form, {}, lambda status: _page(request, template, form, status=status)):
        return refusal
    actions.remove_app(account=request.user, origin=origin_of(request))
    return _back(request, _("The authenticator app is switched off."))


def _refusal(
    request: StaffRequest, form: TypedForm, errors: dict[str, ValidationError], page: _Refuse
) -> HttpResponse | None:
    """Return the page with the errors of the form, also of its password; None if there is none."""
    password = request.POST.get(CURRENT, "")
    try:
        if not password:
            errors[CURRENT] = ValidationError(_("This field is required."))
        elif not is_current_password(request=request, account=request.user, password=password):
            errors[CURRENT] = ValidationError(_("This is not your current password."))
    except TooManyAttempts as limit:
        sentence = _("Too many attempts. Wait a few minutes, then try again.")
        form.refuse(ValidationError({CURRENT: ValidationError(sentence)}))
        response = page(HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(limit.retry_after_s)
        return response
    if not errors:
        return None
    form.refuse(ValidationError(dict(errors)))
    return page(HTTPStatus.UNPROCESSABLE_ENTITY)


def _back(request: StaffRequest, sentence: str) -> HttpResponse:
    add_notice(request, Notice(sentence))
    return HttpResponseRedirect(reverse("console:security"))


def _next(request: StaffRequest) -> str:
    """Return the page that was asked for before a second factor was required; empty if none was."""
    target = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    return target if target and is_console_target(request, target) else ""


def _setup_page(request: StaffRequest, form: TypedForm, setup: Setup, *, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {
        "setup": setup,
        "qr": qr_code(setup.url),
        "next_path": _next(request),
        "is_required": lacks_factor(request),
    }
    return _page(request, "console/factors/set_up.html", form, status=status, **context)


def _codes_page(request: StaffRequest, codes: list[str], title: str, *, next_path: str = "") -> HttpResponse:
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    context = {
        "title": title,
        "codes": "\n".join(shown),
        "next_path": next_path,
        "file": "\r\n".join([f"Renvoi – {request.user.email}", "", *shown, ""]),
    }
    return render(request, "console/factors/codes.html", context)


def _page(
    request: StaffRequest, template: str, form: TypedForm, *, status: int = HTTPStatus.OK, **context: Any
) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=status)
