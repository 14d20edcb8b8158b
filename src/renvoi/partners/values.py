"""Parse and validate the fields of a partner and of the operator, whichever channel they come through."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from renvoi.domain.addresses import AddressRefused, parse_address
from renvoi.domain.places import CountryCode, RegionCode, parse_country, parse_region, regions_of
from renvoi.partners.models import (
    ADDRESS_LENGTH,
    DESCRIPTION_LENGTH,
    NAME_LENGTH,
    REFERENCE_LENGTH,
    CoveredArea,
    Operator,
    Partner,
)

Raw = Mapping[str, str]
FieldErrors = dict[str, list[ValidationError]]

# Unicode White_Space and U+FEFF: what JavaScript's trim() removes. str.strip() does not remove all of it.
_WHITESPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PartnerValues:
    """The validated fields of a partner that staff can edit. Their names are the column names of the CSV export."""

    name: str
    url_en: str
    url_fr: str
    description_en: str
    description_fr: str
    countries: tuple[CountryCode, ...]
    status: str
    priority: int
    agreement_reference: str
    agreement_starts_on: date | None
    agreement_ends_on: date | None

    @classmethod
    def of(cls, partner: Partner) -> "PartnerValues":
        """Return the values of a stored partner. One query, for its countries, unless they are prefetched."""
        return cls(**{field.name: getattr(partner, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class OperatorValues:
    """The validated fields of the operator that staff can edit.

    `areas` are (country, region) pairs. The region "" means the whole country.
    """

    name: str
    signup_url_en: str
    signup_url_fr: str
    mode: str
    default_language: str
    time_zone: str
    areas: tuple[tuple[CountryCode, str], ...]

    @classmethod
    def of(cls, operator: Operator) -> "OperatorValues":
        """Return the values of the stored operator. One query, for its areas."""
        areas = CoveredArea.objects.order_by("country", "region").values_list("country", "region")
        own = {field.name: getattr(operator, field.name) for field in fields(cls) if field.name != "areas"}
        return cls(**own, areas=tuple((CountryCode(country), region) for country, region in areas))


def trim(text: str) -> str:
    """Return the text as it is stored: in NFC, with LF line ends, without leading or trailing white space."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip(_WHITESPACE)


def parse_partner(raw: Raw, *, countries: Iterable[str]) -> PartnerValues:
    """Return the values in the submitted fields `raw` and country codes.

    Raises ValidationError with every error, by field.
    """
    values, errors = _parse_fields(raw, _PARTNER_PARSERS)
    _parse_into(values, errors, "countries", lambda: _parse_countries(countries))
    if values.get("url_en") == "" and values.get("url_fr") == "":
        sentence = _("Enter at least one address, in English or in French.")
        errors["url_en"] = [ValidationError(sentence, code="required")]
    starts_on, ends_on = values.get("agreement_starts_on"), values.get("agreement_ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        errors["agreement_ends_on"] = [ValidationError(_("The last day is before the first day."), code="order")]
    if errors:
        raise ValidationError(errors)
    return PartnerValues(**values)


def parse_operator(raw: Raw, *, areas: Iterable[str]) -> OperatorValues:
    """Return the values in the submitted fields `raw` and areas: a country ("BR") or a region ("CA-QC").

    Raises ValidationError with every error, by field.
    """
    values, errors = _parse_fields(raw, _OPERATOR_PARSERS)
    _parse_into(values, errors, "areas", lambda: _parse_areas(areas))
    if values.get("areas") and values.get("signup_url_en") == "" and values.get("signup_url_fr") == "":
        sentence = _("Enter a sign-up address: prospects of your coverage area are sent there.")
        errors["signup_url_en"] = [ValidationError(sentence, code="required")]
    if errors:
        raise ValidationError(errors)
    return OperatorValues(**values)


def _parse_fields(raw: Raw, parsers: Mapping[str, Callable[[str], Any]]) -> tuple[dict[str, Any], FieldErrors]:
    values: dict[str, Any] = {}
    errors: FieldErrors = {}
    for field, parse in parsers.items():
        _parse_into(values, errors, field, partial(parse, raw.get(field, "")))
    return values, errors


def _parse_into(values: dict[str, Any], errors: FieldErrors, field: str, parse: Callable[[], Any]) -> None:
    try:
        values[field] = parse()
    except ValidationError as error:
        errors[field] = [error]


def _parse_text(text: str, *, limit: int) -> str:
    if _UNSTORABLE.search(text):
        raise ValidationError(
            _("This text holds a character that can’t be stored (U+0000 or half of a pair)."), code="character"
        )
    trimmed = trim(text)
    over = len(trimmed) - limit
    if over > 0:
        sentence = ngettext_lazy(
            "This text is %(over)d character too long (the limit is %(limit)d).",
            "This text is %(over)d characters too long (the limit is %(limit)d).",
            "over",
        )
        raise ValidationError(sentence, code="too_long", params={"over": over, "limit": limit})
    return trimmed


def parse_name(text: str, *, limit: int = NAME_LENGTH) -> str:
    """Return the trimmed name. Raises ValidationError if it is empty or longer than `limit` code points."""
    name = _parse_text(text, limit=limit)
    if not name:
        raise ValidationError(_("Enter a name."), code="required")
    return name


_ADDRESS_ERRORS = {
    "no_scheme": _("An address begins with https:// or http://."),
    "scheme": _("Only addresses that begin with https:// or http:// can be used."),
    "unparsable": _("This is not a Web address that a browser understands."),
    "no_host": _("This address has no host (the part after https://)."),
    "credentials": _("Remove the user name or password from this address: prospects would see it."),
    "own_host": _("This address leads back to Renvoi itself."),
    "too_long": _("This address is over %(limit)d characters."),
}


def _parse_url(text: str) -> str:
    if not text.strip(_WHITESPACE):
        return ""
    try:
        return parse_address(text, own_hosts=own_hosts())
    except AddressRefused as refused:
        if refused.reason == "empty":
            return ""  # control characters alone, which a browser drops
        raise ValidationError(
            _ADDRESS_ERRORS[refused.reason],
            code=refused.reason,
            params={"limit": ADDRESS_LENGTH, "suggestion": refused.suggestion},
        ) from refused


def own_hosts() -> frozenset[str]:
    """Return the hosts of this instance. A partner's address must not lead back to one of them."""
    config = settings.CONFIG
    return frozenset({host.lower() for host in config.allowed_hosts} | ({config.public_host} - {""}))


def _parse_countries(countries: Iterable[str]) -> tuple[CountryCode, ...]:
    codes: set[CountryCode] = set()
    for text in countries:
        country = parse_country(text)
        if country is None:
            raise ValidationError(_("%(text)s is not a country."), code="unknown", params={"text": text})
        codes.add(country)
    if not codes:
        raise ValidationError(_("Select at least one country and add it."), code="required")
    return tuple(sorted(codes))


def _parse_areas(areas: Iterable[str]) -> tuple[tuple[CountryCode, str], ...]:
    regions: dict[CountryCode, set[str]] = {}
    for text in areas:
        country, region = parse_country(text), parse_region(text)
        if country is not None:
            regions.setdefault(country, set()).add("")
        elif region is not None and region in regions_of(CountryCode(region[:2])):
            regions.setdefault(CountryCode(region[:2]), set()).add(RegionCode(region))
        else:
            raise ValidationError(_("%(text)s is not a country or region."), code="unknown", params={"text": text})
    # A country listed together with some of its regions is covered entirely.
    return tuple(
        (country, region)
        for country in sorted(regions)
        for region in (sorted(regions[country]) if "" not in regions[country] else [""])
    )


def _parse_choice(text: str, *, choices: Iterable[str], default: str) -> str:
    chosen = text.strip() or default
    if chosen not in choices:
        raise ValidationError(_("Select one of the choices."), code="unknown")
    return chosen


def _parse_priority(text: str) -> int:
    digit = text.strip() or "5"
    if digit not in set("123456789"):
        raise ValidationError(_("The priority is a number from 1 (first) to 9."), code="range")
    return int(digit)


def _parse_day(text: str) -> date | None:
    stripped = text.strip()
    if not stripped:
        return None
    with suppress(ValueError):
        # date.fromisoformat() also accepts other forms, such as 20261122 and 2026-W47-7.
        if _DAY.fullmatch(stripped):
            return date.fromisoformat(stripped)
    raise ValidationError(_("A day is written year-month-day, like 2026-11-22."), code="day")


def _parse_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValidationError(_("Select a time zone."), code="unknown")
    return text


_PARTNER_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "name": parse_name,
    "url_en": _parse_url,
    "url_fr": _parse_url,
    "description_en": partial(_parse_text, limit=DESCRIPTION_LENGTH),
    "description_fr": partial(_parse_text, limit=DESCRIPTION_LENGTH),
    "status": partial(_parse_choice, choices=Partner.Status.values, default=Partner.Status.ACTIVE),
    "priority": _parse_priority,
    "agreement_reference": partial(_parse_text, limit=REFERENCE_LENGTH),
    "agreement_starts_on": _parse_day,
    "agreement_ends_on": _parse_day,
}
_OPERATOR_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "name": parse_name,
    "signup_url_en": _parse_url,
    "signup_url_fr": _parse_url,
    "mode": partial(_parse_choice, choices=Operator.Mode.values, default=Operator.Mode.PRESENT),
    "default_language": partial(_parse_choice, choices=("fr", "en"), default="fr"),
    "time_zone": _parse_zone,
}
