"""Take rights from a token, and revoke it."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.tokens.creating import is_id
from renvoi.console.views.tokens.token_list import token_row
from renvoi.console.wording.roles import SCOPE_NAMES
from renvoi.partners.parsing import parse_day
from renvoi.people.models import ApiToken, User
from renvoi.people.security.origins import origin_of
from renvoi.people.tokens.actions import may_take_over, restrict_token, revoke_token
from renvoi.people.tokens.checking import state_of

_LABELS = {
    "scope": gettext_lazy("Scope"),
    "owner": gettext_lazy("Account"),
    "expires_on": gettext_lazy("Last day"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, token_id: int) -> HttpResponse:
    """Show a token. POST: lower its scope or its last day, or give it to an account with no more rights."""
    token = _stored(token_id)
    form, typed = TypedForm(_LABELS), read_typed(request)
    form.fill(_text_of(token) if typed is None else typed)
    if request.method != "POST":
        form.is_restored = typed is not None
        return _page(request, form, token)
    try:
        values = _parsed(form.raw(), token=token)
        restrict_token(token=token, today=timezone.localdate(), origin=origin_of(request), **values)
    except ValidationError as error:
        form.refuse(_by_field(error))
        return _page(request, form, token, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _back(request, _("Token %(name)s saved.") % {"name": token.name})


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: StaffRequest, token_id: int) -> HttpResponse:
    """GET: ask for confirmation, in a window for htmx and on a page otherwise. POST: end the token for good."""
    token = _stored(token_id)
    if request.method == "POST":
        revoke_token(token=token, origin=origin_of(request))
        return _back(request, _("Token %(name)s revoked.") % {"name": token.name})
    context = {
        "title": _("Revoke the token %(name)s?") % {"name": token.name},
        "row": token_row(token, today=timezone.localdate()),
        "action": request.path,
        "is_question": True,
        "list_path": reverse("console:tokens"),
        "list_title": _("Tokens"),
    }
    return render(request, "console/tokens/revoke.html", context)


def _stored(token_id: int) -> ApiToken:
    return get_object_or_404(ApiToken.objects.select_related("owner"), id=token_id)


def _text_of(token: ApiToken) -> Mapping[str, str]:
    return {"scope": token.scope, "owner": str(token.owner_id), "expires_on": token.expires_on.isoformat()}


def _parsed(typed: Mapping[str, str], *, token: ApiToken) -> dict[str, Any]:
    """Return the arguments of `restrict_token`. Raises ValidationError with the errors by field."""
    errors: dict[str, ValidationError] = {}
    owner = User.objects.filter(id=int(typed["owner"])).first() if is_id(typed["owner"]) else None
    last_day: date | None = None
    try:
        last_day = parse_day(typed["expires_on"])
        if last_day is None:
            errors["expires_on"] = ValidationError(_("This field is required."))
    except ValidationError as error:
        errors["expires_on"] = error
    if owner is None:
        errors["owner"] = ValidationError(_("Select one of the choices."))
    if typed["scope"] not in ApiToken.Scope:
        errors["scope"] = ValidationError(_("Select one of the choices."))
    if errors:
        raise ValidationError(errors)
    return {
        "owner": owner if owner is None or owner.pk != token.owner_id else None,
        "scope": ApiToken.Scope(typed["scope"]),
        "expires_on": last_day,
    }


def _by_field(error: ValidationError) -> ValidationError:
    """Return the refusal beside the fields of the page, which can't change the name."""
    fields = {"owner" if name == "name" else name: errors for name, errors in error.error_dict.items()}
    return ValidationError(fields)


def _back(request: StaffRequest, sentence: str) -> HttpResponse:
    add_notice(request, Notice(sentence))
    return HttpResponseRedirect(reverse("console:tokens"))


def _page(request: StaffRequest, form: TypedForm, token: ApiToken, *, status: int = HTTPStatus.OK) -> HttpResponse:
    today = timezone.localdate()
    accounts = User.objects.filter(is_active=True).order_by("name", "email")
    context = {
        "form": form,
        "token": token,
        "row": token_row(token, today=today),
        "is_valid": state_of(token, today=today) == "valid",
        "owners": [one for one in accounts if one.pk == token.owner_id or may_take_over(one, token=token)],
        "scopes": [(scope.value, SCOPE_NAMES[scope]) for scope in ApiToken.Scope],
        "is_writer": token.scope == ApiToken.Scope.WRITE,
    }
    return render(request, "console/tokens/edit.html", context, status=status)
