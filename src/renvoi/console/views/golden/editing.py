"""The form of one golden visitor, filled by a simulation or by one of the list, and the form that pastes many."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.countries import country_choices, region_choices
from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.sentences import counted
from renvoi.console.views.golden.golden_list import case_named, lead_to_list
from renvoi.console.wording.golden import EXPECTATIONS
from renvoi.domain.golden.checking import check
from renvoi.domain.golden.visitors import MAX_GOLDEN, Case, GoldenList, GoldenVisitor, TooMany, with_golden
from renvoi.partners import actions
from renvoi.partners.golden.stored import names_of, stored_golden
from renvoi.partners.importing.golden_visitors import find_partners, parse_golden, read_golden
from renvoi.partners.importing.reading.problems import FileRefused, Problem
from renvoi.partners.importing.reading.rows import pasted
from renvoi.partners.lists.names import last_names
from renvoi.partners.routing_table import newest_table

_LABELS = {
    "country": gettext_lazy("Country"),
    "region": gettext_lazy("Region"),
    "language": gettext_lazy("Language"),
    "day": gettext_lazy("Day"),
    "decision": gettext_lazy("Expected decision"),
    "partner": gettext_lazy("Expected partner"),
}
_PASTED = {"pasted": gettext_lazy("Pasted rows")}
_ADDED = ngettext_lazy(
    "%(shown)s golden visitor read; the list has %(all)s now.",
    "%(shown)s golden visitors read; the list has %(all)s now.",
    "count",
)
_SHOWN_PROBLEMS = 5


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest) -> HttpResponse:
    """Show the form, or save it. `of` names the one of the list that is edited; without it a new one is added."""
    listed = stored_golden()
    of = request.POST.get("of", "") or request.GET.get("of", "")
    case = case_named(of, listed)
    form = TypedForm(_LABELS)
    typed = read_typed(request)
    if typed is not None:
        form.fill(typed)
        form.is_restored = request.method != "POST"
    elif case is not None:
        _fill(form, next(one for one in listed if one.case == case))
    else:
        _fill_from_question(form, request)
    if request.method == "POST":
        return _save(request, form, case, of=of)
    return _page(request, form, of=of if case else "")


def _save(request: StaffRequest, form: TypedForm, case: Case | None, *, of: str) -> HttpResponse:
    try:
        golden = parse_golden(form.raw(), partners=find_partners([form["partner"].value]))

        saved = actions.update_golden_visitors(
            edit=lambda listed: _put(listed, golden, without=case), actor=request.user, channel="console"
        )
    except ValidationError as error:
        form.refuse(error)
        return _page(request, form, of=of, status=422)
    return lead_to_list(request, _("Golden visitor saved."), saved)


def _put(listed: GoldenList, golden: GoldenVisitor, *, without: Case | None) -> GoldenList:
    """Put one into the list, in the place of `without`. Raises ValidationError if it is there already, or if full."""
    if golden.case != without and any(one.case == golden.case for one in listed):
        sentence = _("The list has this visitor already: edit that one.")
        raise ValidationError({"country": [ValidationError(sentence, code="taken")]})
    try:
        return with_golden(listed, golden, without=without)
    except TooMany as error:
        sentence = _("The list can have %(limit)s visitors at most.") % {"limit": MAX_GOLDEN}
        raise ValidationError({"country": [ValidationError(sentence, code="too_many")]}) from error


def _fill(form: TypedForm, golden: GoldenVisitor) -> None:
    country, region, language, day = golden.case
    names = last_names([golden.partner] if golden.partner is not None else [])
    partner = names.get(golden.partner or 0, str(golden.partner or ""))
    texts = {"country": country, "region": region, "language": language, "day": day, "partner": partner}
    form.fill(texts | {"decision": golden.decision})


def _fill_from_question(form: TypedForm, request: StaffRequest) -> None:
    """Fill the form with the visitor of the query string, and expect what that visitor gets now."""
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("country", "region", "language", "day")}
    form.fill({"language": "fr"} | {name: text for name, text in asked.items() if text})
    try:
        golden = parse_golden(form.raw() | {"decision": "none"}, partners={})
    except ValidationError:
        return
    (checked,) = check([golden], newest_table(), today=timezone.localdate())
    form["decision"].value = checked.outcome.kind
    if checked.outcome.kind == "partner":
        form["partner"].value = names_of([checked]).get(checked.outcome.partners[0], "")


def _page(request: StaffRequest, form: TypedForm, *, of: str, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "of": of,
        "countries": country_choices(without=()),
        "regions": region_choices(form["region"].value, more=()),
        "expectations": EXPECTATIONS.items(),
    }
    return render(request, "console/golden/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: StaffRequest) -> HttpResponse:
    """Show the field for pasted rows, or read them: all are added to the list, or take its place, or none."""
    form = TypedForm(_PASTED)
    typed = read_typed(request)
    replaces = typed is not None and "replaces" in typed
    if typed is not None:
        form.fill(typed)
    if request.method != "POST":
        form.is_restored = typed is not None
        return render(request, "console/golden/paste.html", {"form": form, "replaces": replaces})
    golden, problems = _read(form["pasted"].value)
    form["pasted"].error = _problems_text(problems)
    if problems:
        return render(request, "console/golden/paste.html", {"form": form, "replaces": replaces}, status=422)
    try:
        saved = actions.update_golden_visitors(
            edit=lambda listed: with_golden(() if replaces else listed, *golden), actor=request.user, channel="console"
        )
    except TooMany:
        form["pasted"].error = _("The list can have %(limit)s visitors at most.") % {"limit": MAX_GOLDEN}
        return render(request, "console/golden/paste.html", {"form": form, "replaces": replaces}, status=422)
    count = len(stored_golden())
    return lead_to_list(request, counted(_ADDED, len(golden), all=str(count)), saved)


def _read(text: str) -> tuple[list[GoldenVisitor], list[Problem]]:
    try:
        lines, problems = read_golden(pasted(text))
    except FileRefused as error:
        return [], [error.problem]
    return [line.golden for line in lines], problems


def _problems_text(problems: list[Problem]) -> str:
    """Return the first problems, each with its line and column, in one text."""
    sentences = []
    for problem in problems[:_SHOWN_PROBLEMS]:
        place = {"line": problem.line, "column": problem.column, "reason": problem.reason}
        sentence = _("Line %(line)s, %(column)s: %(reason)s") if problem.column else _("Line %(line)s: %(reason)s")
        sentences.append(sentence % place)
    return " ".join(sentences)
