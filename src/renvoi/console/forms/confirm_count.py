"""The number that is typed to confirm a large change: of the partners that it is about, or of the countries."""

from typing import Literal

from django.http import QueryDict
from django.utils.translation import gettext as _

from renvoi.console.forms.typed_form import Field, TypedForm
from renvoi.lists.confirmation import parse_count
from renvoi.partners.figures import figure

CONFIRM_COUNT = "confirm_count"
Counted = Literal["partners", "countries"]
"""What the number is of."""


def count_form(count: int, typed: QueryDict, *, is_submitted: bool, of: Counted = "partners") -> TypedForm:
    """Return the form with the field in which the number is typed, with its error if it was submitted."""
    label = _("Type %(count)s to confirm") % {"count": figure(count)}
    form = TypedForm({CONFIRM_COUNT: label})
    form.fill(typed)
    if is_submitted and parse_count(typed.get(CONFIRM_COUNT, "")) != count:
        form[CONFIRM_COUNT].error = _error(form[CONFIRM_COUNT], count, of=of)
    return form


def _error(field: Field, count: int, *, of: Counted) -> str:
    if not field.value.strip():
        return _("The number is missing: type %(count)s.") % {"count": figure(count)}
    if of == "countries":
        return _("That is not the number of countries: type %(count)s.") % {"count": figure(count)}
    return _("That is not the number of partners: type %(count)s.") % {"count": figure(count)}
