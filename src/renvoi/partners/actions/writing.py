"""Write the values of partners to the rows, one or many, in portions of few statements each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Literal, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renvoi.domain.names.keys import fold, sort_key
from renvoi.domain.places import LANGUAGES, country_sort_key
from renvoi.history.recording import Changes, Fields
from renvoi.partners.actions.recording import PARTNER, snapshot_of
from renvoi.partners.fields import COUNTRIES, FIELDS, PartnerValues
from renvoi.partners.models import Partner, ServedCountry

_T = TypeVar("_T")
PORTION = 500
"""Rows of one statement."""
_COLUMNS = tuple(field.name for field in FIELDS if field.type is not COUNTRIES)
_UPDATED = (
    *_COLUMNS,
    "name_key",
    "name_sort",
    "url_en_key",
    "url_fr_key",
    *(f"countries_sort_{language}" for language in LANGUAGES),
    "version",
    "updated_at",
    "trashed_at",
    "trashed_by",
)
# No folded name begins with it.
_RELEASED = "\x1f"


@dataclass(frozen=True, slots=True)
class Write:
    """The values to give to a partner: a new one, or a stored one as it was read in this transaction.

    `before` is what the history records of a stored one, None of a new one. The version of a stored partner is raised.
    A partner in the trash is taken out of it, unless it is to be there since the moment `trashed_at`, put there by the
    account `trashed_by_id`.
    """

    values: PartnerValues
    verb: Literal["create", "update", "restore", "undo", "replace"] = "create"
    partner: Partner = field(default_factory=Partner)
    before: Fields | None = None
    trashed_at: datetime | None = None
    trashed_by_id: int | None = None


def write_many(
    changes: Changes, writes: Sequence[Write], *, on_progress: Callable[[int], None] = lambda _: None
) -> None:
    """Write and record all of them, in their order. The partners get their new values, ids and versions.

    At most seven statements for 500 partners. Two stored partners may exchange their names. Raises ValidationError if a
    name is taken, by a partner that is not among them or by an earlier one of them. `on_progress` is called with the
    number of those that have been written, after each portion.
    """
    written = 0
    _require_free_names(writes)
    now = timezone.now()
    for portion in portions_of(writes):
        for write in portion:
            _fill(write, now=now)
        _store(portion)
        for verb, of_verb in groupby(portion, key=lambda write: write.verb):
            changes.record_many(verb, PARTNER, (_recorded(write) for write in of_verb))
        written += len(portion)
        on_progress(written)


def portions_of(sequence: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Split a sequence into portions: the number of parameters of a statement is limited."""
    return (sequence[start : start + PORTION] for start in range(0, len(sequence), PORTION))


def require_free_name(partner: Partner, name: str) -> None:
    """Raise ValidationError if another partner outside the trash has that name."""
    holder = Partner.objects.filter(name_key=name_key(name), trashed_at=None).exclude(id=partner.id).first()
    if holder is not None:
        raise _name_taken(holder.name, holder.id)


def name_key(name: str) -> str:
    """Return the folded key by which names are compared, which ignores case and accents."""
    return fold(name)


def _require_free_names(writes: Sequence[Write]) -> None:
    """Raise ValidationError if a name is taken. Release the names that partners among them give up."""
    by_key: dict[str, Write] = {}
    for write in writes:
        if write.trashed_at is not None:
            continue
        if earlier := by_key.get(key := name_key(write.values.name)):
            raise _name_taken(earlier.values.name, earlier.partner.id)
        by_key[key] = write
    ids = {write.partner.id for write in writes}
    released: list[int] = []
    for keys in portions_of(list(by_key)):
        holders = Partner.objects.filter(name_key__in=keys, trashed_at=None).order_by("id")
        for id_, name, key in holders.values_list("id", "name", "name_key"):
            if id_ not in ids:
                raise _name_taken(name, id_)
            if by_key[key].partner.id != id_:
                released.append(id_)
    for batch in portions_of(released):
        Partner.objects.filter(id__in=batch).update(name_key=Concat(Value(_RELEASED), Cast("id", CharField())))


def _name_taken(name: str, partner_id: int | None) -> ValidationError:
    sentence = _("There is already a partner named %(name)s.")
    params = {"name": name, "partner_id": partner_id}
    return ValidationError({"name": [ValidationError(sentence, code="taken", params=params)]})


def _fill(write: Write, *, now: datetime) -> None:
    partner, values = write.partner, write.values
    for column in _COLUMNS:
        setattr(partner, column, getattr(values, column))
    partner.name_key, partner.name_sort = name_key(values.name), sort_key(values.name)
    partner.url_en_key, partner.url_fr_key = fold(values.url_en), fold(values.url_fr)
    for language in LANGUAGES:
        names = sorted(country_sort_key(code, language=language) for code in values.countries)
        setattr(partner, f"countries_sort_{language}", "\n".join(names))
    if write.before is None or not values.to_json().items() <= write.before.items():
        partner.updated_at = now
    partner.trashed_at, partner.trashed_by_id = write.trashed_at, write.trashed_by_id
    partner.version = partner.version + 1 if partner.id else 1


def _store(portion: Sequence[Write]) -> None:
    """Insert and update the rows of a portion, and those of the countries that they serve."""
    stored = [write.partner for write in portion if write.partner.id]
    new = [write.partner for write in portion if not write.partner.id]
    # This updates the rows with the same id. bulk_update() takes nine times as long: a condition for each value.
    Partner.objects.bulk_create(stored, update_conflicts=True, unique_fields=["id"], update_fields=_UPDATED)
    Partner.objects.bulk_create(new)
    wanted = {(write.partner.id, country) for write in portion for country in write.values.countries}
    served = ServedCountry.objects.filter(partner__in=[partner.id for partner in stored])
    present = {(partner_id, country): id_ for id_, partner_id, country in _rows_of(served)} if stored else {}
    surplus = [id_ for row, id_ in present.items() if row not in wanted]
    if surplus:
        ServedCountry.objects.filter(id__in=surplus).delete()
    ServedCountry.objects.bulk_create(
        ServedCountry(partner_id=partner_id, country=country) for partner_id, country in sorted(wanted - present.keys())
    )
    for partner in stored:
        _clear_prefetched(partner)


def _rows_of(served: QuerySet[ServedCountry]) -> QuerySet[ServedCountry, tuple[int, int, str]]:
    return served.values_list("id", "partner_id", "country")


def _recorded(write: Write) -> tuple[int, Fields | None, Fields]:
    return write.partner.id, write.before, snapshot_of(write.partner, write.values)


def _clear_prefetched(partner: models.Model) -> None:
    getattr(partner, "_prefetched_objects_cache", {}).clear()
