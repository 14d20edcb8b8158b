"""The stored partners that rows of a file may mean."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from renvoi.domain.places import CountryCode
from renvoi.partners.fields import COUNTRIES, FIELDS, PartnerValues
from renvoi.partners.models import Partner, ServedCountry

PORTION = 500
"""Rows for which partners are looked up together: the number of parameters of a statement is limited."""
_COLUMNS = tuple(field_.name for field_ in FIELDS if field_.type is not COUNTRIES)


@dataclass(frozen=True, slots=True)
class StoredPartner:
    """A partner as it is stored. `text` has its values as the export writes them, by field."""

    id: int
    version: int
    name_key: str
    is_trashed: bool
    values: PartnerValues
    text: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class StoredPartners:
    """Partners by id, and by the folded key of their names. Of a name that several have, one outside the trash."""

    by_id: Mapping[int, StoredPartner]
    by_name: Mapping[str, StoredPartner]


def look_up(*, ids: Collection[int], name_keys: Collection[str]) -> StoredPartners:
    """Return the partners with one of at most PORTION ids or names, also those in the trash. Four queries."""
    present, trashed = Partner.objects.filter(trashed_at=None), Partner.objects.filter(trashed_at__isnull=False)
    selections = (
        trashed.filter(name_key__in=name_keys).order_by("id"),
        present.filter(name_key__in=name_keys),
        Partner.objects.filter(id__in=ids),
    )
    rows = [row for selection in selections for row in _rows_of(selection)]
    countries = _countries_of({row["id"] for row in rows})
    partners = [_partner(row, countries.get(row["id"], ())) for row in rows]
    # Those outside the trash come after those in it.
    by_name = {one.name_key: one for one in sorted(partners, key=lambda one: not one.is_trashed)}
    return StoredPartners({one.id: one for one in partners}, by_name)


def _rows_of(selection: QuerySet[Partner]) -> Iterable[dict[str, Any]]:
    rows: Iterable[dict[str, Any]] = selection.values("id", "version", "name_key", "trashed_at", *_COLUMNS)
    return rows


def _countries_of(ids: Collection[int]) -> Mapping[int, tuple[CountryCode, ...]]:
    served: dict[int, list[CountryCode]] = defaultdict(list)
    for partner_id, country in ServedCountry.objects.filter(partner__in=ids).values_list("partner_id", "country"):
        served[partner_id].append(CountryCode(country))
    return {partner_id: tuple(sorted(codes)) for partner_id, codes in served.items()}


def _partner(row: dict[str, Any], countries: tuple[CountryCode, ...]) -> StoredPartner:
    values = PartnerValues(**{name: row[name] for name in _COLUMNS}, countries=countries)
    return StoredPartner(
        id=row["id"],
        version=row["version"],
        name_key=row["name_key"],
        is_trashed=row["trashed_at"] is not None,
        values=values,
        text=values.to_text(),
    )
