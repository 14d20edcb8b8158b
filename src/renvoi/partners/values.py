"""Parse and validate all fields of a partner or of the operator, whichever channel they come through."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renvoi.domain.days.zone_names import present_name
from renvoi.domain.golden.visitors import GoldenList, GoldenVisitor, readable
from renvoi.domain.places import CountryCode, RegionCode, parse_country, parse_region, regions_of
from renvoi.partners.fields import FIELDS, PartnerValues
from renvoi.partners.models import TEXT_LENGTH, CoveredArea, Operator
from renvoi.partners.parsing import parse_choice, parse_contact, parse_name, parse_text, parse_url

Raw = Mapping[str, str]
FieldErrors = dict[str, list[ValidationError]]
COMPOUND = frozenset({"areas", "golden_visitors"})
"""The operator's fields whose values are no single JSON value."""


@dataclass(frozen=True, slots=True)
class OperatorValues:
    """The validated fields of the operator that staff can edit.

    `areas` are (country, region) pairs. The region "" means the whole country. `trash_period` is after how many days
    a partner in the trash is deleted for good; 0: never. `session_idle_minutes` is how long a session of the staff
    lasts without a page; `second_factor_from`, the least role that needs a second factor. `contact` is an e-mail or a
    web address. `logo` is the digest of a stored logo. `golden_visitors` are sorted (`golden.visitors.with_golden`).
    """

    name: str
    signup_url_en: str
    signup_url_fr: str
    mode: str
    default_language: str
    time_zone: str
    areas: tuple[tuple[CountryCode, str], ...]
    paper: str = ""
    trash_period: int = 0
    session_idle_minutes: int = Operator.SessionIdle.WEEK
    second_factor_from: str = Operator.SecondFactor.NONE
    site_url_en: str = ""
    site_url_fr: str = ""
    text_en: str = ""
    text_fr: str = ""
    contact: str = ""
    privacy_url_en: str = ""
    privacy_url_fr: str = ""
    logo: str = ""
    golden_visitors: GoldenList = ()

    @classmethod
    def of(cls, operator: Operator) -> "OperatorValues":
        """Return the values of the stored operator. One query, for its areas."""
        areas = CoveredArea.objects.order_by("country", "region").values_list("country", "region")
        own = {field.name: getattr(operator, field.name) for field in fields(cls) if field.name not in COMPOUND}
        golden = readable(operator.golden_visitors)
        areas_read = tuple((CountryCode(country), region) for country, region in areas)
        return cls(**own, areas=areas_read, golden_visitors=golden)

    @classmethod
    def from_json(cls, recorded: Mapping[str, Any]) -> "OperatorValues":
        """Return the values that `to_json` returned. An earlier version recorded no field that has a default.

        Raises KeyError if another field is missing.
        """
        areas = tuple((CountryCode(country), str(region)) for country, region in recorded["areas"])
        golden = tuple(map(GoldenVisitor.from_json, recorded.get("golden_visitors", ())))
        own = [field for field in fields(cls) if field.name not in COMPOUND]
        present = [field.name for field in own if field.default is MISSING or field.name in recorded]
        return cls(**{name: recorded[name] for name in present}, areas=areas, golden_visitors=golden)

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON values, by name."""
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in COMPOUND}
        golden = [golden.to_json() for golden in self.golden_visitors]
        return {**own, "areas": [list(area) for area in self.areas], "golden_visitors": golden}


OPERATOR_LABELS: Mapping[str, Promise] = {
    "name": _("Name"),
    "signup_url_en": _("Sign-up address in English"),
    "signup_url_fr": _("Sign-up address in French"),
    "site_url_en": _("Website in English"),
    "site_url_fr": _("Website in French"),
    "text_en": _("Text in English"),
    "text_fr": _("Text in French"),
    "contact": _("Contact"),
    "privacy_url_en": _("Privacy policy in English"),
    "privacy_url_fr": _("Privacy policy in French"),
    "logo": _("Logo"),
    "mode": _("Mode"),
    "default_language": _("Default language"),
    "time_zone": _("Time zone"),
    "paper": _("Paper size of PDFs"),
    "trash_period": _("Empty the trash"),
    "session_idle_minutes": _("End a session without activity"),
    "second_factor_from": _("Second factor required of"),
    "areas": _("Coverage area"),
    "golden_visitors": _("Golden visitors"),
}
"""The labels of the operator's fields, by name, in the order in which they are shown."""

TRASH_PERIODS: Mapping[int, Promise] = {
    Operator.TrashPeriod.NEVER: _("Never"),
    Operator.TrashPeriod.MONTH: _("After 30 days"),
    Operator.TrashPeriod.QUARTER: _("After 90 days"),
    Operator.TrashPeriod.HALF_YEAR: _("After 180 days"),
    Operator.TrashPeriod.YEAR: _("After 365 days"),
}
"""When a partner in the trash is deleted for good: the number of days, and its label."""


SESSION_IDLES: Mapping[int, Promise] = {
    Operator.SessionIdle.QUARTER_HOUR: _("After 15 minutes"),
    Operator.SessionIdle.HALF_HOUR: _("After 30 minutes"),
    Operator.SessionIdle.HOUR: _("After 1 hour"),
    Operator.SessionIdle.FOUR_HOURS: _("After 4 hours"),
    Operator.SessionIdle.WORKING_DAY: _("After 8 hours"),
    Operator.SessionIdle.DAY: _("After 1 day"),
    Operator.SessionIdle.WEEK: _("After 7 days"),
}
"""When a session of the staff ends without activity: the number of minutes, and its label."""

SECOND_FACTORS: Mapping[str, Promise] = {
    Operator.SecondFactor.NONE: _("Nobody"),
    Operator.SecondFactor.ADMINISTRATOR: _("Administrators"),
    Operator.SecondFactor.MANAGER: _("Administrators and managers"),
    Operator.SecondFactor.READER: _("Everybody"),
}
"""Who must have a second factor: the least role, and the label."""


def parse_partner(raw: Raw, *, countries: Iterable[str]) -> PartnerValues:
    """Return the values in the submitted fields `raw` and country codes.

    Raises ValidationError with every error, by field.
    """
    submitted: dict[str, Any] = {**raw, "countries": countries}
    values: dict[str, Any] = {}
    errors: FieldErrors = {}
    for field in FIELDS:
        _parse_into(values, errors, field.name, partial(field.parse, submitted.get(field.name, "")))
    errors |= errors_between(values)
    if errors:
        raise ValidationError(errors)
    return PartnerValues(**values)


def errors_between(values: Mapping[str, Any]) -> FieldErrors:
    """Return the errors that valid fields of a partner have together, by field. A field may be missing."""
    errors: FieldErrors = {}
    if values.get("url_en") == "" and values.get("url_fr") == "":
        sentence = _("Enter at least one address, in English or in French.")
        errors["url_en"] = [ValidationError(sentence, code="required")]
    starts_on, ends_on = values.get("agreement_starts_on"), values.get("agreement_ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        sentence = _("The last day is before the first day. Correct one of them.")
        errors["agreement_ends_on"] = [ValidationError(sentence, code="order")]
    return errors


def parse_operator(raw: Raw, *, areas: Iterable[str]) -> OperatorValues:
    """Return the values in the submitted fields `raw` and areas: a country ("BR") or a region ("CA-QC").

    Raises ValidationError with every error, by field.
    """
    values, errors = _parse_fields(raw, _OPERATOR_PARSERS)
    _parse_into(values, errors, "areas", lambda: _parse_areas(areas))
    return _operator(values, errors)


def parse_company(raw: Raw, *, current: OperatorValues) -> OperatorValues:
    """Return the values in the submitted fields `raw` with the current areas. Raises ValidationError, by field."""
    values, errors = _parse_fields(raw, _OPERATOR_PARSERS)
    others = {name: getattr(current, name) for name in ("areas", "logo", "golden_visitors")}
    return _operator(values | others, errors)


def parse_coverage(areas: Iterable[str], *, current: OperatorValues) -> OperatorValues:
    """Return the current values with other areas. Raises ValidationError on `areas`."""
    values, errors = {field.name: getattr(current, field.name) for field in fields(current)}, FieldErrors()
    _parse_into(values, errors, "areas", lambda: _parse_areas(areas))
    return _operator(values, errors, lacking="areas")


def _operator(values: dict[str, Any], errors: FieldErrors, *, lacking: str = "signup_url_en") -> OperatorValues:
    if values.get("areas") and values.get("signup_url_en") == "" and values.get("signup_url_fr") == "":
        sentence = _("Enter a sign-up address: prospects of your coverage area are sent there.")
        errors.setdefault(lacking, [ValidationError(sentence, code="required")])
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


def _parse_zone(text: str) -> str:
    zone = present_name(text)
    if zone is None:
        raise ValidationError(_("Select a time zone."), code="unknown")
    return zone


def _parse_session_idle(text: str) -> int:
    choices = [str(minutes) for minutes in SESSION_IDLES]
    return int(parse_choice(text, choices=choices, default=str(Operator.SessionIdle.WEEK.value)))


def _parse_trash_period(text: str) -> int:
    return int(parse_choice(text, choices=[str(days) for days in TRASH_PERIODS], default="0"))


_OPERATOR_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "name": parse_name,
    "signup_url_en": parse_url,
    "signup_url_fr": parse_url,
    "mode": partial(parse_choice, choices=Operator.Mode.values, default=Operator.Mode.PRESENT),
    "default_language": partial(parse_choice, choices=("fr", "en"), default="fr"),
    "time_zone": _parse_zone,
    "paper": partial(parse_choice, choices=Operator.Paper.values, default=Operator.Paper.BY_COVERAGE),
    "trash_period": _parse_trash_period,
    "session_idle_minutes": _parse_session_idle,
    "second_factor_from": partial(parse_choice, choices=[*SECOND_FACTORS], default="none"),
    "site_url_en": parse_url,
    "site_url_fr": parse_url,
    "text_en": partial(parse_text, limit=TEXT_LENGTH),
    "text_fr": partial(parse_text, limit=TEXT_LENGTH),
    "contact": parse_contact,
    "privacy_url_en": parse_url,
    "privacy_url_fr": parse_url,
}
