"""The page Coverage area: the operator, and the countries and regions that it serves itself."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.countries import country_choices
from renvoi.console.forms.typed_form import TypedForm, parse_idempotency_key, parse_version, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import current_language
from renvoi.domain.places import (
    CountryCode,
    RegionCode,
    country_name,
    parse_country,
    region_name,
    regions_of,
    sort_key,
)
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Change, Operator
from renvoi.partners.values import OperatorValues, parse_operator

_LABELS = {
    "name": gettext_lazy("Name"),
    "signup_url_en": gettext_lazy("Sign-up address in English"),
    "signup_url_fr": gettext_lazy("Sign-up address in French"),
    "mode": gettext_lazy("Mode"),
    "default_language": gettext_lazy("Default language"),
    "time_zone": gettext_lazy("Time zone"),
    "areas": gettext_lazy("Countries covered"),
}


@dataclass(frozen=True, slots=True)
class CoveredCountry:
    """A country of the coverage area as the page shows it. `regions` holds (code, name, whether it is ticked)."""

    code: CountryCode
    name: str
    is_whole: bool
    regions: list[tuple[RegionCode, str, bool]]

    @property
    def ticked(self) -> list[str]:
        """The names of the regions that are ticked."""
        return [name for _, name, is_ticked in self.regions if is_ticked]


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest) -> HttpResponse:
    """Show the page. POST: save it, or add or remove a country without saving."""
    operator = Operator.objects.get(id=1)
    values = OperatorValues.of(operator)
    form = TypedForm(_LABELS, version=operator.version)
    form.fill(text_of(values))
    form.chosen = _areas_text(values.areas)
    whole = {str(country) for country, region in values.areas if not region}
    typed = read_typed(request)
    if typed is None:
        return _page(request, form, whole)
    form.fill(typed)
    form.version, form.idempotency_key = parse_version(typed.get("version", "")), typed.get("idempotency_key", "")
    form.settle(typed, text_of(values))
    form.chosen, whole = _areas_typed(typed)
    if typed.get("keep_areas") == "theirs":
        form.chosen, whole = _areas_text(values.areas), {str(code) for code, region in values.areas if not region}
    form["areas"].value = " ".join(sorted(form.chosen))
    if request.method != "POST":
        form.is_restored = True
        return _page(request, form, whole)
    return _edit_countries(request, form, whole, typed) or _save(request, form, whole)


def text_of(values: OperatorValues) -> dict[str, str]:
    """Return the values as the text of a form. Areas are sorted codes separated by spaces."""
    text = {field.name: str(getattr(values, field.name)) for field in fields(values)}
    return text | {"areas": " ".join(sorted(_areas_text(values.areas)))}


def _areas_text(areas: Iterable[tuple[CountryCode, str]]) -> list[str]:
    return [region or country for country, region in areas]


def _areas_typed(typed: QueryDict) -> tuple[list[str], set[str]]:
    """Return the submitted codes of countries and regions, and the countries that are covered entirely."""
    covered = [code for code in typed.getlist("covered") if parse_country(code)]
    whole = {code for code in covered if typed.get(f"extent_{code}") != "part"}
    ticked = [region for region in typed.getlist("regions") if region[:2] in covered]
    return [*covered, *ticked], whole


def _edit_countries(request: StaffRequest, form: TypedForm, whole: set[str], typed: QueryDict) -> HttpResponse | None:
    added = parse_country(typed.get("country", ""))
    if "remove_country" in typed:
        removed = typed.get("remove_country", "")
        form.chosen = [code for code in form.chosen if code != removed and not code.startswith(f"{removed}-")]
    elif "add_country" in typed and added is None:
        form["areas"].error = _("Select a country in the list first.")
    elif "add_country" in typed and added is not None:
        form.chosen = [*form.chosen, added] if added not in form.chosen else form.chosen
        whole = whole | {added}
    else:
        return None
    return _page(request, form, whole, focus="country", opened=added or "")


def _save(request: StaffRequest, form: TypedForm, whole: set[str]) -> HttpResponse:
    values, empty = _values_in(form, whole)
    if values is None:
        return _page(request, form, whole, status=422, opened=empty)
    try:
        actions.update_operator(
            values=values,
            expected_version=form.version,
            actor=request.user,
            channel="console",
            idempotency_key=parse_idempotency_key(form.idempotency_key),
        )
    except StaleVersion:
        return _conflict(request, form, whole)
    add_notice(request, Notice(_("Coverage area saved.")))
    return HttpResponseRedirect(reverse("console:coverage"))


def _values_in(form: TypedForm, whole: set[str]) -> tuple[OperatorValues | None, str]:
    """Return the typed values, or None with each error set on its field; and a country without any region."""
    areas = [code for code in form.chosen if code in whole or ("-" in code and code[:2] not in whole)]
    parts = {code for code in form.chosen if "-" not in code} - whole
    empty = min(parts - {area[:2] for area in areas}, default="")
    values = None
    try:
        values = parse_operator(form.raw(), areas=areas)
    except ValidationError as error:
        form.refuse(error)
    if empty:
        names = {"country": country_name(CountryCode(empty), language=current_language())}
        form["areas"].error = _("%(country)s: tick at least one region, or choose the whole country.") % names
    return (None if form.errors else values), empty


def _conflict(request: StaffRequest, form: TypedForm, whole: set[str]) -> HttpResponse:
    operator = Operator.objects.get(id=1)
    form["areas"].value = " ".join(sorted(code for code in form.chosen if "-" in code or code in whole))
    last = Change.objects.filter(subject=actions.OPERATOR).select_related("change_set__actor").order_by("-id").first()
    form.put_beside(text_of(OperatorValues.of(operator)), base={})
    form.version = operator.version
    return _page(request, form, whole, editor=last.change_set.actor if last else None, status=409)


def _page(request: StaffRequest, form: TypedForm, whole: set[str], *, status: int = 200, **more: Any) -> HttpResponse:
    form.warn_of_mixed_scripts(("signup_url_en", "signup_url_fr"))
    countries = _covered_countries(form.chosen, whole)
    context = {
        "form": form,
        "countries": countries,
        "choices": country_choices(without=[country.code for country in countries]),
        "time_zones": sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
    }
    return render(request, "console/coverage/page.html", context | more, status=status)


def _covered_countries(chosen: Iterable[str], whole: set[str]) -> list[CoveredCountry]:
    language, ticked = current_language(), set(chosen)
    covered = []
    for code in dict.fromkeys(CountryCode(area[:2]) for area in chosen):
        named = ((region, region_name(region, language=language)) for region in regions_of(code))
        regions = [
            (region, name, region in ticked) for region, name in sorted(named, key=lambda region: sort_key(region[1]))
        ]
        name = country_name(code, language=language)
        covered.append(CoveredCountry(code, name, is_whole=code in whole, regions=regions))
    return sorted(covered, key=lambda country: sort_key(country.name))
