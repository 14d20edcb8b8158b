"""Create a token. The answer to the form shows it: it is stored nowhere, and a page that is loaded again has none."""

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest, public_address
from renvoi.console.views.tokens.token_list import token_row
from renvoi.console.wording.roles import SCOPE_DESCRIPTIONS, SCOPE_NAMES
from renvoi.partners.parsing import parse_day
from renvoi.people.models import ApiToken, User
from renvoi.people.security.origins import origin_of
from renvoi.people.tokens.actions import create_token
from renvoi.people.tokens.checking import LEAST_ROLE

_LABELS = {
    "name": gettext_lazy("Name"),
    "owner": gettext_lazy("Account"),
    "scope": gettext_lazy("Scope"),
    "lasts": gettext_lazy("How long"),
    "expires_on": gettext_lazy("Last day"),
}
_DAYS = (30, 90, 365)
_CHOSEN_DAY = "day"


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """Show an empty form. POST: create the token, and show it, only now."""
    form, typed = TypedForm(_LABELS), read_typed(request)
    first = {"owner": str(request.user.pk), "scope": ApiToken.Scope.READ, "lasts": "365"}
    form.fill(first if typed is None else typed)
    today = timezone.localdate()
    if request.method != "POST":
        form.is_restored = typed is not None
        return _page(request, form, today)
    try:
        created = create_token(origin=origin_of(request), today=today, **_parsed(form.raw(), today=today))
    except ValidationError as error:
        form.refuse(error)
        return _page(request, form, today, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    context = {
        "row": token_row(created.token, today=today),
        "text": created.text,
        "address": public_address(request),
    }
    return render(request, "console/tokens/created.html", context)


def _parsed(typed: Mapping[str, str], *, today: date) -> dict[str, Any]:
    """Return the arguments of `create_token`. Raises ValidationError with the errors by field."""
    parsed: dict[str, Any] = {"name": typed["name"]}
    errors: dict[str, ValidationError] = {}
    for name, parse in (("owner", _owner), ("scope", _scope)):
        try:
            parsed[name] = parse(typed[name])
        except ValidationError as error:
            errors[name] = error
    if not errors and not parsed["owner"].may(LEAST_ROLE[parsed["scope"]]):
        errors["scope"] = ValidationError(_("The role of this account does not allow changes: its tokens only read."))
    try:
        parsed["expires_on"] = _last_day(typed, today=today)
    except ValidationError as error:
        errors["lasts" if typed["lasts"] != _CHOSEN_DAY else "expires_on"] = error
    if errors:
        raise ValidationError(errors)
    return parsed


def _owner(text: str) -> User:
    account = User.objects.filter(id=int(text), is_active=True).first() if is_id(text) else None
    if account is None:
        raise ValidationError(_("Select one of the choices."))
    return account


def is_id(text: str) -> bool:
    """Return whether a text is a number that the database can look for."""
    return text.isascii() and text.isdecimal() and len(text) < 18


def _scope(text: str) -> ApiToken.Scope:
    if text not in ApiToken.Scope:
        raise ValidationError(_("Select one of the choices."))
    return ApiToken.Scope(text)


def _last_day(typed: Mapping[str, str], *, today: date) -> date:
    if typed["lasts"] == _CHOSEN_DAY:
        day = parse_day(typed["expires_on"])
        if day is None:
            raise ValidationError(_("This field is required."))
        return day
    for days in _DAYS:
        if typed["lasts"] == str(days):
            return today + timedelta(days=days)
    raise ValidationError(_("Select one of the choices."))


def _page(request: StaffRequest, form: TypedForm, today: date, *, status: int = HTTPStatus.OK) -> HttpResponse:
    lengths = (_("30 days"), _("90 days"), _("A year"))
    context = {
        "form": form,
        "owners": User.objects.filter(is_active=True).order_by("name", "email"),
        "scopes": [(scope.value, SCOPE_NAMES[scope], SCOPE_DESCRIPTIONS[scope]) for scope in ApiToken.Scope],
        "lengths": [
            (str(days), label, today + timedelta(days=days)) for days, label in zip(_DAYS, lengths, strict=True)
        ],
    }
    return render(request, "console/tokens/new.html", context, status=status)
