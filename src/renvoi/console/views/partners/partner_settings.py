"""The settings of a partner: fill the form, add and remove countries, save, and resolve conflicts."""

from dataclasses import replace
from itertools import count

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.countries import country_label, edit_countries
from renvoi.console.forms.doubts import ADDRESS_FIELDS, ask_about_addresses, read_confirmation, take_suggestion
from renvoi.console.forms.typed_form import TypedForm, parse_idempotency_key, parse_version, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import path_to_row, read_listing
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.foreseeing.consequences import FORESEE, of_saving
from renvoi.console.views.partners.confirmation import deleted_for_good, is_unchanged_since
from renvoi.console.views.partners.settings_page import show_conflict, show_settings
from renvoi.console.views.previews.preview import PREVIEW, PREVIEWED, preview_of
from renvoi.domain.places import CountryCode, parse_country
from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.fields import LABELS, PartnerValues
from renvoi.partners.models import NAME_LENGTH, Partner
from renvoi.partners.values import parse_partner


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """Show the form of a new partner, or of a copy of the one in `from`. POST: create it.

    The country in `country` is chosen already.
    """
    form = TypedForm(LABELS)
    if country := parse_country(request.GET.get("country", "")):
        form.chosen = [country]
    form.fill({"status": Partner.Status.ACTIVE, "priority": "5"})
    model = _get_model(request)
    if model is not None:
        form.fill(PartnerValues.of(model).to_text() | {"name": free_copy_name(model.name)})
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
    """Show a partner's settings. POST: save them; for a partner in the trash, restore it with these values.

    The territories of the state in `territories` are offered at once.
    """
    partner = Partner.objects.prefetch_related("served").filter(id=partner_id).first()
    if partner is None:
        return _offer_again(request, partner_id)
    form = TypedForm(LABELS, version=partner.version)
    form.fill(PartnerValues.of(partner).to_text())
    form.chosen = list(partner.countries)
    if state := parse_country(request.GET.get("territories", "")):
        form.added = [state]
    return _respond(request, form, partner)


def _offer_again(request: StaffRequest, partner_id: int) -> HttpResponse:
    """Return what was typed for a partner that was deleted for good meanwhile, as the form of a new one (409)."""
    typed = read_typed(request)
    if typed is None or request.method != "POST":
        raise Http404
    add_notice(request, Notice(deleted_for_good(partner_id), kind="warn"))
    form = TypedForm(LABELS, list_query=read_listing(request).query())
    new_key = form.idempotency_key
    _read_form(form, typed)
    form.version, form.idempotency_key = 0, new_key
    return show_settings(request, form, None, form_path=reverse("console:partner_new"), status=409)


def _respond(
    request: StaffRequest, form: TypedForm, partner: Partner | None, *, model: Partner | None = None
) -> HttpResponse:
    form.list_query = read_listing(request).query()
    typed = read_typed(request)
    if typed is None:
        if partner is not None and partner.trashed_at is not None:
            _refuse_taken_name(form, partner)
        # A new form begins in its first field.
        return show_settings(request, form, partner, model=model, focus="" if partner else "name")
    _read_form(form, typed)
    if request.method != "POST":
        form.is_restored = True
        return show_settings(request, form, partner)
    if partner is not None:
        form.settle(typed, PartnerValues.of(partner).to_text())
        if typed.get("keep_countries") == "theirs":
            form.chosen = list(partner.countries)
    edited = _edit_countries(request, form, typed, partner)
    if edited is not None:
        return edited
    if FORESEE in typed:
        return _foresee(request, form, typed, partner)
    if PREVIEW in typed:
        return show_settings(request, form, partner, preview=preview_of(form, typed))
    return _take_suggestion(request, form, typed, partner) or _save(request, form, typed, partner)


def _read_form(form: TypedForm, typed: QueryDict) -> None:
    form.fill(typed)
    form.version = parse_version(typed.get("version", ""))
    form.idempotency_key = typed.get("idempotency_key", "")
    form.chosen = list(dict.fromkeys(typed.getlist("countries")))
    form.country, form.country_name = typed.get("country", ""), typed.get("country_name", "")
    form.country_list = typed.get("country_list", "")
    form["countries"].value = " ".join(sorted(form.chosen))
    read_confirmation(form, typed)


def _edit_countries(
    request: StaffRequest, form: TypedForm, typed: QueryDict, partner: Partner | None
) -> HttpResponse | None:
    """Return the page after a button that adds or removes countries, or None if no such button was pressed.

    A script adds and removes them by itself (`js/countries.js`), but for a pasted list.
    """
    announcement = edit_countries(form, typed)
    if announcement is None:
        return None
    is_list = bool(form.country_list or ("add_countries" in typed and form["countries"].error))
    focus = "country_list" if is_list else "country_name" if typed.get("country_name") else "country"
    return show_settings(request, form, partner, focus=focus, is_list=is_list, announcement=announcement)


def _foresee(request: StaffRequest, form: TypedForm, typed: QueryDict, partner: Partner | None) -> HttpResponse:
    """Return the page with what saving would change or, for htmx, that and the preview, unless it stays the same."""
    preview = preview_of(form, typed)
    values = _values_in(form)
    consequences = of_saving(partner, values) if values else None
    if request.htmx:
        is_shown = typed.get(PREVIEWED) == preview.query
        beside = {"foreseen": consequences, "is_asked": True, "preview": None if is_shown else preview}
        return render(request, "console/partners/_while_filled.html", beside)
    return show_settings(request, form, partner, foreseen=consequences, is_asked=True)


def _take_suggestion(
    request: StaffRequest, form: TypedForm, typed: QueryDict, partner: Partner | None
) -> HttpResponse | None:
    name = typed.get("suggest", "")
    if name not in ADDRESS_FIELDS:
        return None
    _values_in(form)
    take_suggestion(form, name)
    return show_settings(request, form, partner, focus=name)


def _save(request: StaffRequest, form: TypedForm, typed: QueryDict, partner: Partner | None) -> HttpResponse:
    pending = parse_country(typed.get("country", ""))
    values = _values_in(form)
    if reason := _not_added(form, typed, pending):
        form["countries"].error = reason
        return show_settings(request, form, partner, pending=pending, status=422)
    stored = PartnerValues.of(partner) if partner else None
    if values is None or ask_about_addresses(form, values, stored=stored):
        return show_settings(request, form, partner, pending=pending, status=422)
    if partner is not None and partner.trashed_at is not None and "restores" not in typed:
        return _gone(request, form, partner)
    consequences = of_saving(partner, values)
    try:
        saved = _write(request, form, partner, values)
    except ValidationError as error:
        form.refuse(error)
        return show_settings(request, form, partner, status=422)
    except StaleVersion as stale:
        if partner and partner.version != form.version and is_unchanged_since(partner, version=form.version):
            # Nobody's values would be overwritten.
            form.version = partner.version
            return _save(request, form, typed, partner)
        return show_conflict(request, form, stale)
    except Partner.DoesNotExist:
        return _gone(request, form, partner)
    add_notice(request, replace(_notice(partner, saved, values), more=consequences.in_short()))
    return _lead_to_row(request, saved.partner)


def _lead_to_row(request: StaffRequest, saved: Partner) -> HttpResponse:
    """Return the redirect to the list. The script that sends the form follows it, unless there is more to save."""
    path = path_to_row(read_listing(request), row_id=saved.id)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": path, "Renvoi-Saved": "yes"})
    return HttpResponseRedirect(path)


def _not_added(form: TypedForm, typed: QueryDict, pending: CountryCode | None) -> str:
    """Return why the form is not saved yet: a country or a list of them was chosen but not added. Empty if none was."""
    if form.country_list.strip():
        return _("The list of countries was not added. Add it, or clear it.")
    if name := form.country_name.strip():
        return _("“%(name)s” was typed but not added. Add it, or clear it.") % {"name": name}
    is_asked = typed.get("save") in {"with", "without"} or typed.get("asked") == pending
    if pending is None or pending in form.chosen or is_asked:
        return ""
    return _("%(country)s is selected but was not added.") % {"country": country_label(pending)}


def _values_in(form: TypedForm) -> PartnerValues | None:
    """Return the typed values; None if any is invalid, with each error set on its field."""
    try:
        return parse_partner(form.raw(), countries=form.chosen)
    except ValidationError as error:
        form.refuse(error)
        return None


def _write(request: StaffRequest, form: TypedForm, partner: Partner | None, values: PartnerValues) -> actions.Saved:
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


def _notice(before: Partner | None, saved: actions.Saved, values: PartnerValues) -> Notice:
    """Return the message about the saved partner. It has an undo if only the partner's status changed."""
    id_, step = saved.partner.id, saved.change_set_id
    text = _done(before, saved.partner) % {"name": saved.partner.name}
    present = PartnerValues.of(before) if before is not None and before.trashed_at is None else None
    is_of_status = present is not None and present.status != values.status
    if present is None or step is None or not is_of_status or replace(present, status=values.status) != values:
        return Notice(text, subject_id=id_)
    undo = _("Undo the pause") if values.status == Partner.Status.PAUSED else _("Undo the resumption")
    return Notice(text, subject_id=id_, undo_path=reverse("console:step_undo", args=[step]), undo_label=undo)


def _done(before: Partner | None, saved: Partner) -> str:
    # The form of a new partner, sent a second time with other values, has updated the partner that it had created.
    if before is None and saved.version == 1:
        return _("Partner %(name)s created.")
    is_restored = before is not None and before.trashed_at is not None
    return _("Partner %(name)s restored.") if is_restored else _("Partner %(name)s saved.")


def _gone(request: StaffRequest, form: TypedForm, partner: Partner | None) -> HttpResponse:
    """Return the page of a partner that was deleted meanwhile: it keeps what was typed, and saving restores it."""
    partner_id = partner.id if partner else _created_by(request, form)
    current = Partner.objects.prefetch_related("served").filter(id=partner_id).first()
    if current is None:
        return _offer_again(request, partner_id)
    return show_settings(request, form, current, is_gone=True, status=409)


def _created_by(request: StaffRequest, form: TypedForm) -> int:
    """Return the id of the partner that this form created when it was sent before; 0 if there is none."""
    key = parse_idempotency_key(form.idempotency_key)
    created = Change.objects.filter(subject=actions.PARTNER, change_set_id=key, change_set__actor=request.user)
    return next(iter(created.values_list("subject_id", flat=True)), 0)


def _refuse_taken_name(form: TypedForm, partner: Partner) -> None:
    try:
        actions.require_free_name(partner, partner.name)
    except ValidationError as error:
        form.refuse(error)
