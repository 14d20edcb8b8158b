"""Export the findings: the window with the choices, and the file, streamed in the response."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override, pgettext
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.documents import Document, Wanted
from renvoi.console.forms.file_choices import chosen_file, file_response
from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.sentences import current_language
from renvoi.console.views.findings.computing import CurrentFinding, current_findings
from renvoi.console.views.findings.findings_page import findings_path, read_kind
from renvoi.console.views.findings.words import detail, subject_name, title
from renvoi.console.wording.accepted import KIND_LABELS
from renvoi.domain.findings.finding import Kind
from renvoi.domain.places import Language
from renvoi.downloads.models import Download
from renvoi.exports.table import Column, Row, Table
from renvoi.partners.figures import figure
from renvoi.partners.lists.printed import Printing

_BYTES_OF_ROW = 600


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: StaffRequest) -> HttpResponseBase:
    """GET: show the choices, in a window for htmx and on a page otherwise. POST: stream all findings, or one kind."""
    typed, kind = read_typed(request) or QueryDict(), _read_kind(request)
    rows = _rows_of(kind)
    if request.method == "POST" and rows:
        return _file(request, rows, list_path=findings_path(kind))
    context = {
        "title": _("Export the findings to a file"),
        "file_name": typed.get("file_name", "Findings.csv"),
        "format": typed.get("format", "csv"),
        "separator": typed.get("separator", request.user.csv_separator),
        "action": request.path,
        "count": len(rows),
        "list_query": _query(kind),
        "list_path": findings_path(kind),
        "list_title": _("Coverage findings"),
    }
    return render(request, "console/findings/export.html", context)


def _file(request: StaffRequest, rows: Sequence[CurrentFinding], *, list_path: str) -> HttpResponseBase:
    choices, language = chosen_file(request), current_language()

    def table() -> Table:
        return findings_table(rows, language=language)

    return file_response(request, table, choices=choices, size=len(rows) * _BYTES_OF_ROW, list_path=list_path)


def findings_table(findings: Sequence[CurrentFinding], *, language: Language) -> Table:
    """Return the table of these findings, one row for each, in their order and in words of a language."""
    with override(language):
        columns = (
            Column(_("Kind"), "fact", share=15),
            Column(_("Subject"), "name", share=19),
            Column(_("Prospects in 30 days"), "number", share=10),
            Column(pgettext("finding", "State"), "fact", share=8),
            Column(_("Finding"), "text", share=31),
            Column(pgettext("change", "Reason"), "text", share=17),
        )
        name = _("Coverage findings")
    return Table(
        title=name, language=language, columns=columns, rows=_rows(findings, language=language), count=len(findings)
    )


def printed_findings(download: Download) -> Table:
    """Return the table for print of a download. Its query is that of the page."""
    printing, kind = Printing.now(download.language), read_kind(QueryDict(download.query))
    with override(printing.language):
        findings = _rows_of(kind, today=printing.today)
        selection = ", ".join([_counted(len(findings)), *([str(KIND_LABELS[kind])] if kind else [])])
        return printing.in_rows(findings_table(findings, language=printing.language), selection=selection)


def _wanted(request: StaffRequest) -> Wanted:
    kind = _read_kind(request)
    return Wanted(query=_query(kind), list_query=_query(kind), count=len(_rows_of(kind)))


def _counted(count: int) -> str:
    return ngettext("%(shown)s finding", "%(shown)s findings", count) % {"shown": figure(count)}


FINDINGS_PDF = Document(
    name="findings",
    title=gettext_lazy("Coverage findings"),
    list_name="findings",
    path="coverage/findings/",
    file_name="Findings.pdf",
    templates="console/findings",
    wanted=_wanted,
    counted=_counted,
)


def _read_kind(request: StaffRequest) -> Kind | None:
    """Return the kind that the page showed: in `list`, or else in the address."""
    query = (read_typed(request) or request.GET).get("list")
    return read_kind(request.GET if query is None else QueryDict(query))


def _query(kind: Kind | None) -> str:
    return f"kind={kind}" if kind else ""


def _rows_of(kind: Kind | None, *, today: date | None = None) -> list[CurrentFinding]:
    """Return the findings of a day of the operator (today), the open ones first."""
    findings = current_findings(today=today or timezone.localdate()).of_kind(kind)
    return [*findings.open, *findings.accepted]


def _rows(findings: Sequence[CurrentFinding], *, language: Language) -> Iterator[Row]:
    for one in findings:
        with override(language):
            yield _row(one)


def _row(current: CurrentFinding) -> Row:
    finding, accepted = current.finding, current.accepted
    return (
        str(KIND_LABELS[finding.kind]),
        subject_name(finding),
        str(current.prospects),
        pgettext("finding", "Accepted") if accepted else pgettext("finding", "Open"),
        " ".join(filter(None, [title(finding), detail(finding)])),
        accepted.reason if accepted else "",
    )
