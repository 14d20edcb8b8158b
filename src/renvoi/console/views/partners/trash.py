"""The trash: delete a partner after a confirmation, list the deleted partners, restore one."""

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, read_listing
from renvoi.console.notices import Notice, add_notice, dismiss_notice
from renvoi.console.sentences import and_more, current_language, loss_sentences
from renvoi.domain.places import country_name, sort_key
from renvoi.partners import actions
from renvoi.partners.lists.consequences import losses
from renvoi.partners.models import Partner

_PER_PAGE = 50
_COUNTRIES_SHOWN = 6


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: StaffRequest, partner_id: int) -> HttpResponse:
    """GET: ask for confirmation, in a window for htmx and on a page otherwise. POST: move the partner to the trash."""
    partner = get_object_or_404(Partner.objects.prefetch_related("served"), id=partner_id)
    query = read_listing(request).query()
    if request.method == "POST":
        actions.trash_partner(partner_id=partner.id, actor=request.user, channel="console")
        add_notice(
            request,
            Notice(
                _("Partner %(name)s deleted. It no longer receives prospects.") % {"name": partner.name},
                undo_path=reverse("console:partner_restore", args=[partner.id]),
                undo_label=_("Undo the deletion"),
            ),
        )
        return HttpResponseRedirect(list_path(query))
    if partner.trashed_at is not None:
        return HttpResponseRedirect(reverse("console:trash"))
    context = {
        "title": _("Delete %(name)s?") % {"name": partner.name},
        "action": request.path,
        "is_question": True,
        "consequence": _consequence(partner),
        "list_path": list_path(query),
        "list_query": query,
    }
    return render(request, "console/partners/delete.html", context)


@require_POST
def restore(request: StaffRequest, partner_id: int) -> HttpResponse:
    """Restore a partner. If its name was taken meanwhile, redirect to its settings, which show that error."""
    dismiss_notice(request, notice_id=request.POST.get("notice", ""))
    try:
        partner = actions.restore_partner(partner_id=partner_id, actor=request.user, channel="console")
    except Partner.DoesNotExist as error:
        raise Http404 from error
    except ValidationError:
        return HttpResponseRedirect(reverse("console:partner", args=[partner_id]))
    add_notice(request, Notice(_("Partner %(name)s restored.") % {"name": partner.name}, subject_id=partner.id))
    return HttpResponseRedirect(list_path(read_listing(request).query()))


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """List the deleted partners, most recently deleted first."""
    trashed = Partner.objects.exclude(trashed_at=None).select_related("trashed_by").prefetch_related("served")
    page = Paginator(trashed.order_by("-trashed_at", "id"), _PER_PAGE).get_page(request.GET.get("page"))
    language = current_language()
    rows = []
    for partner in page:
        names = sorted((country_name(code, language=language) for code in partner.countries), key=sort_key)
        rows.append((partner, and_more(names, shown=_COUNTRIES_SHOWN)))
    return render(request, "console/trash.html", {"rows": rows, "page": page})


def _consequence(partner: Partner) -> str:
    today = timezone.localdate()
    if partner.state_on(today) != "active":
        return _("It receives no prospects at present.")
    sentences = loss_sentences(losses(Partner.objects.filter(id=partner.id), today=today))
    return " ".join(sentences) or _("Its countries will still be served by other partners.")
