"""The list of the history: who changed what, when, and through which channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import HISTORY
from renvoi.console.views.history.step_sentences import shown_actor, shown_channel, step_sentence
from renvoi.console.views.list_page import ListPage, ListRow, Words
from renvoi.history.models import ChangeSet
from renvoi.history.summaries import sum_up
from renvoi.lists.listing import Listing, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListRow):
    """One step as a row of the history. `name` says what was done."""

    path: str
    at: datetime
    actor: str
    channel: str
    generation: int | None
    reason: str
    is_undone: bool


HISTORY_WORDS = Words(
    name=gettext_lazy("List of changes"),
    rows=gettext_lazy("Changes"),
    matching=ngettext_lazy("%(found)s change of %(all)s", "%(found)s changes of %(all)s", "count"),
    none_matches=gettext_lazy("No change matches"),
)
HISTORY_PAGE = ListPage(
    address=HISTORY,
    words=HISTORY_WORDS,
    row="step",
    template="console/history/list.html",
    cells="console/history/_cells.html",
    counts="console/history/_counts.html",
)


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the change sets, the newest first."""
    return HISTORY_PAGE.respond(request, context_of=_rows)


def _rows(_request: StaffRequest, listing: Listing[ChangeSet], page: Page[ChangeSet]) -> dict[str, Any]:
    sum_up([*page.rows, *(step.undoes for step in page.rows if step.undoes)])
    suffix = f"?{urlencode({'list': listing.query()})}"
    return {"rows": [step_row(change_set, suffix=suffix) for change_set in page.rows]}


def step_row(change_set: ChangeSet, *, suffix: str) -> Row:
    """Return the row of a change set that is summed up. `suffix` is the query string of the links to its page."""
    return Row(
        id=change_set.id,
        name=step_sentence(change_set),
        path=reverse("console:history_step", args=[change_set.id]) + suffix,
        at=change_set.at,
        actor=shown_actor(change_set),
        channel=shown_channel(change_set),
        generation=change_set.generation,
        reason=change_set.reason,
        is_undone=change_set.undone_by_id is not None,
    )
