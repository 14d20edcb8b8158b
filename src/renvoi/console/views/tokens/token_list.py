"""The list of tokens."""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.wording.roles import SCOPE_NAMES
from renvoi.people.models import ApiToken, display_name
from renvoi.people.tokens.checking import may, state_of


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as the list shows it. `state` is that of `state_of`; a token that `is_limited` may do less than its
    scope, because of the role of its owner.
    """

    path: str
    revoke_path: str
    name: str
    public_id: str
    owner: str
    email: str
    scope: str | Promise
    is_limited: bool
    state: str
    expires_on: date
    last_used_at: datetime | None


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show every token: those that work first, by name."""
    today = timezone.localdate()
    rows = [token_row(token, today=today) for token in ApiToken.objects.select_related("owner")]
    rows.sort(key=lambda row: (row.state != "valid", row.name.casefold(), row.public_id))
    return render(request, "console/tokens/list.html", {"rows": rows})


def token_row(token: ApiToken, *, today: date) -> TokenRow:
    """Return what the pages show of a token."""
    return TokenRow(
        path=reverse("console:token", args=[token.pk]),
        revoke_path=reverse("console:token_revoke", args=[token.pk]),
        name=token.name,
        public_id=token.public_id,
        owner=display_name(token.owner),
        email=token.owner.email,
        scope=SCOPE_NAMES.get(token.scope, token.scope),
        is_limited=token.scope == ApiToken.Scope.WRITE and not may(token, ApiToken.Scope.WRITE),
        state=state_of(token, today=today),
        expires_on=token.expires_on,
        last_used_at=token.last_used_at,
    )
