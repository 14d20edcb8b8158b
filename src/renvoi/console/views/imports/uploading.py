"""Upload a file of partners, or paste rows; and the empty file to fill in."""

import io
import uuid
from http import HTTPStatus

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.sentences import current_language
from renvoi.exports.delimited import Separator, render_csv
from renvoi.exports.file_names import content_disposition
from renvoi.exports.workbook import render_xlsx
from renvoi.partners.exporting import data_table
from renvoi.partners.figures import Figure
from renvoi.partners.importing.headings import is_heading
from renvoi.partners.importing.reading.problems import FileRefused
from renvoi.partners.importing.reading.rows import MAX_BYTES, MAX_ROWS, pasted, require_readable
from renvoi.partners.imports.jobs import TooManyImports, order_check, pasted_rows, recent_imports
from renvoi.partners.models import Partner

_FILE, _PASTED = "file", "pasted"
_LABELS = {_FILE: gettext_lazy("CSV or XLSX file"), _PASTED: gettext_lazy("Rows copied from a spreadsheet")}
_CSV_TYPE = "text/csv; charset=utf-8"
_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SeeOther(HttpResponseRedirect):
    """303: the result of the form is at another address."""

    status_code = HTTPStatus.SEE_OTHER


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest) -> HttpResponse:
    """GET: show the form. POST: store the file, have it checked, and redirect to its address (303).

    A file of which nothing can be read is refused beside its field (422); what was pasted is still there.
    """
    form = empty_form()
    typed = read_typed(request)
    if typed is not None:
        form.fill(typed)
        form.is_restored = request.method != "POST"
    if request.method != "POST":
        if typed is None:
            form[_PASTED].value = _rows_to_correct(request.GET.get("rows", ""))
        return page(request, form)
    content, name = _received(request, typed or QueryDict(), form)
    if not form.errors:
        _refuse_unreadable(form, content, name)
    if form.errors:
        return page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        job = order_check(content, file_name=name, language=current_language(), account=request.user)
    except TooManyImports:
        form[_FILE].error = _(
            "Several files of yours are still being checked. Wait until one of them is, and try again."
        )
        return page(request, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    return SeeOther(reverse("console:import_plan", args=[job.id]))


def empty_form() -> TypedForm:
    """Return the form of the upload."""
    return TypedForm(_LABELS)


def page(request: StaffRequest, form: TypedForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Return the page with the form of the upload."""
    context = {"form": form, "limits": {"megabytes": MAX_BYTES // 1024**2, "rows": MAX_ROWS}}
    return render(request, "console/imports/upload.html", context, status=status)


@require_safe
def template(request: StaffRequest, extension: str) -> HttpResponse:
    """Return a file that has the headings only, in the language of the page."""
    table = data_table(Partner.objects.none(), count=0, language=current_language(), headings="labels")
    if extension == "csv":
        separator: Separator = ";" if request.user.csv_separator == ";" else ","
        response = HttpResponse(b"".join(render_csv(table, separator=separator)), content_type=_CSV_TYPE)
    elif extension == "xlsx":
        file = io.BytesIO()
        render_xlsx(table, file=file)
        response = HttpResponse(file.getvalue(), content_type=_XLSX_TYPE)
    else:
        raise Http404
    name = _("Partners to import")
    response.headers["Content-Disposition"] = content_disposition(f"{name}.{extension}")
    return response


def _received(request: StaffRequest, typed: QueryDict, form: TypedForm) -> tuple[bytes, str]:
    """Return the content that was sent and the name of its file, empty if it was pasted. Refuse none, and two."""
    file, block = request.FILES.get(_FILE), request.FILES.get(_PASTED)
    text = typed.get(_PASTED, "")
    if isinstance(block, UploadedFile):
        # js/imports.js sends a long block as a file: a field of a form is limited.
        text = block.read(MAX_BYTES + 1).decode(errors="replace")
        form[_PASTED].value = text
    has_file = isinstance(file, UploadedFile) and bool(file.name)
    if has_file and text.strip():
        form[_PASTED].error = _("Choose a file or paste rows, not both. The file must be chosen again.")
    elif not has_file and not text.strip():
        form[_FILE].error = _("Choose a file, or paste rows below.")
    if isinstance(file, UploadedFile) and has_file:
        return file.read(MAX_BYTES + 1), str(file.name)
    return pasted(text), ""


def _rows_to_correct(import_id: str) -> str:
    """Return the rows that were pasted for an import of the last day; empty if there is none of this id."""
    try:
        job = recent_imports().filter(id=uuid.UUID(import_id)).first()
    except ValueError:
        return ""
    return pasted_rows(job) if job else ""


def _refuse_unreadable(form: TypedForm, content: bytes, name: str) -> None:
    try:
        require_readable(content, is_heading=is_heading)
    except FileRefused as refused:
        problem = refused.problem
        place = _("Row %(row)s: %(reason)s") % {"row": Figure(problem.line), "reason": problem.reason}
        form[_FILE if name else _PASTED].error = problem.reason if problem.line == 1 else place
