"""The page of a file to import: its check while it runs, what it found, and the import."""

import uuid
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from renvoi.console.forms.confirm_count import CONFIRM_COUNT, count_form
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest
from renvoi.console.views.imports import plan_words, uploading
from renvoi.downloads.files import progress_of
from renvoi.downloads.jobs import count_ahead
from renvoi.exports.file_names import content_disposition
from renvoi.history.models import ChangeSet
from renvoi.partners.imports.jobs import (
    State,
    check_again,
    confirm_import,
    pasted_rows,
    read_pieces,
    recent_imports,
    state_of,
)
from renvoi.partners.imports.report import Report
from renvoi.partners.models import PartnerImport
from renvoi.reports.weighing import weight_of_import

_REPLACED = "confirm_replaced"
_UNDER_WAY: frozenset[State] = frozenset({"checking", "importing"})
_FAILED: frozenset[State] = frozenset({"check failed", "import failed"})


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest, import_id: uuid.UUID) -> HttpResponse:
    """GET: show how far the check or the import is, then what it found or did. 404 once it has expired.

    POST: import what the page showed, or check the file again if its process died. If the plan is not the one that was
    shown, show it and say so (409); if its confirmation is not complete, say so beside the field (422).
    """
    job = get_object_or_404(recent_imports(), id=import_id)
    state = state_of(job)
    if request.method != "POST":
        return _page(request, job, state)
    if request.POST.get("act") == "check":
        if state in _FAILED:
            check_again(job)
        return uploading.SeeOther(request.path)
    if state != "checked":
        # It is under way already, or has ended: a double click.
        return uploading.SeeOther(request.path)
    return _import(request, job)


@require_safe
def problems(_request: StaffRequest, import_id: uuid.UUID) -> HttpResponse:
    """Return the file with its problems in a column of its own."""
    job = get_object_or_404(recent_imports(), id=import_id)
    content = read_pieces(job, attempt=job.attempt) if job.report.get("annotated") else b""
    if not content:
        raise Http404
    is_workbook = content.startswith(b"PK")
    response = HttpResponse(content, content_type=plan_words.TYPES[is_workbook])
    name, extension = _("Problems"), "xlsx" if is_workbook else "csv"
    response.headers["Content-Disposition"] = content_disposition(f"{name}.{extension}")
    return response


def _import(request: StaffRequest, job: PartnerImport) -> HttpResponse:
    report, typed = _report(job), request.POST
    form = _form(report, typed, is_submitted=True)
    digest = typed.get("digest", "")
    if report["errors"] or digest != job.digest:
        return _page(request, job, "checked", has_changed=digest != job.digest, status=HTTPStatus.CONFLICT)
    if form.errors:
        return _page(request, job, "checked", form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    replaces = typed.get(_REPLACED) == "on"
    confirm_import(job, digest=digest, confirms_replacements=replaces, actor=request.user)
    return uploading.SeeOther(request.path)


def _report(job: PartnerImport) -> Report:
    report: Report = job.report
    return report


def _form(report: Report, typed: QueryDict, *, is_submitted: bool) -> TypedForm:
    """Return the form of the confirmation: a number if the import is large, a tick if it replaces partners."""
    count = report["created"] + report["changed"]
    is_counted = report["is_large"] or weight_of_import(report, today=timezone.localdate()).is_large
    form = count_form(count, typed, is_submitted=is_submitted) if is_counted else TypedForm({})
    if report["replaced"]:
        field = TypedForm({_REPLACED: plan_words.replaces(report)})
        form.fields |= field.fields
        if is_submitted and typed.get(_REPLACED) != "on":
            form[_REPLACED].error = _("Tick this box, or correct the numbers in the file and upload it again.")
        form[_REPLACED].value = typed.get(_REPLACED, "")
    return form


def _page(
    request: StaffRequest,
    job: PartnerImport,
    state: State,
    *,
    form: TypedForm | None = None,
    has_changed: bool = False,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context: dict[str, Any] = {"job": job, "state": state, "is_under_way": state in _UNDER_WAY}
    if state in _UNDER_WAY:
        context |= _progress(job)
    if request.htmx:
        response = render(request, "console/imports/_progress.html", context)
        if state not in _UNDER_WAY:
            response.headers["HX-Refresh"] = "true"
        return response
    if state in {"checked", "imported"} and job.report:
        report = _report(job)
        if state == "checked" and report["refusal"]:
            return _refused(request, job, report)
        context |= plan_words.plan_context(report, is_done=state == "imported")
        context["can_correct"] = bool(report["errors"] and pasted_rows(job))
        context["form"] = form or _form(report, QueryDict(), is_submitted=False)
        context["count_field"], context["replaced_field"] = (
            context["form"].fields.get(name) for name in (CONFIRM_COUNT, _REPLACED)
        )
        context["has_changed"] = has_changed or job.has_changed
        if state == "imported":
            context |= _undo(request, job)
    return render(request, "console/imports/plan.html", context, status=status)


def _undo(request: StaffRequest, job: PartnerImport) -> dict[str, Any]:
    """Return whether the import was undone, and where its actor can undo it."""
    step = ChangeSet.objects.get(id=job.id)
    is_undone = step.undone_by_id is not None
    may_undo = not is_undone and step.actor_id == request.user.pk
    return {
        "is_undone": is_undone,
        "undo_path": reverse("console:step_undo", args=[step.id]) if may_undo else "",
    }


def _refused(request: StaffRequest, job: PartnerImport, report: Report) -> HttpResponse:
    """Return the form of the upload again, with the reason for which nothing of the file was read."""
    form = uploading.empty_form()
    form["pasted"].value = pasted_rows(job)
    form["file" if job.file_name else "pasted"].error = plan_words.in_language(report["shown_errors"][0]["reason"])
    return uploading.page(request, form)


def _progress(job: PartnerImport) -> dict[str, Any]:
    """Return what the page says about a job under way. An import compares the rows first, then writes the partners."""
    done, total, is_writing = progress_of(job), job.total, False
    if job.is_applying and done > job.total:
        is_writing, done, total = True, done - job.total, job.report["created"] + job.report["changed"]
    ahead = count_ahead(job) if job.is_queued else 0
    return {"done": min(done, total), "total": total, "is_writing": is_writing, "ahead": ahead}
