"""The confirmation of an action on partners: what it is about, the number to type, and what changed since."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from renvoi.console.sentences import and_more
from renvoi.domain.names.keys import sort_key
from renvoi.history.recording import changes_of
from renvoi.lists.confirmation import Asked, difference_between
from renvoi.partners.actions import PARTNER
from renvoi.partners.fields import PartnerValues, text_of_record
from renvoi.partners.figures import figure
from renvoi.partners.lists.names import last_names
from renvoi.partners.models import Partner
from renvoi.people.models import User

ASKED_ABOUT = "asked_about"
_NAMED = 5
_CAME = ngettext_lazy("%(names)s is now part of it.", "%(names)s are now part of it.", "count")
_GONE = ngettext_lazy("%(names)s is no longer part of it.", "%(names)s are no longer part of it.", "count")
_DELETED = ngettext_lazy("%(names)s was deleted meanwhile.", "%(names)s were deleted meanwhile.", "count")
_PURGED = ngettext_lazy("%(names)s was deleted for good.", "%(names)s were deleted for good.", "count")
_CHANGED = ngettext_lazy("%(names)s was changed meanwhile.", "%(names)s were changed meanwhile.", "count")


def parse_asked(typed: QueryDict) -> Asked | None:
    """Return what the submitted confirmation is about; None if it does not say so."""
    return Asked.parse(typed.get(ASKED_ABOUT, ""))


def changes_since(asked: Asked | None, now: Asked) -> str:
    """Return in what the partners or the consequences differ from those that were asked about; empty if in nothing."""
    if asked is None:
        return _("Nothing has been done yet: confirm here.")
    change = selection_change(asked, now)
    return change or (_("The consequences have changed.") if asked.consequences != now.consequences else "")


def selection_change(asked: Asked, now: Asked, *, compares_versions: bool = True) -> str:
    """Return which partners came, went, or have another version (if versions count); empty if none of them did."""
    if asked.many or now.many:
        return "" if asked.many == now.many else _change_of_many(asked, now)
    partners = Partner.objects.annotate(is_deleted=Q(trashed_at__isnull=False))
    difference = difference_between(asked.versions, now.versions, rows=partners)
    purged = sorted(last_names(difference.missing).values(), key=sort_key)
    parts: tuple[tuple[Any, Sequence[str]], ...] = (
        (_CAME, difference.came),
        (_GONE, difference.gone),
        (_DELETED, difference.deleted),
        (_PURGED, purged),
        (_CHANGED, difference.changed if compares_versions else ()),
    )
    sentences = [
        str(sentence % {"count": len(names), "names": and_more(names, shown=_NAMED)})
        for sentence, names in parts
        if names
    ]
    if difference.missing and not sentences:
        return _("The selection has changed meanwhile: check it, then confirm.")
    return _("The selection has changed: %(changes)s") % {"changes": " ".join(sentences)} if sentences else ""


def _change_of_many(asked: Asked, now: Asked) -> str:
    if asked.count == now.count:
        return _("The selection has changed meanwhile: check it, then confirm.")
    sentence = _("The selection has changed. Number of partners before: %(before)s; now: %(after)s.")
    return sentence % {"before": figure(asked.count), "after": figure(now.count)}


def partner_change(partner: Partner, *, since: int) -> str:
    """Return that the partner has changed since that version, by whom, and its new name if it has one."""
    old_name = text_at(partner, version=since).get("name", partner.name)
    last = changes_of(PARTNER, partner.id).select_related("change_set__actor").first()
    who = last.change_set.acted_by if last else ""
    names = {"name": partner.name, "old": old_name, "who": who}
    sentences = [_("%(old)s is now called %(name)s.") % names] if old_name != partner.name else []
    changed = _("%(name)s was changed meanwhile by %(who)s.") if who else _("%(name)s was changed meanwhile.")
    return " ".join([*sentences, changed % names])


def is_unchanged_since(partner: Partner, *, version: int) -> bool:
    """Return whether all fields are as they were at that version: the partner was in the trash meanwhile, say."""
    return text_at(partner, version=version) == PartnerValues.of(partner).to_text()


def text_at(partner: Partner, *, version: int) -> dict[str, str]:
    """Return the fields as the text of a form that the partner had at that version; none if it is not recorded."""
    recorded = changes_of(PARTNER, partner.id).values_list("after", flat=True).iterator()
    return text_of_record(next((after for after in recorded if after and after.get("version") == version), {}))


def already_deleted(partner: Partner) -> str:
    """Return that somebody else has deleted the partner."""
    last = changes_of(PARTNER, partner.id).filter(verb="trash").select_related("change_set__actor").first()
    names = {"name": partner.name, "who": last.change_set.acted_by if last else ""}
    if not names["who"]:
        return _("Partner %(name)s had already been deleted.") % names
    return _("Partner %(name)s had already been deleted by %(who)s.") % names


def deleted_for_good(partner_id: int) -> str:
    """Return that the partner was deleted for good, with its last name. Raises Http404 if there was none."""
    name = last_names([partner_id]).get(partner_id)
    if name is None:
        raise Http404
    return _("Partner %(name)s was deleted for good: it can’t be restored.") % {"name": name}


def already_restored(partner: Partner, *, actor: User) -> str:
    """Return that somebody else has restored the partner; empty if it was this account."""
    last = (
        changes_of(PARTNER, partner.id).filter(verb__in=["restore", "undo"]).select_related("change_set__actor").first()
    )
    if last is not None and last.change_set.actor_id == actor.id:
        return ""
    names = {"name": partner.name, "who": last.change_set.acted_by if last else ""}
    if not names["who"]:
        return _("Partner %(name)s is not in the trash any more.") % names
    return _("Partner %(name)s had already been restored by %(who)s.") % names
