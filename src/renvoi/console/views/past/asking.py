"""Read the day and the hour that a form asks about, in the operator's time zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renvoi.console.forms.hours import parse_hour
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.templatetags.renvoi import hour as hour_text
from renvoi.domain.days.moments import YEARS, moments_of, shown_after_gap
from renvoi.domain.days.zones import zone_of
from renvoi.lists.listing import Page
from renvoi.partners.models import Operator
from renvoi.partners.parsing import parse_day

MOMENT_LABELS = {"day": gettext_lazy("Day"), "hour": gettext_lazy("Time of day")}
PER_PAGE = 25
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment that was asked about (aware).

    `other` is the moment at which clocks show the same time again, or have shown it before; None if they show it once.
    `is_second` tells which of the two is asked about.
    """

    at: datetime
    other: datetime | None = None
    is_second: bool = False


def read_form(labels: Mapping[str, str | Promise], typed: QueryDict) -> TypedForm:
    """Return a form with what the query string has for each label, without U+0000, which no page may have."""
    form = TypedForm(labels)
    form.fill({name: typed.get(name, "").replace("\0", "") for name in labels})
    return form


def read_moment(form: TypedForm, typed: Mapping[str, str], *, operator: Operator, now: datetime) -> Asked | None:
    """Return the moment in the fields `day` and `hour`, or None with the errors set in the form.

    A day without an hour means noon, today without one means now, as does neither. `second` in `typed` asks for the
    second of two equal times.
    """
    zone = zone_of(operator.time_zone)
    here = now.astimezone(zone)
    try:
        day = parse_day(form["day"].value)
    except ValidationError as error:
        form["day"].error = " ".join(error.messages)
        day = None
    hour = parse_hour(form["hour"].value)
    if hour is None and form["hour"].value.strip():
        form["hour"].error = _("Enter the time of day as hours and minutes, for example 14:05.")
    if form.errors:
        return None
    if hour is None and (day is None or day == here.date()):
        return Asked(now)
    day = day or here.date()
    if day.year not in YEARS:
        form["day"].error = _("Enter a day of this century.")
        return None
    return _moment_of(form, datetime.combine(day, hour or _NOON), zone, is_second="second" in typed, now=now)


def _moment_of(form: TypedForm, local: datetime, zone: ZoneInfo, *, is_second: bool, now: datetime) -> Asked | None:
    shown = moments_of(local, zone)
    if not shown:
        begin, end = (hour_text(moment) for moment in shown_after_gap(local, zone))
        sentence = _("There was no such time on that day: clocks were set forward, from %(begin)s to %(end)s.")
        form["hour"].error = sentence % {"begin": begin, "end": end}
        return None
    at = shown[-1] if is_second else shown[0]
    if at > now:
        form["day"].error = _("This moment has not come yet. Enter a day and a time that have passed.")
        return None
    other = (shown[0] if is_second else shown[-1]) if len(shown) > 1 else None
    return Asked(at, other, is_second and other is not None)


def other_time(typed: Mapping[str, str], asked: Asked | None) -> str:
    """Return the address of the other moment at which clocks showed the time; empty if they showed it once."""
    if asked is None or asked.other is None:
        return ""
    query = {name: text for name, text in typed.items() if name not in {"second", "page", "partners"}}
    return f"?{urlencode(query if asked.is_second else query | {'second': '1'})}"


def page_of(rows: Sequence[Any], *, number: int) -> Page[Any]:
    """Return a page of the rows; the last one if there are fewer pages than `number`, which is 1 or more."""
    last = max(1, -(-len(rows) // PER_PAGE))
    number = min(number, last)
    start = (number - 1) * PER_PAGE
    shown = list(rows[start : start + PER_PAGE])
    return Page(rows=shown, count=len(rows), number=number, last=last, first=start + 1, until=start + len(shown))
