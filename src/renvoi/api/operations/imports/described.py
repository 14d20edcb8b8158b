"""Describe an import as JSON: what has become of it, and the plan that its check has made."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from renvoi.domain.places import Language
from renvoi.downloads.files import progress_of
from renvoi.partners.imports.jobs import state_of
from renvoi.partners.imports.report import Report, ShownGroup, ShownOutcome, ShownProblem
from renvoi.partners.models import PartnerImport
from renvoi.reports.weighing import weight_of_import


def representation(job: PartnerImport, *, language: Language, today: date) -> dict[str, Any]:
    """Return an import. `plan` is null until the file has been checked, `step` until it was imported."""
    state, report = state_of(job), job.report
    return {
        "id": str(job.id),
        "state": state.replace(" ", "_"),
        "file_name": job.file_name,
        "done": min(progress_of(job), job.total),
        "total": job.total,
        "has_changed": job.has_changed,
        "step": str(job.id) if state == "imported" else None,
        "plan": _plan(report, language=language, today=today) if report else None,
    }


def count_to_confirm(report: Report, *, today: date) -> int | None:
    """Return the number of partners, if it must be sent to confirm the import; else None. One query."""
    is_large = report["is_large"] or weight_of_import(report, today=today).is_large
    return report["created"] + report["changed"] if is_large else None


def etag_of(job: PartnerImport) -> str:
    """Return the ETag: the digest of the plan, which is empty until the file has been checked."""
    return f'"{job.digest}"'


def _plan(report: Report, *, language: Language, today: date) -> dict[str, Any]:
    counts: Mapping[str, Any] = {**report}
    return {
        **{name: counts[name] for name in ("created", "changed", "identical", "repeated")},
        "errors": _problems(report["shown_errors"], language),
        "error_count": report["errors"],
        "warnings": _problems(report["shown_warnings"], language),
        "warning_count": report["warnings"],
        "creations": [{"line": line, "name": name} for line, name in report["shown_creations"]],
        "changes": [_change(change) for change in report["shown_changes"]],
        "consequences": [_consequence(group) for group in report["groups"]],
        "consequence_count": report["cells"],
        "confirm_count": count_to_confirm(report, today=today),
        "confirm_replaced": report["replaced"] > 0,
    }


def _problems(problems: Iterable[ShownProblem], language: Language) -> list[dict[str, Any]]:
    return [{"line": one["line"], "column": one["column"], "reason": one["reason"][language]} for one in problems]


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    fields = [{"name": name, "before": before, "after": after} for name, before, after in change["fields"]]
    names = ("line", "partner_id", "name", "replaces")
    return {**{name: change[name] for name in names}, "fields": fields}


def _consequence(group: ShownGroup) -> dict[str, Any]:
    cells = [
        {"country": country, "region": region or None, "language": language}
        for country, region, language in group["cells"]
    ]
    before, after = _outcome(group["before"]), _outcome(group["after"])
    return {"before": before, "after": after, "count": group["count"], "cells": cells}


def _outcome(outcome: ShownOutcome) -> dict[str, Any]:
    return {"decision": outcome["kind"], "partners": outcome["names"], "partner_count": outcome["count"]}
