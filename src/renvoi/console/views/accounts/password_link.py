"""The page of a link by which a password is set. Whoever has the link need not be signed in."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.new_password import AGAIN, NEW, PASSWORD_LABELS, new_password_errors
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import ConsoleRequest
from renvoi.people.actions import set_password_by_link
from renvoi.people.models import User
from renvoi.people.passwords.links import account_of
from renvoi.people.security.origins import origin_of


@login_not_required
@sensitive_post_parameters(NEW, AGAIN)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: ConsoleRequest, token: str) -> HttpResponse:
    """Ask for the new password. POST: set it. Every session of the account ends. 410 for a link that is used up."""
    account = account_of(token)
    if account is None:
        return render(request, "console/accounts/link_gone.html", status=HTTPStatus.GONE)
    form = TypedForm({name: PASSWORD_LABELS[name] for name in (NEW, AGAIN)})
    if request.method != "POST":
        return _page(request, form, account)
    errors = dict(new_password_errors(request.POST, account=account))
    if errors:
        form.refuse(ValidationError(errors))
        return _page(request, form, account, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    origin = origin_of(request, actor=account)
    set_password_by_link(account=account, password=request.POST[NEW], origin=origin)
    return render(request, "console/accounts/password_set.html", {"account": account})


def _page(request: ConsoleRequest, form: TypedForm, account: User, *, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "console/accounts/password_link.html", {"form": form, "account": account}, status=status)
