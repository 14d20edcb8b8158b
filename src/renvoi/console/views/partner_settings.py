"""Hides the page Réglages du partenaire: filling it, adding and removing countries, saving, and what can go wrong."""

from dataclasses import fields
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from renvoi.console.forms import (
    TypedForm,
    country_choices,
    named_countries,
    submission_of,
    typed_in,
    version_of,
)
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import current_language
from renvoi.console.views.partner_list import list_path, list_query_of
from renvoi.domain.places import CountryCode, country_name, parse_country
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Change, Partner
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
def create(request: HttpRequest) -> HttpResponse:
    """The page for a new partner."""
    form = TypedForm(_LABELS)
    form.fill({"status": Partner.Status.ACTIVE, "priority": "5"})
    return _answer(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, partner_id: int) -> HttpResponse:
    """The page of a partner; for one in the trash, the page that restores it with these values."""
    partner = Partner.objects.prefetch_related("served").filter(id=partner_id).first()
    if partner is None:
        raise Http404
    form = TypedForm(_LABELS, version=partner.version)
    form.fill(text_of(PartnerValues.of(partner)))
    form.chosen = list(partner.countries)
    return _answer(request, form, partner)


def text_of(values: PartnerValues) -> dict[str, str]:
    """Values as a form's text; countries as sorted codes with blanks between."""
    text = {field.name: getattr(values, field.name) for field in fields(values)}
    text["countries"] = " ".join(values.countries)
    return {name: "" if value is None else str(value) for name, value in text.items()}


def _answer(request: HttpRequest, form: TypedForm, partner: Partner | None) -> HttpResponse:
    form.list_query = list_query_of(request)
    typed = typed_in(request)
    if typed is None:
        if partner is not None and partner.trashed_at is not None:
            _refuse_taken_name(form, partner)
        return _page(request, form, partner)
    _take(form, typed)
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


def _take(form: TypedForm, typed: QueryDict) -> None:
    form.fill(typed)
    form.version = version_of(typed.get("version", ""))
    form.submission = typed.get("submission", "")
    form.chosen = list(dict.fromkeys(typed.getlist("countries")))
    form["countries"].value = " ".join(sorted(form.chosen))


def _edit_countries(
    request: HttpRequest, form: TypedForm, typed: QueryDict, partner: Partner | None
) -> HttpResponse | None:
    """The page again after Ajouter or a remove icon; None where neither was pressed."""
    said = ""
    added = parse_country(typed.get("country", ""))
    if "remove_country" in typed:
        removed = typed.get("remove_country", "")
        form.chosen = [code for code in form.chosen if code != removed]
        said = _("%(country)s removed, %(count)s.") % {"country": _name(removed), "count": _count(form.chosen)}
    elif "add_country" in typed:
        if added is None:
            form["countries"].error = _("Select a country in the list first.")
        elif added not in form.chosen:
            form.chosen.append(added)
            said = _("%(country)s added, %(count)s.") % {"country": _name(added), "count": _count(form.chosen)}
    elif typed.get("save") == "with" and added is not None and added not in form.chosen:
        form.chosen.append(added)
        return None
    else:
        return None
    form["countries"].value = " ".join(sorted(form.chosen))
    if request.headers.get("HX-Request"):
        return render(request, "console/partners/_countries.html", _context(form, partner) | {"said": said})
    return _page(request, form, partner, said=said, focus="country")


def _take_suggestion(
    request: HttpRequest, form: TypedForm, typed: QueryDict, partner: Partner | None
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


def _save(request: HttpRequest, form: TypedForm, typed: QueryDict, partner: Partner | None) -> HttpResponse:
    pending = parse_country(typed.get("country", ""))
    is_asked = typed.get("save") in {"with", "without"} or typed.get("asked") == pending
    values = _values_in(form)
    if pending is not None and pending not in form.chosen and not is_asked:
        form["countries"].error = _("%(country)s is selected but was not added.") % {"country": _name(pending)}
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
    add_notice(request, Notice(_done(partner) % {"name": saved.name}, subject_id=saved.id))
    return HttpResponseRedirect(list_path(form.list_query))


def _values_in(form: TypedForm) -> PartnerValues | None:
    """The values that were typed; None, with each refusal beside its field, where one is wrong."""
    try:
        return parse_partner(form.raw(), countries=form.chosen)
    except ValidationError as error:
        form.refuse(error)
        return None


def _write(request: HttpRequest, form: TypedForm, partner: Partner | None, values: PartnerValues) -> Partner:
    said: dict[str, Any] = {
        "values": values,
        "actor": request.user,
        "way": "console",
        "submission": submission_of(form.submission),
    }
    if partner is None:
        return actions.create_partner(**said)
    if partner.trashed_at is not None:
        return actions.restore_partner_as(partner_id=partner.id, **said)
    return actions.update_partner(partner_id=partner.id, expected_version=form.version, **said)


def _done(partner: Partner | None) -> str:
    if partner is None:
        return _("Partner %(name)s created.")
    return _("Partner %(name)s restored.") if partner.trashed_at is not None else _("Partner %(name)s saved.")


def _conflict(request: HttpRequest, form: TypedForm, stale: StaleVersion) -> HttpResponse:
    partner = Partner.objects.prefetch_related("served").get(id=stale.current.pk)
    history = Change.objects.filter(subject=actions.PARTNER, subject_id=partner.id).order_by("-id")
    base = history.filter(after__version=form.version).values_list("after", flat=True).first() or {}
    began = {name: "" if value is None else str(value) for name, value in base.items()}
    began["countries"] = " ".join(base.get("countries", []))
    form.put_beside(text_of(PartnerValues.of(partner)), base=began)
    last = history.select_related("change_set__actor").first()
    form.version = partner.version
    return _page(request, form, partner, editor=last.change_set.actor if last else None, status=409)


def _gone(request: HttpRequest, form: TypedForm, partner: Partner | None) -> HttpResponse:
    """The partner went to the trash meanwhile: its page there shows what was typed, and restores it when saved."""
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
    request: HttpRequest, form: TypedForm, partner: Partner | None, *, status: int = 200, **more: Any
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


def _name(code: str) -> str:
    country = parse_country(code)
    return country_name(CountryCode(country), language=current_language()) if country else code


def _count(chosen: list[str]) -> str:
    return ngettext("%(count)d country", "%(count)d countries", len(chosen)) % {"count": len(chosen)}
