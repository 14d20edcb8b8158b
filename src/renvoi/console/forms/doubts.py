"""Ask once before an address is saved that hardly any prospect could reach."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renvoi.console.forms.typed_form import Field, TypedForm
from renvoi.domain.address_doubts import DoubtReason, doubt_of
from renvoi.domain.addresses import AddressRefused, parse_address, trim_address
from renvoi.partners.fields import PartnerValues

ADDRESS_FIELDS = ("url_en", "url_fr")

SENTENCES: Mapping[DoubtReason, str | Promise] = {
    "scheme_twice": _("This address begins with https:// twice."),
    "empty_label": _(
        "The host of this address has an empty part, or one that is too long: no prospect could reach it."
    ),
    "characters": _("The host of this address contains a character that site names can’t have."),
    "punycode": _(
        "The host has a part that begins with xn-- but stands for no possible name. Copy the address from a browser."
    ),
    "no_dot": _("The host of this address has no dot: hardly any prospect could reach it."),
    "not_public": _("This address is on a private or reserved network: prospects could not reach it."),
    "rewritten": _("Browsers read the host of this address as another IP address."),
    "invisible": _("This address contains an invisible character."),
}
"""What is wrong, by reason. The form adds the question."""


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
        field.error, field.is_doubtful = str(SENTENCES[doubt.reason]), True
        field.suggestion = _accepted(doubt.suggestion)


def _accepted(suggestion: str | None) -> str:
    try:
        return parse_address(suggestion or "")
    except AddressRefused:
        return ""


def _addresses(form: TypedForm) -> str:
    return " ".join(form[name].value for name in ADDRESS_FIELDS)
