"""The security log: who signed in or failed to, and who changed passwords and rights."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import SECURITY_LOG
from renvoi.console.views.list_page import ListPage, ListRow, Words
from renvoi.console.wording.security import event_more, event_origin, event_text
from renvoi.lists.listing import Listing, Page
from renvoi.people.models import SecurityEvent, User

_NEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListRow):
    """One entry as a row. `name` says what happened, `more` the roles or how often; `path` is that of the account."""

    at: datetime
    more: str
    email: str
    path: str
    actor: str
    origin: str
    address: str


LOG_PAGE = ListPage(
    address=SECURITY_LOG,
    words=Words(
        name=gettext_lazy("List of the entries of the security log"),
        rows=gettext_lazy("Entries of the security log"),
        matching=ngettext_lazy("%(found)s entry of %(all)s", "%(found)s entries of %(all)s", "count"),
        none_matches=gettext_lazy("No entry matches"),
    ),
    row="event",
    template="console/accounts/log.html",
    cells="console/accounts/_log_cells.html",
    counts="console/accounts/_log_counts.html",
)


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the entries, the newest first."""
    return LOG_PAGE.respond(request, context_of=_rows)


def newest_rows(account: User) -> list[Row]:
    """Return the newest entries about an account."""
    return [_row(event) for event in SecurityEvent.objects.filter(account=account).order_by("-at", "-id")[:_NEWEST]]


def _rows(_request: StaffRequest, _listing: Listing[SecurityEvent], page: Page[SecurityEvent]) -> dict[str, Any]:
    return {"rows": [_row(event) for event in page.rows]}


def _row(event: SecurityEvent) -> Row:
    return Row(
        id=event.pk,
        name=event_text(event),
        more=event_more(event),
        at=event.at,
        email=event.email,
        path=reverse("console:account_edit", args=[event.account_id]) if event.account_id else "",
        actor=event.actor_name,
        origin=event_origin(event),
        address=event.address,
    )
