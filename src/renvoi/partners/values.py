"""Hides the rules that text must pass to become a partner's or the operator's fields, whoever typed it."""

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
Refusals = dict[str, list[ValidationError]]

# Unicode White_Space and U+FEFF: what JavaScript's trim() removes, and str.strip() does not in full.
_BLANK = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PartnerValues:
    """All that staff can say of a partner, checked. The names are those of the CSV's columns."""

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
        """The values that a stored partner has."""
        return cls(**{field.name: getattr(partner, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class OperatorValues:
    """All that staff can say of the operator. `areas` are (country, region) pairs; region "" is the whole country."""

    name: str
    signup_url_en: str
    signup_url_fr: str
    mode: str
    default_language: str
    time_zone: str
    areas: tuple[tuple[CountryCode, str], ...]

    @classmethod
    def of(cls, operator: Operator) -> "OperatorValues":
        """The values that the operator has. One query, for its areas."""
        areas = CoveredArea.objects.order_by("country", "region").values_list("country", "region")
        own = {field.name: getattr(operator, field.name) for field in fields(cls) if field.name != "areas"}
        return cls(**own, areas=tuple((CountryCode(country), region) for country, region in areas))


def trim(text: str) -> str:
    """The text as it is kept: line ends as LF, NFC, without blanks around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip(_BLANK)


def parse_partner(raw: Raw, *, countries: Iterable[str]) -> PartnerValues:
    """The values in what was typed. Raises ValidationError with every refusal, by field."""
    found, refusals = _parse_each(raw, _PARTNER_RULES)
    _parse_into(found, refusals, "countries", lambda: _parse_countries(countries))
    if found.get("url_en") == "" and found.get("url_fr") == "":
        sentence = _("Enter at least one address, in English or in French.")
        refusals["url_en"] = [ValidationError(sentence, code="required")]
    starts_on, ends_on = found.get("agreement_starts_on"), found.get("agreement_ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        refusals["agreement_ends_on"] = [ValidationError(_("The last day is before the first day."), code="order")]
    if refusals:
        raise ValidationError(refusals)
    return PartnerValues(**found)


def parse_operator(raw: Raw, *, areas: Iterable[str]) -> OperatorValues:
    """The values in what was typed; an area is a country ("BR": whole) or a region ("CA-QC").

    Raises ValidationError with every refusal, by field.
    """
    found, refusals = _parse_each(raw, _OPERATOR_RULES)
    _parse_into(found, refusals, "areas", lambda: _parse_areas(areas))
    if found.get("areas") and found.get("signup_url_en") == "" and found.get("signup_url_fr") == "":
        sentence = _("Enter a sign-up address: prospects of your coverage area are sent there.")
        refusals["signup_url_en"] = [ValidationError(sentence, code="required")]
    if refusals:
        raise ValidationError(refusals)
    return OperatorValues(**found)


def _parse_each(raw: Raw, rules: Mapping[str, Callable[[str], Any]]) -> tuple[dict[str, Any], Refusals]:
    found: dict[str, Any] = {}
    refusals: Refusals = {}
    for field, parse in rules.items():
        _parse_into(found, refusals, field, partial(parse, raw.get(field, "")))
    return found, refusals


def _parse_into(found: dict[str, Any], refusals: Refusals, field: str, parse: Callable[[], Any]) -> None:
    try:
        found[field] = parse()
    except ValidationError as error:
        refusals[field] = [error]


def _parse_text(text: str, *, limit: int) -> str:
    if _UNSTORABLE.search(text):
        raise ValidationError(
            _("This text holds a character that can’t be stored (U+0000 or half of a pair)."), code="character"
        )
    kept = trim(text)
    over = len(kept) - limit
    if over > 0:
        sentence = ngettext_lazy(
            "This text is %(over)d character too long (the limit is %(limit)d).",
            "This text is %(over)d characters too long (the limit is %(limit)d).",
            "over",
        )
        raise ValidationError(sentence, code="too_long", params={"over": over, "limit": limit})
    return kept


def parse_name(text: str, *, limit: int = NAME_LENGTH) -> str:
    """A name as it is kept, of at most `limit` code points. Raises ValidationError where it can't be one."""
    name = _parse_text(text, limit=limit)
    if not name:
        raise ValidationError(_("Enter a name."), code="required")
    return name


_ADDRESS_REFUSALS = {
    "no_scheme": _("An address begins with https:// or http://."),
    "scheme": _("Only addresses that begin with https:// or http:// can be used."),
    "unparsable": _("This is not a Web address that a browser understands."),
    "no_host": _("This address has no host (the part after https://)."),
    "credentials": _("Remove the user name or password from this address: prospects would see it."),
    "own_host": _("This address leads back to Renvoi itself."),
    "too_long": _("This address is over %(limit)d characters."),
}


def _parse_url(text: str) -> str:
    if not text.strip(_BLANK):
        return ""
    try:
        return parse_address(text, own_hosts=own_hosts())
    except AddressRefused as refused:
        if refused.reason == "empty":
            return ""  # control characters alone, which a browser drops
        raise ValidationError(
            _ADDRESS_REFUSALS[refused.reason],
            code=refused.reason,
            params={"limit": ADDRESS_LENGTH, "suggestion": refused.suggestion},
        ) from refused


def own_hosts() -> frozenset[str]:
    """The hosts at which this Renvoi answers visitors: no destination may lead back to them."""
    config = settings.CONFIG
    return frozenset({host.lower() for host in config.allowed_hosts} | ({config.public_host} - {""}))


def _parse_countries(countries: Iterable[str]) -> tuple[CountryCode, ...]:
    found: set[CountryCode] = set()
    for text in countries:
        country = parse_country(text)
        if country is None:
            raise ValidationError(_("%(text)s is not a country."), code="unknown", params={"text": text})
        found.add(country)
    if not found:
        raise ValidationError(_("Select at least one country and add it."), code="required")
    return tuple(sorted(found))


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
    # Every region of a country, or the country beside some of its regions, is that country whole.
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
    kept = text.strip() or "5"
    if kept not in set("123456789"):
        raise ValidationError(_("The priority is a number from 1 (first) to 9."), code="range")
    return int(kept)


def _parse_day(text: str) -> date | None:
    kept = text.strip()
    if not kept:
        return None
    with suppress(ValueError):
        # Python's own parser also takes forms that are not asked for, such as 20261122 and 2026-W47-7.
        if _DAY.fullmatch(kept):
            return date.fromisoformat(kept)
    raise ValidationError(_("A day is written year-month-day, like 2026-11-22."), code="day")


def _parse_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValidationError(_("Select a time zone."), code="unknown")
    return text


_PARTNER_RULES: Mapping[str, Callable[[str], Any]] = {
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
_OPERATOR_RULES: Mapping[str, Callable[[str], Any]] = {
    "name": parse_name,
    "signup_url_en": _parse_url,
    "signup_url_fr": _parse_url,
    "mode": partial(_parse_choice, choices=Operator.Mode.values, default=Operator.Mode.PRESENT),
    "default_language": partial(_parse_choice, choices=("fr", "en"), default="fr"),
    "time_zone": _parse_zone,
}
