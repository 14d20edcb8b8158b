"""The list of accounts."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.wording.roles import ROLE_NAMES
from renvoi.people.models import User, display_name


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the list shows it. `signed_in_at` is the last sign-in in a browser that is still recognized."""

    path: str
    name: str
    email: str
    role: str | Promise
    state: str
    is_own: bool
    signed_in_at: datetime | None


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show every account: those that are switched on first, by name."""
    accounts = User.objects.annotate(signed_in_at=Max("devices__signed_in_at"))
    rows = [_row(account, request.user) for account in accounts]
    rows.sort(key=lambda row: (row.state == "off", row.name.casefold(), row.email))
    return render(request, "console/accounts/list.html", {"rows": rows})


def _row(account: User, own: User) -> AccountRow:
    state = "off" if not account.is_active else "on" if account.has_usable_password() else "invited"
    return AccountRow(
        path=reverse("console:account_edit", args=[account.pk]),
        name=display_name(account),
        email=account.email,
        role=ROLE_NAMES.get(account.role, account.role),
        state=state,
        is_own=account.pk == own.pk,
        signed_in_at=getattr(account, "signed_in_at", None),
    )
