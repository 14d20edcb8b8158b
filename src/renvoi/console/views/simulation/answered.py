"""The tab « Ce qui a été répondu »: what prospects of the same country and language were answered in a period."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.views.past.asking import read_form
from renvoi.console.wording.decisions import KIND_ICONS
from renvoi.domain.routing import Visitor
from renvoi.partners.lists.grid import KINDS
from renvoi.partners.parsing import parse_day
from renvoi.reports.demand import Answered, answered

_LABELS = {"first": gettext_lazy("First day counted"), "last": gettext_lazy("Last day counted")}
_USUAL_PERIOD = timedelta(days=29)
_NOBODY = Answered(0, 0)


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """How often one decision was made, and how many prospects went on to a partner from its page."""

    icon: str
    label: str
    visits: int
    clicks: int


@dataclass(frozen=True, slots=True)
class AnsweredTable:
    """The decisions that were made at least once, from the first day to the last, and their sums."""

    rows: list[AnsweredRow]
    visits: int
    clicks: int
    first: date
    last: date


def read_period(typed: QueryDict, *, today: date) -> tuple[TypedForm, tuple[date, date] | None]:
    """Return the form with the days of the query string, and the period: 30 days until today unless others are typed.

    The period is None if the form has errors. Days are those of the operator.
    """
    form = read_form(_LABELS, typed)
    days = {name: _parse(form, name) for name in _LABELS}
    last = days["last"] or today
    first = days["first"] or last - min(_USUAL_PERIOD, last - date.min)
    if not form.errors and first > last:
        form["first"].error = _("The first day comes after the last one.")
    if form.errors:
        return form, None
    form.fill({"first": first.isoformat(), "last": last.isoformat()})
    return form, (first, last)


def answered_table(visitor: Visitor, *, first: date, last: date) -> AnsweredTable:
    """Return what prospects of the visitor's country and language were answered. One query."""
    sums = answered(visitor.country, visitor.language, first=first, last=last)
    rows = [
        AnsweredRow(KIND_ICONS[kind], str(label), *sums[kind])
        for kind, label in KINDS.items()
        if sums.get(kind, _NOBODY) != _NOBODY
    ]
    visits, clicks = (sum(getattr(row, name) for row in rows) for name in ("visits", "clicks"))
    return AnsweredTable(rows, visits, clicks, first, last)


def _parse(form: TypedForm, name: str) -> date | None:
    try:
        return parse_day(form[name].value)
    except ValidationError as error:
        form[name].error = " ".join(error.messages)
        return None
