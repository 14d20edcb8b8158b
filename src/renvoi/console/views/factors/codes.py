"""The second step of a sign-in: the page that asks for a code of the authenticator app, or for a recovery code."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import ConsoleRequest
from renvoi.people.factors.adapter import SecondFactorStage, cancel_sign_in, pending_stage
from renvoi.people.factors.checking import CodeKind, check_code
from renvoi.people.passwords.allowances import TooManyAttempts

CODE = "code"
APP_CODE = gettext_lazy("6-digit code")
_LABELS = {"app": APP_CODE, "recovery": gettext_lazy("Recovery code")}


@login_not_required
@sensitive_post_parameters(CODE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: ConsoleRequest, kind: CodeKind) -> HttpResponse:
    """Ask for the code. POST: check it, and sign in; or begin again, with the button "again"."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(reverse("console:home"))
    stage = pending_stage(request)
    account = stage.account if stage else None
    if stage is None or account is None or "again" in request.POST:
        cancel_sign_in(request)
        return HttpResponseRedirect(reverse("account_login"))
    form = TypedForm({CODE: _LABELS[kind]})
    if request.method != "POST":
        return _page(request, form, kind, stage)
    code = request.POST.get(CODE, "").strip()
    try:
        if code and check_code(request, account, code, kind=kind):
            return stage.finish()
    except TooManyAttempts as limit:
        sentence = _("Too many attempts. Wait a few minutes, then try again.")
        form.refuse(ValidationError({CODE: ValidationError(sentence)}))
        response = _page(request, form, kind, stage, status=HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(limit.retry_after_s)
        return response
    form.refuse(ValidationError({CODE: ValidationError(wrong_code(code, kind))}))
    return _page(request, form, kind, stage, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def wrong_code(code: str, kind: CodeKind) -> str:
    """Return why the code is refused."""
    if not code:
        return _("This field is required.")
    if kind == "app":
        return _("This code is not right, or has served already. Wait for the next one, then type it.")
    return _("This recovery code is not right, or has served already. Type another one.")


def _page(
    request: ConsoleRequest, form: TypedForm, kind: CodeKind, stage: SecondFactorStage, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = {"form": form, "kind": kind, "has_draft": stage.leads_to_draft}
    return render(request, "console/factors/sign_in.html", context, status=status)
