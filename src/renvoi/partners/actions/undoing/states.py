"""The partners and the operator as they are, and as the steps that are undone one after another would leave them."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from renvoi.domain.golden.visitors import with_golden
from renvoi.history.recording import Fields
from renvoi.partners.actions.accepting import FINDING, Acceptance
from renvoi.partners.actions.recording import OPERATOR, PARTNER, snapshot
from renvoi.partners.actions.writing import name_key, portions_of
from renvoi.partners.fields import FIELDS, PartnerValues
from renvoi.partners.models import AcceptedFinding, Operator, Partner
from renvoi.partners.values import COMPOUND, OperatorValues

NOW = "now"
"""Stands for the moment at which a partner will be put into the trash."""
_DIGEST = re.compile("[0-9a-f]{64}")
_UNCOMPARED = frozenset({"version"})


class Key(NamedTuple):
    """What an object is called in the history."""

    subject: str
    subject_id: int


class States:
    """All fields of each object, as the history records them, and the rows that they were read from.

    `fields` has None for an object that does not exist. `partners` and `operator` are as they were loaded; a
    writer changes them.
    """

    def __init__(self) -> None:
        self.fields: dict[Key, Fields | None] = {}
        self._ids_by_name: dict[str, set[int]] = {}
        self.partners: dict[int, Partner] = {}
        self.operator = Operator(id=1)

    def load(self, keys: Iterable[Key]) -> None:
        """Read the objects that have not been read yet. Two queries for 500 partners, two for the operator."""
        missing = sorted({key for key in keys if key not in self.fields})
        for portion in portions_of([key.subject_id for key in missing if key.subject == PARTNER]):
            for partner in Partner.objects.filter(id__in=portion).prefetch_related("served"):
                self.partners[partner.id] = partner
                self.put(Key(PARTNER, partner.id), snapshot(partner))
        if any(key.subject == OPERATOR for key in missing):
            self.operator = Operator.objects.get(id=1)
            self.fields[Key(OPERATOR, 1)] = OperatorValues.of(self.operator).to_json()
        for portion in portions_of([key.subject_id for key in missing if key.subject == FINDING]):
            for row in AcceptedFinding.objects.filter(id__in=portion):
                self.fields[Key(FINDING, row.id)] = Acceptance.of(row).to_json()
        for key in missing:
            self.fields.setdefault(key, None)

    def put(self, key: Key, fields: Fields) -> None:
        """Let an object have these fields from now on."""
        if key.subject == PARTNER:
            before = self.fields.get(key)
            if before is not None and is_present(before):
                self._ids_by_name[name_key(before["name"])].discard(key.subject_id)
            if is_present(fields):
                self._ids_by_name.setdefault(name_key(fields["name"]), set()).add(key.subject_id)
        self.fields[key] = fields

    def holders(self, names: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Return who has these names outside the trash: folded name → id and name. One query for 500 names.

        Those whose state is loaded have the names of that state.
        """
        keys = {name_key(name) for name in names}
        holders: dict[str, tuple[int, str]] = {}
        for portion in portions_of(sorted(keys)):
            rows = Partner.objects.filter(name_key__in=portion, trashed_at=None).values_list("name_key", "id", "name")
            holders |= {key: (id_, name) for key, id_, name in rows if Key(PARTNER, id_) not in self.fields}
        for key in keys:
            for id_ in self._ids_by_name.get(key, ()):
                fields = self.fields[Key(PARTNER, id_)]
                holders[key] = id_, str(fields["name"] if fields else "")
        return holders


def is_present(fields: Fields | None) -> bool:
    """Return whether a partner with these fields exists outside the trash."""
    return fields is not None and fields.get("trashed_at") is None


def is_as_recorded(now: Fields | None, recorded: Fields) -> bool:
    """Return whether the fields are those that the history recorded, apart from the version.

    Another version of Renvoi may have recorded fewer fields.
    """
    return now is not None and all(
        now[name] == value for name, value in recorded.items() if name in now and name not in _UNCOMPARED
    )


_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, ValidationError)
"""What reading values of another form raises."""


class Unreadable(ValueError):
    """What the history recorded can't be stored: another version of Renvoi, or another program, recorded it."""


def reverted(now: Fields, before: Fields, after: Fields) -> Fields:
    """Return the fields as they were before a change. Raises Unreadable if a field that it changed is none of today."""
    if any(before.get(name) != after.get(name) for name in (before | after).keys() - now.keys()):
        raise Unreadable
    return now | {name: value for name, value in before.items() if name in now and name not in _UNCOMPARED}


def partner_values(fields: Fields) -> PartnerValues:
    """Return the values of a partner in recorded fields. Raises Unreadable if its row can't hold them."""
    try:
        values, moment = PartnerValues.from_json(fields), fields.get("trashed_at")
        if moment is not None and moment != NOW:
            _require_moment(datetime.fromisoformat(moment))
        columns = {field.name: getattr(values, field.name) for field in FIELDS if field.name != "countries"}
        _require_storable(Partner(**columns), columns)
        are_codes = all(len(code) == 2 and code.isascii() and code.isalpha() for code in values.countries)
        are_codes &= list(values.countries) == sorted({*values.countries})
        is_allowed = 1 <= values.priority <= 9 and (values.url_en or values.url_fr)
    except _DAMAGE as error:
        raise Unreadable from error
    if not (are_codes and is_allowed):
        raise Unreadable
    return values


def operator_values(fields: Fields) -> OperatorValues:
    """Return the values of the operator in recorded fields. Raises Unreadable if its rows can't hold them."""
    try:
        values = OperatorValues.from_json(fields)
        columns = {name: getattr(values, name) for name in values.to_json() if name not in COMPOUND}
        _require_storable(Operator(id=1, **columns), columns)
        are_areas = all(len(country) == 2 and len(region) <= 6 for country, region in values.areas)
        are_areas &= len({*values.areas}) == len(values.areas)
        are_areas &= list(values.golden_visitors) == list(with_golden(values.golden_visitors))
        is_digest = not values.logo or _DIGEST.fullmatch(values.logo)
    except _DAMAGE as error:
        raise Unreadable from error
    if not (are_areas and is_digest):
        raise Unreadable
    return values


def acceptance(fields: Fields) -> Acceptance:
    """Return the acceptance of a finding in recorded fields. Raises Unreadable if its row can't hold it."""
    try:
        values = Acceptance.from_json(fields)
        columns = {name: value for name, value in fields.items() if name in _ACCEPTANCE}
        _require_storable(AcceptedFinding(**columns), columns)
    except _DAMAGE as error:
        raise Unreadable from error
    return values


_ACCEPTANCE = frozenset({"key", "name", "facts", "reason", "accepted_by"})


def _require_storable(row: models.Model, columns: Mapping[str, Any]) -> None:
    """Raise ValidationError, TypeError or ValueError if the columns do not hold exactly these values."""
    row.clean_fields(exclude={field.name for field in row._meta.fields} - columns.keys())  # noqa: SLF001 (public API)
    # What counts as empty is not cleaned.
    emptied = [name for name, value in columns.items() if value is None and not row._meta.get_field(name).null]  # noqa: SLF001
    if emptied or any(getattr(row, name) != value or value in ([], {}) for name, value in columns.items()):
        raise ValueError


def _require_moment(moment: datetime) -> None:
    """Raise ValueError or OverflowError if a column can't hold the moment."""
    if timezone.is_naive(moment):
        raise ValueError
    moment.astimezone(UTC)
