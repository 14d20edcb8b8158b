"""The list of golden visitors, each with what it gets now; removing one, undoing a step, and the list as a file."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from renvoi.console.access.role_required import refuse_undo
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice, dismiss_notice
from renvoi.console.views.history.left_as_it_is import notices_of_skipped
from renvoi.console.views.list_page import pages_near
from renvoi.console.views.past.asking import page_of
from renvoi.console.wording.golden import case_text, expected_text, why_text
from renvoi.console.wording.outcomes import outcome_text
from renvoi.domain.golden.checking import Checked
from renvoi.domain.golden.visitors import Case, GoldenList, with_golden
from renvoi.exports.delimited import Separator, render_csv
from renvoi.exports.file_names import content_disposition
from renvoi.history.models import ChangeSet
from renvoi.lists.listing import parse_positive
from renvoi.partners import actions
from renvoi.partners.golden.stored import check_stored, names_of
from renvoi.partners.importing.golden_visitors import golden_table
from renvoi.partners.lists.names import last_names

_FILE_NAME = "Golden visitors.csv"


@dataclass(frozen=True, slots=True)
class GoldenRow:
    """A golden visitor as the page shows it. `key` names it in forms; `why` is empty if it gets what is expected."""

    key: str
    visitor: str
    expected: str
    got: str
    why: str
    is_expected: bool
    simulation: str


def key_of(case: Case) -> str:
    """Return the text by which a form names a golden visitor."""
    country, region, language, day = case
    return " ".join((country, region or "-", language, day.isoformat() if day else "-"))


def case_named(key: str, listed: GoldenList) -> Case | None:
    """Return the case of the list that a form names; None if the list no longer has it."""
    return next((golden.case for golden in listed if key_of(golden.case) == key), None)


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the list, those that differ first if `differing` is asked for alone."""
    checked = check_stored(today=timezone.localdate())
    differing = [one for one in checked if not one.is_expected]
    is_filtered = "differing" in request.GET
    page = page_of(differing if is_filtered else checked, number=parse_positive(request.GET.get("page", ""), default=1))
    names = names_of(page.rows)
    context: dict[str, Any] = {
        "rows": [_row(one, names) for one in page.rows],
        "page": page,
        "pages": pages_near(page),
        "page_suffix": "&differing=1" if is_filtered else "",
        "count": len(checked),
        "differing": len(differing),
        "is_filtered": is_filtered,
    }
    return render(request, "console/golden/list.html", context)


def _row(checked: Checked, names: Mapping[int, str]) -> GoldenRow:
    golden = checked.golden
    country, region, language, day = golden.case
    query = {"country": country, "region": region or "", "language": language, "day": day.isoformat() if day else ""}
    return GoldenRow(
        key_of(golden.case),
        case_text(golden.case),
        expected_text(golden, names),
        outcome_text(checked.outcome, names),
        "" if checked.is_expected else why_text(checked),
        checked.is_expected,
        f"{reverse('console:simulation')}?{urlencode({name: text for name, text in query.items() if text})}",
    )


@require_POST
def remove(request: StaffRequest) -> HttpResponse:
    """Remove one from the list. The message can undo it. One that is gone already is no error."""

    def edit(listed: GoldenList) -> GoldenList:
        case = case_named(request.POST.get("of", ""), listed)
        return listed if case is None else with_golden(listed, without=case)

    saved = actions.update_golden_visitors(edit=edit, actor=request.user, channel="console")
    return lead_to_list(request, _("Golden visitor removed."), saved)


def lead_to_list(request: StaffRequest, sentence: str, saved: actions.SavedOperator) -> HttpResponse:
    """Show the list with a message, which can undo the step if there was one."""
    undo_path = reverse("console:golden_undo", args=[saved.change_set_id]) if saved.change_set_id else ""
    label = _("Undo the change of the list") if undo_path else ""
    add_notice(request, Notice(sentence, undo_path=undo_path, undo_label=label))
    return HttpResponseRedirect(reverse("console:golden"))


@require_POST
def undo(request: StaffRequest, change_set_id: uuid.UUID) -> HttpResponse:
    """Undo a step of the list, and show it."""
    if refusal := refuse_undo(request, [change_set_id]):
        return refusal
    dismiss_notice(request, notice_id=request.POST.get("notice", ""))
    try:
        undone = actions.undo_step(change_set_id=change_set_id, actor=request.user, channel="console")
    except ChangeSet.DoesNotExist as error:
        raise Http404 from error
    if not undone.skipped:
        add_notice(request, Notice(_("The list is as it was.")))
    for notice in notices_of_skipped(undone.skipped):
        add_notice(request, notice)
    return HttpResponseRedirect(reverse("console:golden"))


@require_safe
def export(request: StaffRequest) -> HttpResponse:
    """Answer with the whole list as CSV, which the page of the import and `renvoi check-visitors` read."""
    golden = [one.golden for one in check_stored(today=timezone.localdate())]
    names = last_names(one.partner for one in golden if one.partner is not None)
    separator: Separator = ";" if request.user.csv_separator == ";" else ","
    content = b"".join(render_csv(golden_table(golden, names=names), separator=separator))
    headers = {"Content-Disposition": content_disposition(_FILE_NAME)}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
