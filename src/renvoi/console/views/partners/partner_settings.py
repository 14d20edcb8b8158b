"""The settings of a partner: fill the form, add and remove countries, save, and resolve conflicts."""

from dataclasses import fields, replace
from itertools import count
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.countries import country_choices, country_label, edit_countries, named_countries
from renvoi.console.forms.typed_form import TypedForm, parse_idempotency_key, parse_version, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, read_listing
from renvoi.console.notices import Notice, add_notice
from renvoi.domain.places import parse_country
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import NAME_LENGTH, Change, Partner
from renvoi.partners.values import PartnerValues, parse_partner

_LABELS = {
    "name": gettext_lazy("Name"),
    "url_en": gettext_lazy("URL in English"),
    "url_fr": gettext_lazy("URL in French"),
    "description_en": gettext_lazy("Description in English"),
    "description_fr": gettext_lazy("Description in French"),
    "countries": gettext_lazy("Countries"),
    "status": gettext_lazy("State"),
    "priority": gettext_lazy("Priority"),
    "agreement_reference": gettext_lazy("Reference"),
    "agreement_starts_on": gettext_lazy("First day"),
    "agreement_ends_on": gettext_lazy("Last day"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """Show the form of a new partner, or of a copy of the one in `from`. POST: create it."""
    form = TypedForm(_LABELS)
    form.fill({"status": Partner.Status.ACTIVE, "priority": "5"})
    model = _get_model(request)
    if model is not None:
        form.fill(text_of(PartnerValues.of(model)) | {"name": free_copy_name(model.name)})
        form.chosen = list(model.countries)
    return _respond(request, form, None, model=model)


def _get_model(request: StaffRequest) -> Partner | None:
    """Return the partner to duplicate: the one whose id is in `from`, unless it is in the trash."""
    id_ = request.GET.get("from", "")
    if not (id_.isascii() and id_.isdecimal() and len(id_) < 19):
        return None
    return Partner.objects.prefetch_related("served").filter(id=id_, trashed_at=None).first()


def free_copy_name(name: str) -> str:
    """Return a name for a copy, such as “Aló Brasil (copie)”: numbered if taken, truncated if too long."""
    for number in count(1):
        mark = _(" (copy)") if number == 1 else _(" (copy %(number)d)") % {"number": number}
        copied = name[: NAME_LENGTH - len(mark)] + mark
        if not Partner.objects.filter(name_key=actions.name_key(copied), trashed_at=None).exists():
            return copied
    raise AssertionError


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, partner_id: int) -> HttpResponse:
    """Show a partner's settings. POST: save them; for a partner in the trash, restore it with these values."""
    partner = Partner.objects.prefetch_related("served").filter(id=partner_id).first()
    if partner is None:
        raise Http404
    form = TypedForm(_LABELS, version=partner.version)
    form.fill(text_of(PartnerValues.of(partner)))
    form.chosen = list(partner.countries)
    return _respond(request, form, partner)


def text_of(values: PartnerValues) -> dict[str, str]:
    """Return the values as the text of a form. Countries are sorted codes separated by spaces."""
    text = {field.name: getattr(values, field.name) for field in fields(values)}
    text["countries"] = " ".join(values.countries)
    return {name: "" if value is None else str(value) for name, value in text.items()}


def _respond(
    request: StaffRequest, form: TypedForm, partner: Partner | None, *, model: Partner | None = None
) -> HttpResponse:
    form.list_query = read_listing(request).query()
    typed = read_typed(request)
    if typed is None:
        if partner is not None and partner.trashed_at is not None:
            _refuse_taken_name(form, partner)
        return _page(request, form, partner, model=model)
    _read_form(form, typed)
    if request.method != "POST":
        form.is_restored = True
        return _page(request, form, partner)
    if partner is not None:
        form.settle(typed, text_of(PartnerValues.of(partner)))
        if typed.get("keep_countries") == "theirs":
            form.chosen = list(partner.countries)
    edited = _edit_countries(request, form, typed, partner)
    if edited is not None:
        return edited
    return _take_suggestion(request, form, typed, partner) or _save(request, form, typed, partner)


def _read_form(form: TypedForm, typed: QueryDict) -> None:
    form.fill(typed)
    form.version = parse_version(typed.get("version", ""))
    form.idempotency_key = typed.get("idempotency_key", "")
    form.chosen = list(dict.fromkeys(typed.getlist("countries")))
    form.country_list = typed.get("country_list", "")
    form["countries"].value = " ".join(sorted(form.chosen))


def _edit_countries(
    request: StaffRequest, form: TypedForm, typed: QueryDict, partner: Partner | None
) -> HttpResponse | None:
    """Return the page after a button that adds or removes a country, or None if no such button was pressed."""
    announcement = edit_countries(form, typed)
    if announcement is None:
        return None
    focus = "country_list" if form.country_list else "country"
    if request.htmx:
        context = _context(form, partner) | {"announcement": announcement, "focus": focus}
        return render(request, "console/partners/_countries.html", context)
    return _page(request, form, partner, focus=focus)


def _take_suggestion(
    request: StaffRequest, form: TypedForm, typed: QueryDict, partner: Partner | None
) -> HttpResponse | None:
    name = typed.get("suggest", "")
    if name not in {"url_en", "url_fr"}:
        return None
    _values_in(form)
    field = form[name]
    if field.suggestion:
        field.value, field.error, field.suggestion = field.suggestion, "", ""
    for other in form.errors:
        other.error = other.suggestion = ""
    return _page(request, form, partner, focus=name)


def _save(request: StaffRequest, form: TypedForm, typed: QueryDict, partner: Partner | None) -> HttpResponse:
    pending = parse_country(typed.get("country", ""))
    is_asked = typed.get("save") in {"with", "without"} or typed.get("asked") == pending
    values = _values_in(form)
    if form.country_list.strip():
        form["countries"].error = _("The list of countries was not added. Add it, or clear it.")
        return _page(request, form, partner, pending=pending, status=422)
    if pending is not None and pending not in form.chosen and not is_asked:
        form["countries"].error = _("%(country)s is selected but was not added.") % {"country": country_label(pending)}
        return _page(request, form, partner, pending=pending, status=422)
    if values is None:
        return _page(request, form, partner, pending=pending, status=422)
    if partner is not None and partner.trashed_at is not None and "restores" not in typed:
        return _gone(request, form, partner)
    try:
        saved = _write(request, form, partner, values)
    except ValidationError as error:
        form.refuse(error)
        return _page(request, form, partner, status=422)
    except StaleVersion as stale:
        return _conflict(request, form, stale)
    except Partner.DoesNotExist:
        return _gone(request, form, partner)
    add_notice(request, _notice(partner, saved, values))
    return HttpResponseRedirect(list_path(form.list_query))


def _values_in(form: TypedForm) -> PartnerValues | None:
    """Return the typed values; None if any is invalid, with each error set on its field."""
    try:
        return parse_partner(form.raw(), countries=form.chosen)
    except ValidationError as error:
        form.refuse(error)
        return None


def _write(request: StaffRequest, form: TypedForm, partner: Partner | None, values: PartnerValues) -> Partner:
    actor, idempotency_key = request.user, parse_idempotency_key(form.idempotency_key)
    if partner is None:
        return actions.create_partner(values=values, actor=actor, channel="console", idempotency_key=idempotency_key)
    if partner.trashed_at is not None:
        return actions.restore_partner_as(
            partner_id=partner.id, values=values, actor=actor, channel="console", idempotency_key=idempotency_key
        )
    return actions.update_partner(
        partner_id=partner.id,
        values=values,
        expected_version=form.version,
        actor=actor,
        channel="console",
        idempotency_key=idempotency_key,
    )


def _notice(before: Partner | None, saved: Partner, values: PartnerValues) -> Notice:
    """Return the message about the saved partner. It has an undo if only the partner's status changed."""
    text = _done(before) % {"name": saved.name}
    present = PartnerValues.of(before) if before is not None and before.trashed_at is None else None
    if present is None or present.status == values.status or replace(present, status=values.status) != values:
        return Notice(text, subject_id=saved.id)
    step = Change.objects.filter(subject=actions.PARTNER, subject_id=saved.id).latest("id").change_set_id
    undo = _("Undo the pause") if values.status == Partner.Status.PAUSED else _("Undo the resumption")
    return Notice(text, subject_id=saved.id, undo_path=reverse("console:step_undo", args=[step]), undo_label=undo)


def _done(partner: Partner | None) -> str:
    if partner is None:
        return _("Partner %(name)s created.")
    return _("Partner %(name)s restored.") if partner.trashed_at is not None else _("Partner %(name)s saved.")


def _conflict(request: StaffRequest, form: TypedForm, stale: StaleVersion) -> HttpResponse:
    partner = Partner.objects.prefetch_related("served").get(id=stale.current.pk)
    history = Change.objects.filter(subject=actions.PARTNER, subject_id=partner.id).order_by("-id")
    base = history.filter(after__version=form.version).values_list("after", flat=True).first() or {}
    began = {name: "" if value is None else str(value) for name, value in base.items()}
    began["countries"] = " ".join(base.get("countries", []))
    form.put_beside(text_of(PartnerValues.of(partner)), base=began)
    last = history.select_related("change_set__actor").first()
    form.version = partner.version
    return _page(request, form, partner, editor=last.change_set.actor if last else None, status=409)


def _gone(request: StaffRequest, form: TypedForm, partner: Partner | None) -> HttpResponse:
    """Return the page of a partner that was deleted meanwhile: it keeps what was typed, and saving restores it."""
    current = Partner.objects.prefetch_related("served").filter(id=partner.id if partner else 0).first()
    if current is None:
        raise Http404
    return _page(request, form, current, is_gone=True, status=409)


def _refuse_taken_name(form: TypedForm, partner: Partner) -> None:
    try:
        actions.require_free_name(partner, partner.name)
    except ValidationError as error:
        form.refuse(error)


def _page(
    request: StaffRequest, form: TypedForm, partner: Partner | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    form.warn_of_mixed_scripts(("url_en", "url_fr"))
    context = _context(form, partner) | more
    return render(request, "console/partners/settings.html", context, status=status)


def _context(form: TypedForm, partner: Partner | None) -> dict[str, Any]:
    last = None
    if partner is not None:
        changes = Change.objects.filter(subject=actions.PARTNER, subject_id=partner.id)
        last = changes.select_related("change_set__actor").order_by("-id").first()
    return {
        "form": form,
        "partner": partner,
        "last_change": last,
        "chosen": named_countries(form.chosen),
        "theirs_countries": named_countries((form["countries"].theirs or "").split()),
        "choices": country_choices(without=form.chosen),
        "list_path": list_path(form.list_query),
        "priorities": range(1, 10),
    }
