"""The fields of a partner: `PartnerValues` declares each of them once, and everything else reads `FIELDS`.

The form and its labels, the check of what was typed, the columns of the exports and the records of the history come
from here. A new field is one declaration, one column of `models.Partner` with its migration, and one cell of the
template of the settings.
"""

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renvoi.domain.places import CountryCode, Language
from renvoi.exports.table import Kind
from renvoi.partners.models import DESCRIPTION_LENGTH, REFERENCE_LENGTH, Partner
from renvoi.partners.parsing import (
    parse_choice,
    parse_countries,
    parse_day,
    parse_name,
    parse_priority,
    parse_text,
    parse_url,
)


@dataclass(frozen=True, slots=True)
class ValueType:
    """How values of one type are written: as the text of a form or an export, and as JSON in the history."""

    to_text: Callable[[Any], str] = str
    to_json: Callable[[Any], Any] = lambda value: value
    from_json: Callable[[Any], Any] = lambda value: value


TEXT, NUMBER = ValueType(), ValueType()
DAY = ValueType(
    to_text=lambda day: day.isoformat() if day else "",
    to_json=lambda day: day.isoformat() if day else None,
    from_json=lambda text: date.fromisoformat(text) if text else None,
)
COUNTRIES = ValueType(
    to_text=" ".join, to_json=list, from_json=lambda codes: tuple(CountryCode(code) for code in codes)
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field that staff can edit.

    `parse` turns what was submitted into the value, or raises ValidationError. `label` names the control, and `heading`
    the column of the exports, whose `kind` and `language` are those of `exports.table.Column`. `is_printed`: the column
    is also in the PDF.
    """

    name: str
    label: Promise
    parse: Callable[[Any], Any]
    type: ValueType
    heading: Promise
    kind: Kind
    language: Language | None
    is_printed: bool


def _declare(
    label: Promise,
    parse: Callable[[Any], Any],
    *,
    type: ValueType = TEXT,  # noqa: A002 (the word for it)
    heading: Promise | None = None,
    kind: Kind = "fact",
    language: Language | None = None,
    is_printed: bool = True,
) -> Any:
    """Declare a field of `PartnerValues`. See `Field`."""
    return dataclasses.field(
        metadata={
            "label": label,
            "parse": parse,
            "type": type,
            "heading": heading or label,
            "kind": kind,
            "language": language,
            "is_printed": is_printed,
        }
    )


@dataclass(frozen=True, slots=True)
class PartnerValues:
    """The validated fields of a partner that staff can edit. Their names are the column names of the CSV export."""

    name: str = _declare(_("Name"), parse_name, kind="name")
    url_en: str = _declare(_("URL in English"), parse_url, kind="link")
    url_fr: str = _declare(_("URL in French"), parse_url, kind="link")
    description_en: str = _declare(
        _("Description in English"), partial(parse_text, limit=DESCRIPTION_LENGTH), kind="text", language="en"
    )
    description_fr: str = _declare(
        _("Description in French"), partial(parse_text, limit=DESCRIPTION_LENGTH), kind="text", language="fr"
    )
    countries: tuple[CountryCode, ...] = _declare(
        _("Countries"), parse_countries, type=COUNTRIES, heading=_("Country codes"), kind="text", is_printed=False
    )
    status: str = _declare(
        _("State"),
        partial(parse_choice, choices=Partner.Status.values, default=Partner.Status.ACTIVE),
        is_printed=False,
    )
    priority: int = _declare(_("Priority"), parse_priority, type=NUMBER, kind="number")
    agreement_reference: str = _declare(
        _("Reference"), partial(parse_text, limit=REFERENCE_LENGTH), heading=_("Agreement reference")
    )
    agreement_starts_on: date | None = _declare(_("First day"), parse_day, type=DAY)  # noqa: RUF009 (a dataclass field)
    agreement_ends_on: date | None = _declare(_("Last day"), parse_day, type=DAY)  # noqa: RUF009 (a dataclass field)

    @classmethod
    def of(cls, partner: Partner) -> "PartnerValues":
        """Return the values of a stored partner. One query, for its countries, unless they are prefetched."""
        return cls(**{field.name: getattr(partner, field.name) for field in FIELDS})

    @classmethod
    def from_json(cls, recorded: Mapping[str, Any]) -> "PartnerValues":
        """Return the values that `to_json` returned. Raises KeyError if a field is missing."""
        return cls(**{field.name: field.type.from_json(recorded[field.name]) for field in FIELDS})

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON values, by name."""
        return {field.name: field.type.to_json(getattr(self, field.name)) for field in FIELDS}

    def to_text(self) -> dict[str, str]:
        """Return the values as the text of a form, by name. Countries are sorted codes separated by spaces."""
        return {field.name: field.type.to_text(getattr(self, field.name)) for field in FIELDS}


FIELDS: tuple[Field, ...] = tuple(
    Field(name=field.name, **field.metadata) for field in dataclasses.fields(PartnerValues)
)
"""The fields in the order of the form and of the exports."""
LABELS: Mapping[str, Promise] = {field.name: field.label for field in FIELDS}


def text_of_record(recorded: Mapping[str, Any]) -> dict[str, str]:
    """Return what the history recorded as the text of a form, without the fields that it lacks or that can't be read.

    Another version may have written other fields, and another program anything.
    """
    text = {}
    for field in FIELDS:
        with suppress(KeyError, TypeError, ValueError):
            text[field.name] = field.type.to_text(field.type.from_json(recorded[field.name]))
    return text
