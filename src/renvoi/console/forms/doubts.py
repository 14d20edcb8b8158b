"""Ask once before an address is saved that hardly any prospect could reach."""

from collections.abc import Mapping

from renvoi.console.forms.typed_form import Field, TypedForm
from renvoi.domain.address_doubts import doubt_of
from renvoi.domain.addresses import AddressRefused, parse_address, trim_address
from renvoi.partners.fields import PartnerValues
from renvoi.partners.parsing import ADDRESS_DOUBTS

ADDRESS_FIELDS = ("url_en", "url_fr")


def read_confirmation(form: TypedForm, typed: Mapping[str, str]) -> None:
    """Set the addresses that the user wants to save as they are: those of this request, or of an earlier question."""
    is_confirmed = typed.get("confirm_address") == "on"
    form.confirmed_addresses = _addresses(form) if is_confirmed else typed.get("confirmed_addresses", "")


def ask_about_addresses(form: TypedForm, values: PartnerValues, *, stored: PartnerValues | None) -> bool:
    """Set a question on each doubtful address, and return whether there is one.

    An address that is already stored is not doubted again, nor one that was confirmed and has not changed since.
    """
    if form.confirmed_addresses == _addresses(form):
        return False
    for name in ADDRESS_FIELDS:
        href = getattr(values, name)
        if href and (stored is None or href != getattr(stored, name)):
            set_question(form[name], href=href)
    return any(form[name].is_doubtful for name in ADDRESS_FIELDS)


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


def _addresses(form: TypedForm) -> str:
    return " ".join(form[name].value for name in ADDRESS_FIELDS)
