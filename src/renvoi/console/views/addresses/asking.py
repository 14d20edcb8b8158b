"""The page on which a person asks for another email of the own account.

It needs the current password and, of an account with an authenticator app, a code: whoever finds a session open can't
take the account over. With a mail server, a link goes to the new email and a notice to the present one. The answer is
the same if another account has the email: who gets a message is found out afterwards, in another thread. Without a mail
server nothing confirms an email: an administrator changes it, also the own one.
"""

from collections.abc import Iterator
from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.new_password import CURRENT, PASSWORD_LABELS
from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest, public_address
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.addresses.letters import send_messages
from renvoi.console.views.factors.codes import APP_CODE, CODE, wrong_code
from renvoi.people.actions import is_current_password
from renvoi.people.addresses.changing import VALID_HOURS, ask_for_change, change_email, may_ask, parse_email
from renvoi.people.factors.checking import check_code
from renvoi.people.factors.listing import factors_of
from renvoi.people.mail.sending import later, mail_server
from renvoi.people.models import User
from renvoi.people.passwords.allowances import TooManyAttempts

_HOUR_S = 3600


@sensitive_post_parameters(CODE, CURRENT)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest) -> HttpResponse:
    """Show the form. POST: send a link to the new email or, without a mail server, change it at once."""
    form = _form(request)
    if request.method != "POST":
        return _page(request, form)
    if not _can_change(request.user):
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        errors = dict(_errors(request))
    except TooManyAttempts as limit:
        return _too_many(request, form, field=CURRENT, retry_after_s=limit.retry_after_s)
    try:
        # A code serves once: it is used up only when nothing else is wrong.
        errors = errors or dict(_code_errors(request, form))
    except TooManyAttempts as limit:
        return _too_many(request, form, field=CODE, retry_after_s=limit.retry_after_s)
    if errors:
        form.refuse(ValidationError(errors))
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    email = parse_email(form["email"].value, account=request.user)
    if mail_server() is None:
        return _change(request, form, email)
    if not may_ask(request.user):
        return _too_many(request, form, field="email", retry_after_s=_HOUR_S)
    return _send_link(request, email)


def _form(request: StaffRequest) -> TypedForm:
    """Return the form as it was typed, without what is secret. It asks for a code if the account has an app."""
    labels = {"email": gettext_lazy("New email"), CURRENT: PASSWORD_LABELS[CURRENT]}
    form = TypedForm({**labels, CODE: APP_CODE} if factors_of(request.user).app_added_at else labels)
    form.fill({"email": (read_typed(request) or QueryDict()).get("email")})
    return form


def _can_change(account: User) -> bool:
    """Return whether the account may change its own email here."""
    return mail_server() is not None or account.may(User.Role.ADMINISTRATOR)


def _errors(request: StaffRequest) -> Iterator[tuple[str, ValidationError]]:
    """Yield the error of each field that has one. Raises TooManyAttempts."""
    try:
        parse_email(request.POST.get("email", ""), account=request.user)
    except ValidationError as error:
        yield "email", ValidationError(error.messages[0])
    current = request.POST.get(CURRENT, "")
    if not current:
        yield CURRENT, ValidationError(_("This field is required."))
    elif not is_current_password(request=request, account=request.user, password=current):
        yield CURRENT, ValidationError(_("This is not your current password."))


def _code_errors(request: StaffRequest, form: TypedForm) -> Iterator[tuple[str, ValidationError]]:
    """Yield the error of the code, if the form asks for one and it is wrong. Raises TooManyAttempts."""
    code = request.POST.get(CODE, "").strip()
    if CODE in form.fields and not (code and check_code(request, request.user, code, kind="app")):
        yield CODE, ValidationError(wrong_code(code, "app"))


def _change(request: StaffRequest, form: TypedForm, email: str) -> HttpResponse:
    try:
        change_email(request=request, account=request.user, email=email)
    except ValidationError as error:
        form.refuse(ValidationError({"email": error}))
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    add_notice(request, Notice(_("Email changed. Your other sessions have ended.")))
    return HttpResponseRedirect(reverse("console:account"))


def _send_link(request: StaffRequest, email: str) -> HttpResponse:
    account = request.user
    path = reverse("console:email_link", args=[ask_for_change(request=request, account=account, email=email)])
    link = f"{public_address(request)}{path}"
    later.call(lambda: send_messages(account, email=email, link=link))
    return render(request, "console/addresses/sent.html", {"email": email, "hours": VALID_HOURS})


def _too_many(request: StaffRequest, form: TypedForm, *, field: str, retry_after_s: int) -> HttpResponse:
    sentence = _("Too many attempts. Wait a few minutes, then try again.")
    form.refuse(ValidationError({field: ValidationError(sentence)}))
    response = _page(request, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(retry_after_s)
    return response


def _page(request: StaffRequest, form: TypedForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {
        "form": form,
        "asks_code": CODE in form.fields,
        "has_mail": mail_server() is not None,
        "can_change": _can_change(request.user),
    }
    return render(request, "console/addresses/ask.html", context, status=status)
