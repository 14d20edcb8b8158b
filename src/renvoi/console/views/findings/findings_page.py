"""Show the findings of today, accept one with a reason, and reopen one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.findings.computing import CurrentFinding, current_findings
from renvoi.console.views.findings.words import Mend, detail, mend, title
from renvoi.console.views.list_page import pages_near
from renvoi.console.wording.accepted import KIND_LABELS
from renvoi.domain.findings.finding import Kind
from renvoi.lists.listing import Page, parse_positive
from renvoi.partners.actions.accepting import accept_finding, parse_reason, reopen_finding
from renvoi.partners.models import AcceptedFinding

PER_PAGE = 50
_SHOWN_IN_SHORT = 3
_LABELS = {"reason": pgettext_lazy("change", "Reason")}


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as the page shows it."""

    key: str
    kind: str | Promise
    title: str
    detail: str
    prospects: int
    mend: Mend
    accepted: AcceptedFinding | None


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the open findings, 50 on a page, and those that were accepted. `kind` shows those of one kind."""
    kind = read_kind(request.GET)
    every = current_findings(today=timezone.localdate())
    findings = every.of_kind(kind)
    page = _page_of(findings.open, number=parse_positive(request.GET.get("page", ""), default=1))
    context = {
        "rows": [_row(one) for one in page.rows],
        "accepted": [_row(one) for one in findings.accepted[:PER_PAGE]],
        "accepted_count": len(findings.accepted),
        "total": len(every.open),
        "has_any": bool(every.open or every.accepted),
        "kinds": [(name, KIND_LABELS[name], count) for name, count in every.counts().items()],
        "kind": kind or "",
        "page": page,
        "pages": pages_near(page),
        "page_suffix": f"&{urlencode({'kind': kind})}" if kind else "",
        "list_query": urlencode({"kind": kind}) if kind else "",
    }
    return render(request, "console/findings/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: StaffRequest) -> HttpResponse:
    """Ask for the reason to accept the finding with the key in `key`. POST: accept it.

    If the finding is no longer there, lead back to the others; if it rests on other facts now, ask again (409).
    """
    typed = read_typed(request)
    key = (typed or request.GET).get("key", "")
    current = current_findings(today=timezone.localdate()).find(key)
    if current is None:
        add_notice(request, Notice(_("This finding is no longer open: nothing was changed."), kind="warn"))
        return HttpResponseRedirect(reverse("console:findings"))
    form = TypedForm(_LABELS)
    form.fill(typed or {})
    form.is_restored = typed is not None and request.method != "POST"
    if request.method != "POST":
        return _ask(request, form, current)
    if request.POST.get("facts") != current.finding.digest:
        return _ask(request, form, current, change=_("The facts have changed: read them again."), status=409)
    try:
        reason = parse_reason(form["reason"].value)
    except ValidationError as error:
        form.refuse(ValidationError({"reason": error}))
        return _ask(request, form, current, status=422)
    _accept(request, current, reason)
    return HttpResponseRedirect(reverse("console:findings"))


@require_POST
def reopen(request: StaffRequest) -> HttpResponse:
    """Reopen the accepted finding with the key in `key`."""
    if reopen_finding(key=request.POST.get("key", ""), actor=request.user, channel="console"):
        add_notice(request, Notice(_("Finding reopened.")))
    return HttpResponseRedirect(reverse("console:findings"))


def in_short() -> dict[str, Any]:
    """Return what the page Coverage area shows of the open findings: their number, and the first of them."""
    findings = current_findings(today=timezone.localdate()).open
    return {"finding_count": len(findings), "first_findings": [_row(one) for one in findings[:_SHOWN_IN_SHORT]]}


def read_kind(query: QueryDict) -> Kind | None:
    """Return the kind in `kind`, None if there is none of that name."""
    return next((kind for kind in KIND_LABELS if kind == query.get("kind")), None)


def findings_path(kind: Kind | None) -> str:
    """Return the address of the page with the findings of one kind, or of all."""
    path = reverse("console:findings")
    return f"{path}?{urlencode({'kind': kind})}" if kind else path


def _accept(request: StaffRequest, current: CurrentFinding, reason: str) -> None:
    finding = current.finding
    is_of_partner = finding.partners and finding.kind not in {"no_partner", "choice"}
    accept_finding(
        key=finding.key,
        name=f"{finding.key} {finding.partners[0].name if is_of_partner else ''}".strip(),
        facts=finding.digest,
        reason=reason,
        actor=request.user,
        channel="console",
    )
    add_notice(request, Notice(_("Finding accepted. It comes back by itself once its facts change.")))


def _ask(
    request: StaffRequest, form: TypedForm, current: CurrentFinding, *, change: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "title": _("Accept this finding?"),
        "form": form,
        "row": _row(current),
        "facts": current.finding.digest,
        "change": change,
        "action": reverse("console:finding_accept"),
        "list_path": reverse("console:findings"),
        "list_title": _("Coverage findings"),
    }
    return render(request, "console/findings/accept.html", context, status=status)


def _row(current: CurrentFinding) -> FindingRow:
    finding = current.finding
    return FindingRow(
        key=finding.key,
        kind=KIND_LABELS[finding.kind],
        title=title(finding),
        detail=detail(finding),
        prospects=current.prospects,
        mend=mend(finding),
        accepted=current.accepted,
    )


def _page_of(findings: Sequence[CurrentFinding], *, number: int) -> Page[Any]:
    count = len(findings)
    last = max(1, -(-count // PER_PAGE))
    number = min(number, last)
    start = (number - 1) * PER_PAGE
    shown: list[Any] = list(findings[start : start + PER_PAGE])
    return Page(rows=shown, count=count, number=number, last=last, first=start + 1, until=start + len(shown))
