"""Parse the text of a cell: as the form does, and besides what spreadsheets and people write in lists."""

import re
from contextlib import suppress
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from renvoi.domain.days.written import with_iso_days
from renvoi.domain.names.keys import fold
from renvoi.domain.places import COUNTRIES, LANGUAGES, CountryCode, Language, country_name, parse_countries
from renvoi.partners import fields
from renvoi.partners.importing.reading.problems import shortened
from renvoi.partners.lists.columns import STATE_LABELS
from renvoi.partners.models import Partner

STATUS = "status"
_MAX_NUMBER = 2**31
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")


def parse_cell(field: fields.Field, text: str) -> Any:
    """Return the value of a field. Raises ValidationError.

    Countries are codes or any of their names, in either language; a state is a code or its word in either language; a
    day has the year first, or is written out, or can be read in one way only.
    """
    if field.type is fields.COUNTRIES:
        return _parse_countries(text)
    if field.type is fields.DAY:
        return field.parse(_iso_day(text))
    if field.name == STATUS:
        return _parse_status(field, text)
    return field.parse(text)


def parse_number(text: str) -> int | None:
    """Return the number of a partner or of a version, None for an empty text. Raises ValidationError."""
    digits = text.strip()
    if not digits:
        return None
    if digits.isascii() and digits.isdecimal() and len(digits) < 11 and 0 < int(digits) < _MAX_NUMBER:
        return int(digits)
    sentence = _("“%(text)s” is not a number that the export wrote. Leave the cell empty for a new partner.")
    raise ValidationError(sentence, code="number", params={"text": shortened(text)})


class Countries(tuple[CountryCode, ...]):
    """Countries whose names and codes are written in the language in which they are shown."""

    __slots__ = ()

    def __str__(self) -> str:
        language: Language = "en" if get_language() == "en" else "fr"
        return "; ".join(f"{country_name(code, language=language)} ({code})" for code in self)


@lru_cache(maxsize=4096)
def _parse_countries(text: str) -> tuple[CountryCode, ...]:
    items = [item.strip() for item in text.split(";")]
    exact = [code for item in items if (code := _countries_by_shown_name().get(item))]
    if len(exact) == len(items):
        return tuple(sorted(set(exact)))
    parsed = parse_countries(text)
    for item, codes in parsed.ambiguous.items():
        sentence = _("“%(text)s” can be several countries: %(countries)s. Enter the code of the one that you mean.")
        params = {"text": shortened(item), "countries": Countries(codes)}
        raise ValidationError(sentence, code="ambiguous_country", params=params)
    for item in parsed.unknown:
        raise ValidationError(_("%(text)s is not a country."), code="unknown", params={"text": shortened(item)})
    if not parsed.countries:
        raise ValidationError(_("Enter at least one country."), code="required")
    return tuple(sorted(parsed.countries))


@cache
def _countries_by_shown_name() -> dict[str, CountryCode]:
    """Map the name of each country, as lists and exports write it, to its code, in both languages.

    « Guinée » is one, although it is ambiguous when a person types it.
    """
    return {country_name(code, language=language): code for language in LANGUAGES for code in COUNTRIES}


def _parse_status(field: fields.Field, text: str) -> Any:
    code = _statuses().get(fold(text.strip()), text)
    try:
        return field.parse(code)
    except ValidationError as error:
        sentence = _("“%(text)s” is not a state that can be given. Enter “%(active)s” or “%(paused)s”.")
        params = {"text": shortened(text), "active": STATE_LABELS["active"], "paused": STATE_LABELS["paused"]}
        raise ValidationError(sentence, code="unknown", params=params) from error


@cache
def _statuses() -> dict[str, str]:
    """Map the folded codes and words of each status, in both languages, to its code."""
    statuses = {fold(status): status for status in Partner.Status.values}
    for language in LANGUAGES:
        with override(language):
            labels = {name: str(STATE_LABELS[name]) for name in ("active", "paused") if name in statuses}
        statuses |= {fold(label): name for name, label in labels.items()}
    return statuses


def _iso_day(text: str) -> str:
    """Return a day as YYYY-MM-DD, or the text if it is none. Raises ValidationError if it can be two days."""
    stripped = with_iso_days(fold(text.strip())) if not text.isascii() or any(map(str.isalpha, text)) else text.strip()
    if match := _YEAR_FIRST.fullmatch(stripped):
        return _iso(*map(int, match.groups())) or text
    if match := _YEAR_LAST.fullmatch(stripped):
        first, second, year = map(int, match.groups())
        readings = sorted(filter(None, {_iso(year, first, second), _iso(year, second, first)}))
        if len(readings) > 1:
            sentence = _("“%(text)s” can be two days: %(first)s or %(second)s. Enter it in that form.")
            params = {"text": shortened(text), "first": readings[0], "second": readings[1]}
            raise ValidationError(sentence, code="ambiguous_day", params=params)
        return readings[0] if readings else text
    return text


def _iso(year: int, month: int, day: int) -> str:
    with suppress(ValueError):
        return date(year, month, day).isoformat()
    return ""
