"""Ask once before an address is saved that hardly any prospect could reach."""

from collections.abc import Collection, Mapping
from contextlib import suppress

from renvoi.console.forms.typed_form import Field, TypedForm
from renvoi.domain.address_doubts import doubt_of
from renvoi.domain.addresses import AddressRefused, parse_address, trim_address
from renvoi.partners.fields import PartnerValues
from renvoi.partners.parsing import ADDRESS_DOUBTS
from renvoi.partners.values import OperatorValues

ADDRESS_FIELDS = ("url_en", "url_fr")
"""The addresses of a partner."""


def read_confirmation(form: TypedForm, typed: Mapping[str, str], *, names: Collection[str] = ADDRESS_FIELDS) -> None:
    """Set the addresses that the user wants to save as they are: those of this request, or of an earlier question."""
    is_confirmed = typed.get("confirm_address") == "on"
    form.confirmed_addresses = _addresses(form, names) if is_confirmed else typed.get("confirmed_addresses", "")


def ask_about_addresses(
    form: TypedForm,
    values: PartnerValues | OperatorValues,
    *,
    stored: PartnerValues | OperatorValues | None,
    names: Collection[str] = ADDRESS_FIELDS,
) -> bool:
    """Set a question on each doubtful address, and return whether there is one.

    An address that is already stored is not doubted again, nor one that was confirmed and has not changed since.
    """
    if form.confirmed_addresses == _addresses(form, names):
        return False
    for name in names:
        href = getattr(values, name)
        if href and (stored is None or href != getattr(stored, name)):
            set_question(form[name], href=href)
    return any(form[name].is_doubtful for name in names)


def take_suggestion(form: TypedForm, name: str) -> None:
    """Set the address that is suggested for a field instead of the typed one. The errors of the form must be set.

    They are removed, because the page is shown again before it is saved.
    """
    field = form[name]
    if not field.error:
        with suppress(AddressRefused):
            set_question(field, href=parse_address(field.value))
    if field.suggestion:
        field.value = field.suggestion
    for other in form.errors:
        other.error, other.suggestion, other.is_doubtful = "", "", False


def set_question(field: Field, *, href: str) -> None:
    """Set the field's error and suggestion if its address is doubtful."""
    doubt = doubt_of(trim_address(field.value), href=href)
    if doubt is not None:
        field.error, field.is_doubtful = str(ADDRESS_DOUBTS[doubt.reason]), True
        field.suggestion = _accepted(doubt.suggestion)


def _accepted(suggestion: str | None) -> str:
    try:
        return parse_address(suggestion or "")
    except AddressRefused:
        return ""


def _addresses(form: TypedForm, names: Collection[str]) -> str:
    return " ".join(form[name].value for name in names)
