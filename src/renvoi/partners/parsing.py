"""Parse the text of single fields, whichever channel it comes through. Errors are in the user's language."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from renvoi.domain.address_doubts import DoubtReason
from renvoi.domain.addresses import AddressRefused, parse_address
from renvoi.domain.places import CountryCode, parse_country
from renvoi.partners.figures import Figure
from renvoi.partners.models import ADDRESS_LENGTH, NAME_LENGTH
from renvoi.web.origins import own_site

# Unicode White_Space and U+FEFF: what JavaScript's trim() removes. str.strip() does not remove all of it.
_WHITESPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def trim(text: str) -> str:
    """Return the text as it is stored: in NFC, with LF line ends, without leading or trailing white space."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip(_WHITESPACE)


def parse_text(text: str, *, limit: int) -> str:
    """Return the trimmed text. Raises ValidationError above `limit` code points, or if it can't be stored."""
    if _UNSTORABLE.search(text):
        raise ValidationError(
            _("This text contains a character that can’t be stored (U+0000 or half of a pair). Remove it."),
            code="character",
        )
    trimmed = trim(text)
    over = len(trimmed) - limit
    if over > 0:
        sentence = ngettext_lazy(
            "This text is %(over)s character too long (the limit is %(limit)s).",
            "This text is %(over)s characters too long (the limit is %(limit)s).",
            "over",
        )
        raise ValidationError(sentence, code="too_long", params={"over": Figure(over), "limit": Figure(limit)})
    return trimmed


def parse_name(text: str, *, limit: int = NAME_LENGTH) -> str:
    """Return the trimmed name. Raises ValidationError if it is empty or longer than `limit` code points."""
    name = parse_text(text, limit=limit)
    if not name:
        raise ValidationError(_("Enter a name."), code="required")
    return name


_ADDRESS_ERRORS = {
    "no_scheme": _("An address begins with https:// or http://."),
    "scheme": _("Only addresses that begin with https:// or http:// are accepted."),
    "unparsable": _("This is not a web address that a browser understands. Copy it from a browser."),
    "no_host": _("This address has no host (the part after https://)."),
    "punycode": _("Part of the host begins with xn-- but is not a name. Copy the address from a browser."),
    "credentials": _("Remove the user name and password from this address: prospects would see them."),
    "own_host": _("This address leads back to Renvoi itself."),
    "too_long": _("This address is over %(limit)s characters. Shorten it."),
}
_NO_EMAIL = _("This is not an e-mail address. Enter one such as info@example.com, or a web address.")


ADDRESS_DOUBTS: Mapping[DoubtReason, str | Promise] = {
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
"""Why an address is doubtful, by reason. The form adds its question; an import warns."""


def parse_url(text: str) -> str:
    """Return the address as a browser parses it, or an empty text. Raises ValidationError (`domain.addresses`)."""
    if not text.strip(_WHITESPACE):
        return ""
    try:
        return parse_address(text, is_own=_is_own)
    except AddressRefused as refused:
        if refused.reason == "empty":
            return ""  # control characters alone, which a browser drops
        raise ValidationError(
            _ADDRESS_ERRORS[refused.reason],
            code=refused.reason,
            params={"limit": Figure(ADDRESS_LENGTH), "suggestion": refused.suggestion},
        ) from refused


def _is_own(host: str, port: int) -> bool:
    return own_site(settings.CONFIG).is_own_address(host, port=port, own_ports=settings.OWN_PORTS)


def parse_contact(text: str) -> str:
    """Return an e-mail address, or a web address as `parse_url` does, or an empty text. Raises ValidationError."""
    contact = parse_text(text, limit=ADDRESS_LENGTH)
    if contact[:7].lower() == "mailto:":
        contact = contact[7:]
    if "@" not in contact or ":" in contact:
        return parse_url(contact)
    # Browsers and mail programs disagree about quoted local parts, which may hold any character.
    if contact.startswith('"'):
        raise ValidationError(_NO_EMAIL, code="email")
    EmailValidator(message=_NO_EMAIL, code="email")(contact)
    return contact


def parse_countries(countries: Iterable[str]) -> tuple[CountryCode, ...]:
    """Return the sorted codes. Raises ValidationError if there is none, or one is unknown."""
    codes: set[CountryCode] = set()
    for text in countries:
        country = parse_country(text)
        if country is None:
            raise ValidationError(_("%(text)s is not a country."), code="unknown", params={"text": text})
        codes.add(country)
    if not codes:
        raise ValidationError(_("Select at least one country and add it."), code="required")
    return tuple(sorted(codes))


def parse_choice(text: str, *, choices: Iterable[str], default: str) -> str:
    """Return the choice, `default` for an empty text. Raises ValidationError."""
    chosen = text.strip() or default
    if chosen not in choices:
        raise ValidationError(_("Select one of the choices."), code="unknown")
    return chosen


def parse_priority(text: str) -> int:
    """Return a priority from 1 to 9, 5 for an empty text. Raises ValidationError."""
    digit = text.strip() or "5"
    if digit not in set("123456789"):
        raise ValidationError(_("The priority is a number from 1 (first) to 9."), code="range")
    return int(digit)


def parse_day(text: str) -> date | None:
    """Return the day of a text like 2026-11-22, None for an empty one. Raises ValidationError."""
    stripped = text.strip()
    if not stripped:
        return None
    with suppress(ValueError):
        # date.fromisoformat() also accepts other forms, such as 20261122 and 2026-W47-7.
        if _DAY.fullmatch(stripped):
            return date.fromisoformat(stripped)
    raise ValidationError(_("Enter the day as year-month-day, for example 2026-11-22."), code="day")
