"""Bulk actions: pause, resume or delete the selected partners after a confirmation, and undo such a step."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from renvoi.console.forms.typed_form import parse_idempotency_key
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, read_listing
from renvoi.console.notices import Notice, add_notice, dismiss_notice
from renvoi.console.sentences import and_more, by_name, current_language, loss_sentences
from renvoi.console.templatetags.renvoi import figure
from renvoi.domain.places import country_name
from renvoi.partners import actions
from renvoi.partners.lists.consequences import Loss, losses
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.lists.selection import NOTHING
from renvoi.partners.models import ChangeSet, Partner
from renvoi.people.models import User

_NAMED = 5


class BulkAction(Protocol):
    """An action of `renvoi.partners.actions` on many partners."""

    def __call__(
        self, *, partners: QuerySet[Partner], actor: User, channel: actions.Channel, idempotency_key: uuid.UUID | None
    ) -> actions.Step: ...


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done to the selected partners.

    The sentences take `count`, which decides the plural, and `shown`, the formatted number. `already` is the status
    of a partner for which there is nothing to do.
    """

    act: BulkAction
    question: Any
    consequence: Promise
    done: Any
    undo: Promise
    unneeded: Any = None
    already: str = ""
    is_danger: bool = False
    takes_away: bool = True


VERBS: Mapping[str, Verb] = {
    "pause": Verb(
        act=actions.pause_partners,
        question=ngettext_lazy("Pause %(shown)s partner?", "Pause %(shown)s partners?", "count"),
        consequence=gettext_lazy("Their countries will still be served by other partners."),
        done=ngettext_lazy(
            "%(shown)s partner paused. It no longer receives prospects.",
            "%(shown)s partners paused. They no longer receive prospects.",
            "count",
        ),
        undo=gettext_lazy("Undo the pause"),
        unneeded=ngettext_lazy("%(shown)s is already paused.", "%(shown)s are already paused.", "count"),
        already=Partner.Status.PAUSED,
    ),
    "resume": Verb(
        act=actions.resume_partners,
        question=ngettext_lazy("Resume %(shown)s partner?", "Resume %(shown)s partners?", "count"),
        consequence=gettext_lazy("They will receive prospects again, within the days of their agreements."),
        done=ngettext_lazy(
            "%(shown)s partner resumed. It receives prospects again, within the days of its agreement.",
            "%(shown)s partners resumed. They receive prospects again, within the days of their agreements.",
            "count",
        ),
        undo=gettext_lazy("Undo the resumption"),
        unneeded=ngettext_lazy("%(shown)s is not paused.", "%(shown)s are not paused.", "count"),
        already=Partner.Status.ACTIVE,
        takes_away=False,
    ),
    "delete": Verb(
        act=actions.trash_partners,
        question=ngettext_lazy("Delete %(shown)s partner?", "Delete %(shown)s partners?", "count"),
        consequence=gettext_lazy("Their countries will still be served by other partners."),
        done=ngettext_lazy(
            "%(shown)s partner deleted. It no longer receives prospects.",
            "%(shown)s partners deleted. They no longer receive prospects.",
            "count",
        ),
        undo=gettext_lazy("Undo the deletion"),
        is_danger=True,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest, verb: str) -> HttpResponse:
    """GET: ask for confirmation, in a window for htmx and on a page otherwise. POST: do it.

    If the number of selected partners has changed since the question, ask again (409).
    """
    listing = read_listing(request, is_from_list_form=True)
    selected = listing.selected() if listing.selection else Partner.objects.none()
    count = selected.count()
    if request.method == "POST":
        idempotency_key = parse_idempotency_key(request.POST.get("idempotency_key", ""))
        is_repeated = idempotency_key is not None and ChangeSet.objects.filter(id=idempotency_key).exists()
        if request.POST.get("count") == str(count) or is_repeated:
            return _do(request, verb, listing, idempotency_key=idempotency_key)
    return _question(request, verb, listing, count=count)


@require_POST
def undo(request: StaffRequest, change_set_id: uuid.UUID) -> HttpResponse:
    """Undo a step. The partners that could not be put back are named in a second message."""
    dismiss_notice(request, notice_id=request.POST.get("notice", ""))
    try:
        undone = actions.undo_step(change_set_id=change_set_id, actor=request.user, channel="console")
    except (ChangeSet.DoesNotExist, actions.NotReversible) as error:
        raise Http404 from error
    if undone.count:
        add_notice(request, Notice(_counted(_AS_BEFORE, undone.count)))
    if undone.skipped:
        names = and_more([partner.name for partner in undone.skipped], shown=_NAMED)
        add_notice(request, Notice(_counted(_LEFT, len(undone.skipped), names=names), kind="warn"))
    return HttpResponseRedirect(list_path(read_listing(request).query()))


_AS_BEFORE = ngettext_lazy("%(shown)s partner is as it was.", "%(shown)s partners are as they were.", "count")
_LEFT = ngettext_lazy(
    "%(shown)s partner was left as it is, because it was changed since or its name was taken: %(names)s.",
    "%(shown)s partners were left as they are, because they were changed since or their names were taken: %(names)s.",
    "count",
)


def _do(
    request: StaffRequest, verb: str, listing: PartnerListing, *, idempotency_key: uuid.UUID | None
) -> HttpResponse:
    act = VERBS[verb].act
    step = act(partners=listing.selected(), actor=request.user, channel="console", idempotency_key=idempotency_key)
    if step.change_set_id:
        add_notice(
            request,
            Notice(
                _counted(VERBS[verb].done, step.count),
                undo_path=reverse("console:step_undo", args=[step.change_set_id]),
                undo_label=str(VERBS[verb].undo),
            ),
        )
    # Deleted partners leave the list; paused and resumed ones stay selected for the next action.
    selection = NOTHING if verb == "delete" else listing.selection
    return HttpResponseRedirect(list_path(listing.query(selection=selection)))


def _question(request: StaffRequest, verb: str, listing: PartnerListing, *, count: int) -> HttpResponse:
    action = VERBS[verb]
    selected = listing.selected()
    unneeded = selected.filter(status=action.already).count() if action.already else 0
    lost = losses(selected, today=listing.today) if action.takes_away else []
    is_submitted = request.method == "POST"
    context = {
        "title": _counted(action.question, count) if count else _("Nothing is selected"),
        "action": request.path,
        "is_question": True,
        "is_gone": bool(listing.selection) and not count,
        "count": count,
        "is_needed": count > unneeded,
        "is_danger": action.is_danger,
        "unneeded": _counted(action.unneeded, unneeded) if unneeded else "",
        "consequences": loss_sentences(lost) or [_without_loss(selected, action)],
        "lost": _lists(lost) if len(lost) > _NAMED else [],
        "idempotency_key": uuid.uuid4(),
        "has_changed": is_submitted,
        "list_query": listing.query(),
        "list_path": list_path(listing.query()),
    }
    return render(request, "console/partners/bulk.html", context, status=409 if is_submitted else 200)


def _without_loss(selected: QuerySet[Partner], verb: Verb) -> str:
    """Return the consequence for partners without whom every country is still served."""
    is_receiving = selected.filter(Q(state="active")).exists()
    return str(verb.consequence) if is_receiving or not verb.takes_away else _("They receive no prospects at present.")


def _lists(lost: list[Loss]) -> list[tuple[str, list[str]]]:
    """Return (what is lost, the names of the countries that lose it) for each kind of loss."""
    labels = {None: _("No partner left"), "fr": _("No address in French"), "en": _("No address in English")}
    language = current_language()
    lists = []
    for lost_language, label in labels.items():
        countries = by_name([loss.country for loss in lost if loss.language == lost_language])
        if countries:
            lists.append((label, [country_name(code, language=language) for code in countries]))
    return lists


def _counted(sentence: Any, count: int, **more: str) -> str:
    return str(sentence % {"count": count, "shown": figure(count), **more})
