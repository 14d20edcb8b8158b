"""The page Coverage area: the countries and regions that the operator serves itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.confirm_count import CONFIRM_COUNT
from renvoi.console.forms.countries import country_choices
from renvoi.console.forms.typed_form import TypedForm, parse_idempotency_key, parse_version, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import current_language
from renvoi.console.views.findings.findings_page import in_short
from renvoi.console.views.foreseeing.consequences import FORESEE, brake, of_operator, show_beside
from renvoi.console.views.operator.general_settings import last_editor
from renvoi.console.wording.foreseen import Consequences
from renvoi.domain.names.keys import sort_key
from renvoi.domain.places import (
    CountryCode,
    RegionCode,
    country_name,
    country_sort_key,
    parse_country,
    region_name,
    regions_of,
)
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Operator
from renvoi.partners.values import OperatorValues, parse_coverage

_LABELS = {"areas": gettext_lazy("Countries covered")}


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
    stored = _areas_text(values.areas)
    form.chosen = stored
    form["areas"].value = " ".join(sorted(stored))
    whole = {str(country) for country, region in values.areas if not region}
    typed = read_typed(request)
    if typed is None:
        added = _add(form, request.GET.get("add", ""))
        return _page(request, form, whole | added, added=sorted(added))
    form.country = typed.get("country", "")
    form.version, form.idempotency_key = parse_version(typed.get("version", "")), typed.get("idempotency_key", "")
    if typed.get("keep_areas") != "theirs":
        form.chosen, whole = _areas_typed(typed)
    form["areas"].value = " ".join(sorted(form.chosen))
    if request.method != "POST":
        form.is_restored = True
        return _page(request, form, whole)
    return _edit_countries(request, form, whole, typed) or _save(request, form, whole, values, typed)


def _areas_text(areas: Iterable[tuple[CountryCode, str]]) -> list[str]:
    return [region or country for country, region in areas]


def _areas_named(codes: str) -> str:
    """Return the names of countries and regions, as in “Brésil, Ontario (Canada)”."""
    language, areas = current_language(), codes.split()
    names = []
    for code in areas:
        if "-" in code and code[:2] in areas:
            continue  # the whole country is covered
        country = country_name(CountryCode(code[:2]), language=language)
        names.append(f"{region_name(RegionCode(code), language=language)} ({country})" if "-" in code else country)
    return ", ".join(sorted(names, key=sort_key))


def _add(form: TypedForm, codes: str) -> set[str]:
    """Add these countries, separated by commas, to those of the form, without saving. Return those that are new."""
    countries = {parse_country(code) for code in codes.split(",")} - {None, *(area[:2] for area in form.chosen)}
    added = {str(code) for code in countries}
    form.chosen = [*form.chosen, *sorted(added)]
    return added


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
        whole, form.country = whole | {added}, ""
    else:
        return None
    return _page(request, form, whole, focus="country", opened=added or "")


def _save(
    request: StaffRequest, form: TypedForm, whole: set[str], current: OperatorValues, typed: QueryDict
) -> HttpResponse:
    values, empty = _values_in(form, whole, current)
    consequences = of_operator(values) if values else None
    if FORESEE in typed and request.htmx:
        return show_beside(request, consequences)
    if values is None or consequences is None:
        return _page(request, form, whole, status=422, opened=empty)
    if FORESEE in typed:
        return _page(request, form, whole, foreseen=consequences)
    return _ask_for_count(request, form, whole, typed, consequences) or _write(
        request, form, whole, values, consequences
    )


def _ask_for_count(
    request: StaffRequest, form: TypedForm, whole: set[str], typed: QueryDict, consequences: Consequences
) -> HttpResponse | None:
    """Return the page with the number to type, if the change is large and its number was not typed."""
    braked = brake(consequences.weight, typed, is_submitted=CONFIRM_COUNT in typed)
    field = braked["count_field"]
    if field is None or (CONFIRM_COUNT in typed and not field.error):
        return None
    form.fields[CONFIRM_COUNT] = field
    return _page(request, form, whole, status=422, foreseen=consequences, focus=CONFIRM_COUNT, **braked)


def _write(
    request: StaffRequest, form: TypedForm, whole: set[str], values: OperatorValues, consequences: Consequences
) -> HttpResponse:
    try:
        actions.update_operator(
            values=values,
            edited=_LABELS.keys(),
            expected_version=form.version,
            actor=request.user,
            channel="console",
            idempotency_key=parse_idempotency_key(form.idempotency_key),
        )
    except StaleVersion:
        return _conflict(request, form, whole)
    add_notice(request, Notice(_("Coverage area saved."), more=consequences.in_short()))
    return HttpResponseRedirect(reverse("console:coverage"))


def _values_in(form: TypedForm, whole: set[str], current: OperatorValues) -> tuple[OperatorValues | None, str]:
    """Return the values with the typed areas, or None with the error set; and a country without any region."""
    areas = [code for code in form.chosen if code in whole or ("-" in code and code[:2] not in whole)]
    parts = {code for code in form.chosen if "-" not in code} - whole
    empty = min(parts - {area[:2] for area in areas}, default="")
    values = None
    try:
        values = parse_coverage(areas, current=current)
    except ValidationError as error:
        form.refuse(error)
    if empty:
        names = {"country": country_name(CountryCode(empty), language=current_language())}
        form["areas"].error = _("%(country)s: tick at least one region, or choose the whole country.") % names
    return (None if form.errors else values), empty


def _conflict(request: StaffRequest, form: TypedForm, whole: set[str]) -> HttpResponse:
    operator = Operator.objects.get(id=1)
    form["areas"].value = " ".join(sorted(code for code in form.chosen if "-" in code or code in whole))
    theirs = " ".join(sorted(_areas_text(OperatorValues.of(operator).areas)))
    form.put_beside({"areas": theirs}, base={}, words={"areas": _areas_named})
    form.version = operator.version
    return _page(request, form, whole, editor=last_editor(), status=409)


def _page(request: StaffRequest, form: TypedForm, whole: set[str], *, status: int = 200, **more: Any) -> HttpResponse:
    countries = _covered_countries(form.chosen, whole)
    stored = OperatorValues.of(Operator.objects.get(id=1))
    context = {
        "form": form,
        "countries": countries,
        "choices": country_choices(without=[country.code for country in countries]),
        "covered": sorted({country for country, _region in stored.areas}),
        "has_address": bool(stored.signup_url_en or stored.signup_url_fr),
    }
    return render(request, "console/coverage/page.html", context | in_short() | more, status=status)


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
    return sorted(covered, key=lambda country: country_sort_key(country.code, language=language))
