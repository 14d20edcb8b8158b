"""The trash: delete a partner after a confirmation, list the deleted partners, restore one."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import TRASH, list_path, path_to_row, read_listing
from renvoi.console.notices import Notice, add_notice, dismiss_notice, marked_subject
from renvoi.console.sentences import and_more, by_name, current_language, still_served_by_operator
from renvoi.console.views.list_page import ListPage, ListRow
from renvoi.console.views.partners.confirmation import (
    already_deleted,
    already_restored,
    changes_since,
    deleted_for_good,
    is_unchanged_since,
    parse_asked,
    partner_change,
)
from renvoi.console.views.partners.partner_list import PARTNER_WORDS
from renvoi.console.wording.foreseen import consequences_of
from renvoi.domain.places import country_name, the_country
from renvoi.lists.confirmation import Asked
from renvoi.lists.listing import Listing, Page
from renvoi.partners import actions
from renvoi.partners.consequences import serve_own_country, without
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Partner

_COUNTRIES_SHOWN = 6


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: StaffRequest, partner_id: int) -> HttpResponse:
    """GET: ask for confirmation, in a window for htmx and on a page otherwise. POST: move the partner to the trash.

    If the partner or the consequences are not those that were asked about, ask again and say what changed (409).
    """
    partner = _stored(partner_id)
    if partner is None and request.method != "POST":
        raise Http404
    listing = read_listing(request)
    if partner is None:
        return _gone_for_good(request, partner_id, list_path(listing.query()))
    if partner.trashed_at is not None and request.method != "POST":
        return HttpResponseRedirect(reverse("console:trash"))
    consequences = consequences_of(foreseen := without([partner.id], today=listing.today))
    asked_about = Asked(versions={partner.id: partner.version}).with_consequences(foreseen.losses)
    change = _deletion_change(request, partner, asked_about) if request.method == "POST" else ""
    if request.method == "POST" and not change:
        return _delete(request, partner, listing)
    context = {
        "title": _("Delete %(name)s?") % {"name": partner.name},
        "action": request.path,
        "is_question": True,
        "consequence": _consequence(partner, consequences.losses, today=listing.today),
        **consequences.to_context(),
        "asked_about": asked_about,
        "change": change,
        "list_path": list_path(listing.query()),
        "list_query": listing.query(),
    }
    return render(request, "console/partners/delete.html", context, status=409 if change else 200)


def _stored(partner_id: int) -> Partner | None:
    return Partner.objects.prefetch_related("served").filter(id=partner_id).first()


def _gone_for_good(request: StaffRequest, partner_id: int, path: str) -> HttpResponse:
    add_notice(request, Notice(deleted_for_good(partner_id), kind="warn"))
    return HttpResponseRedirect(path)


def _deletion_change(request: StaffRequest, partner: Partner, now: Asked) -> str:
    asked = parse_asked(request.POST)
    # Without the field, the address names the partner.
    if partner.trashed_at is not None or asked is None:
        return ""
    since = asked.versions.get(partner.id, 0)
    if not _is_as_asked(partner, since=since):
        return partner_change(partner, since=since)
    return changes_since(replace(asked, versions=now.versions), now)


def _delete(request: StaffRequest, partner: Partner, listing: PartnerListing) -> HttpResponse:
    try:
        deleted = actions.trash_partner(
            partner_id=partner.id, actor=request.user, channel="console", expected_version=partner.version
        ).partner
    except actions.StaleVersion:
        # Somebody changed the partner in this very moment.
        return delete(request, partner.id)
    if deleted.trashed_by_id == request.user.id:
        text = _("Partner %(name)s deleted. It no longer receives prospects.") % {"name": partner.name}
        undo_path, undo_label = reverse("console:partner_restore", args=[partner.id]), _("Undo the deletion")
        add_notice(request, Notice(text, undo_path=undo_path, undo_label=undo_label))
    else:
        add_notice(request, Notice(already_deleted(deleted), kind="warn"))
    # Otherwise the partner would be ticked again once it is restored.
    return HttpResponseRedirect(list_path(listing.query(selection=listing.selection.without(partner.id))))


@require_POST
def restore(request: StaffRequest, partner_id: int) -> HttpResponse:
    """Restore a partner. If its name was taken meanwhile, redirect to its settings, which show that error.

    If it has changed, or was deleted by somebody else, since the button was shown, ask first (409).
    """
    dismiss_notice(request, notice_id=request.POST.get("notice", ""))
    partner = _stored(partner_id)
    if partner is None:
        return _gone_for_good(request, partner_id, reverse("console:trash"))
    listing = read_listing(request)
    was_in_trash = partner.trashed_at is not None
    change = _restoration_change(request, partner) if was_in_trash else ""
    if change:
        return _ask_to_restore(request, partner, listing, change=change)
    try:
        actions.restore_partner(
            partner_id=partner_id, actor=request.user, channel="console", expected_version=partner.version
        )
    except actions.StaleVersion:
        return restore(request, partner_id)
    except ValidationError:
        return HttpResponseRedirect(reverse("console:partner", args=[partner_id]))
    text = _("Partner %(name)s restored.") % {"name": partner.name}
    if not was_in_trash:
        # The same account may have sent the form twice.
        text = already_restored(partner, actor=request.user) or text
    add_notice(request, Notice(text, subject_id=partner.id))
    return HttpResponseRedirect(path_to_row(listing, row_id=partner.id))


def _restoration_change(request: StaffRequest, partner: Partner) -> str:
    asked = parse_asked(request.POST)
    if asked is None:
        # The undo of a message is about the account's own deletion.
        return "" if partner.trashed_by_id == request.user.id else already_deleted(partner)
    since = asked.versions.get(partner.id, 0)
    return "" if _is_as_asked(partner, since=since) else partner_change(partner, since=since)


def _is_as_asked(partner: Partner, *, since: int) -> bool:
    return since == partner.version or is_unchanged_since(partner, version=since)


def _ask_to_restore(request: StaffRequest, partner: Partner, listing: PartnerListing, *, change: str) -> HttpResponse:
    names = [the_country(code, language=current_language()) for code in by_name(partner.countries)]
    context = {
        "title": _("Restore %(name)s?") % {"name": partner.name},
        "action": request.path,
        "is_question": True,
        "asked_about": Asked(versions={partner.id: partner.version}),
        "change": change,
        "countries": and_more(names, shown=_COUNTRIES_SHOWN),
        "list_path": list_path(listing.query()),
        "list_query": listing.query(),
    }
    return render(request, "console/partners/restore.html", context, status=409)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListRow):
    """One deleted partner as a row of the trash. `asked_about` is what its button asks to restore."""

    countries: str
    deleted_at: datetime
    deleted_by: str
    asked_about: Asked


_PAGE = ListPage(
    address=TRASH,
    words=replace(
        PARTNER_WORDS,
        name=gettext_lazy("Deleted partners"),
        rows=gettext_lazy("Deleted partners"),
        action=gettext_lazy("Restore"),
    ),
    row="partner",
    template="console/trash/list.html",
    cells="console/trash/_cells.html",
    buttons="console/trash/_buttons.html",
    counts="console/trash/_counts.html",
)


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the deleted partners, most recently deleted first."""
    return _PAGE.respond(request, context_of=_rows)


def _rows(request: StaffRequest, listing: Listing[Partner], page: Page[Partner]) -> dict[str, Any]:
    saved_id = marked_subject(request)
    return {"rows": [_row(listing, partner, is_saved=partner.id == saved_id) for partner in page.rows]}


def _row(listing: Listing[Partner], partner: Any, *, is_saved: bool) -> Row:
    names = [country_name(code, language=listing.language) for code in by_name(partner.countries)]
    return Row(
        id=partner.id,
        name=partner.name,
        is_picked=listing.selection.holds(partner.id),
        is_saved=is_saved,
        countries=and_more(names, shown=_COUNTRIES_SHOWN),
        deleted_at=partner.trashed_at,
        deleted_by=partner.deleted_by,
        asked_about=Asked(versions={partner.id: partner.version}),
    )


def _consequence(partner: Partner, lost: list[str], *, today: date) -> str:
    if partner.state_on(today) != "active":
        return _("It receives no prospects at present.")
    if not lost and serve_own_country([partner.id]):
        return still_served_by_operator(count=1)
    return " ".join(lost) or _("Its countries will still be served by other partners.")
