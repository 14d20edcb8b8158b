"""Choose who replaces a partner: search for one in the list, or fill the form of a new one."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renvoi.console.forms.countries import named_countries
from renvoi.console.forms.doubts import ADDRESS_FIELDS, set_question
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.list_address import parse_listing
from renvoi.console.sentences import and_more
from renvoi.domain.addresses import AddressRefused, parse_address
from renvoi.partners import actions
from renvoi.partners.fields import LABELS, PartnerValues
from renvoi.partners.models import Partner
from renvoi.partners.values import parse_partner

NEW_NAME = "new_name"
_MATCHES = 10
_COUNTRIES = 6


def new_form(typed: QueryDict) -> TypedForm:
    """Return the form of a new partner with what was typed."""
    form = TypedForm({NEW_NAME: gettext_lazy("Name"), **{name: LABELS[name] for name in ADDRESS_FIELDS}})
    form.fill(typed)
    return form


def new_values(form: TypedForm, partner: Partner, *, is_name_free: bool) -> PartnerValues | None:
    """Return the values of a new partner with the countries and the priority of another one; None if there are errors.

    `is_name_free`: the other one goes to the trash, so that the new one may have its name. Errors are set on the form.
    """
    raw = form.raw()
    try:
        typed = {"name": raw.pop(NEW_NAME), "priority": str(partner.priority), **raw}
        values = parse_partner(typed, countries=partner.countries)
        successor = partner if is_name_free else Partner()
        actions.require_free_name(successor, values.name)
    except ValidationError as error:
        for name, errors in error.error_dict.items():
            # An error of what the other partner has is one of the new partner.
            field = form[name if name in form.fields else NEW_NAME]
            field.error = " ".join(errors[0].messages)
        return None
    return values


def warnings_of(form: TypedForm) -> list[str]:
    """Return why prospects may not reach the new partner's addresses."""
    warnings = []
    for name in ADDRESS_FIELDS:
        field = form[name]
        try:
            set_question(field, href=parse_address(field.value))
        except AddressRefused:
            continue
        if field.is_doubtful:
            params = {"label": field.label, "error": field.error}
            warnings.append(_("%(label)s: %(error)s") % params)
    return warnings


def search_context(partner: Partner, typed: QueryDict) -> dict[str, Any]:
    """Return the keyword, and the first partners whose names contain it."""
    keyword = typed.get("name", "").strip()
    matches = parse_listing(_query_of(keyword)).rows().exclude(id=partner.id)
    shown = list(matches.prefetch_related("served")[: _MATCHES + 1]) if keyword else []
    return {
        "keyword": keyword,
        "matches": [_match(other) for other in shown[:_MATCHES]],
        "has_more": len(shown) > _MATCHES,
    }


def _match(partner: Partner) -> dict[str, Any]:
    countries = [name for _code, name in named_countries(partner.countries)]
    return {"id": partner.id, "name": partner.name, "countries": and_more(countries, shown=_COUNTRIES)}


def _query_of(keyword: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query["name"] = keyword
    return query
