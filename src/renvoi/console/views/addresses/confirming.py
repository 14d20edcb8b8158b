"""The page of a link by which the email of an account is changed. Whoever has the link need not be signed in."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from renvoi.console.http import ConsoleRequest
from renvoi.people.addresses.changing import change_email, change_of


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: ConsoleRequest, token: str) -> HttpResponse:
    """Ask to confirm the change. POST: change the email. 410 for a link that is used up."""
    change = change_of(token)
    if change is None:
        return _gone(request)
    if request.method != "POST":
        return render(request, "console/addresses/confirm.html", {"change": change})
    try:
        change_email(request=request, account=change.account, email=change.email)
    except ValidationError:
        # Another account has got it since `change_of`.
        return _gone(request)
    return render(request, "console/addresses/changed.html", {"change": change})


def _gone(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/addresses/gone.html", status=HTTPStatus.GONE)
