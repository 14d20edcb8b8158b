"""Hides how business rows are written: one verb a write, each one durable, in the history, and published."""

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renvoi.domain.places import country_name, fold, sort_key
from renvoi.partners.models import Change, ChangeSet, CoveredArea, Operator, Partner, ServedCountry
from renvoi.partners.publication import publish, raise_generation
from renvoi.partners.values import OperatorValues, PartnerValues
from renvoi.people.models import User

Way = Literal["console", "cli", "demo"]
PARTNER, OPERATOR = "partner", "operator"


class StaleVersion(Exception):
    """The row was saved by someone else since it was read. `current` is the row as it is now."""

    def __init__(self, current: Partner | Operator) -> None:
        super().__init__(f"version {current.version} is newer")
        self.current = current


def create_partner(
    *, values: PartnerValues, actor: User | None, way: Way, submission: uuid.UUID | None = None
) -> Partner:
    """A new partner. The same submission sent twice makes one. Raises ValidationError where the name is taken."""
    with _change_set(actor=actor, way=way, submission=submission) as changes:
        done = changes.already(PARTNER, values)
        if done is not None:
            return Partner.objects.get(id=done)
        partner = Partner()
        require_free_name(partner, values.name)
        _write(partner, values)
        changes.record("create", PARTNER, partner.id, before=None, after=snapshot(partner))
    publish()
    return partner


def create_partners(*, many: Iterable[PartnerValues], actor: User | None, way: Way) -> int:
    """New partners, all or none, in one change set and one publication; how many they are.

    Raises ValidationError where a name is taken, also by another of them.
    """
    count = 0
    with _change_set(actor=actor, way=way, submission=None) as changes:
        for values in many:
            partner = Partner()
            require_free_name(partner, values.name)
            _write(partner, values)
            changes.record("create", PARTNER, partner.id, before=None, after=snapshot(partner))
            count += 1
    publish()
    return count


def update_partner(
    *,
    partner_id: int,
    values: PartnerValues,
    expected_version: int,
    actor: User | None,
    way: Way,
    submission: uuid.UUID | None = None,
) -> Partner:
    """The partner with these values. Saving what is already there changes nothing and raises no version.

    Raises Partner.DoesNotExist (also where it is in the trash), StaleVersion, and ValidationError where the name is
    taken.
    """
    with _change_set(actor=actor, way=way, submission=submission) as changes:
        partner = Partner.objects.select_for_update().get(id=partner_id, trashed_at=None)
        if changes.already(PARTNER, values) == partner.id:
            return partner
        if partner.version != expected_version:
            raise StaleVersion(partner)
        if PartnerValues.of(partner) == values:
            return partner
        require_free_name(partner, values.name)
        before = snapshot(partner)
        partner.version += 1
        _write(partner, values)
        changes.record("update", PARTNER, partner.id, before=before, after=snapshot(partner))
    publish()
    return partner


def trash_partner(*, partner_id: int, actor: User | None, way: Way) -> Partner:
    """The partner, in the trash from now on; it receives nobody. Already there: nothing changes.

    Raises Partner.DoesNotExist.
    """
    with _change_set(actor=actor, way=way, submission=None) as changes:
        partner = Partner.objects.select_for_update().get(id=partner_id)
        if partner.trashed_at is not None:
            return partner
        before = snapshot(partner)
        partner.trashed_at, partner.trashed_by = timezone.now(), actor
        partner.save(update_fields=["trashed_at", "trashed_by"])
        changes.record("trash", PARTNER, partner.id, before=before, after=snapshot(partner))
    publish()
    return partner


def restore_partner(*, partner_id: int, actor: User | None, way: Way) -> Partner:
    """The partner, out of the trash exactly as it went in. Not there: nothing changes.

    Raises Partner.DoesNotExist, and ValidationError where its name was taken meanwhile.
    """
    with _change_set(actor=actor, way=way, submission=None) as changes:
        partner = Partner.objects.select_for_update().get(id=partner_id)
        if partner.trashed_at is None:
            return partner
        require_free_name(partner, partner.name)
        before = snapshot(partner)
        partner.trashed_at = partner.trashed_by = None
        partner.save(update_fields=["trashed_at", "trashed_by"])
        changes.record("restore", PARTNER, partner.id, before=before, after=snapshot(partner))
    publish()
    return partner


def restore_partner_as(
    *, partner_id: int, values: PartnerValues, actor: User | None, way: Way, submission: uuid.UUID | None = None
) -> Partner:
    """The partner, out of the trash with these values: for one whose name was taken meanwhile.

    Raises Partner.DoesNotExist where it is not in the trash, and ValidationError where the name is taken.
    """
    with _change_set(actor=actor, way=way, submission=submission) as changes:
        partner = Partner.objects.select_for_update().get(id=partner_id)
        if changes.already(PARTNER, values) == partner.id:
            return partner
        if partner.trashed_at is None:
            raise Partner.DoesNotExist
        require_free_name(partner, values.name)
        before = snapshot(partner)
        partner.version += 1
        partner.trashed_at = partner.trashed_by = None
        _write(partner, values)
        changes.record("restore", PARTNER, partner.id, before=before, after=snapshot(partner))
    publish()
    return partner


def update_operator(
    *,
    values: OperatorValues,
    expected_version: int,
    actor: User | None,
    way: Way,
    submission: uuid.UUID | None = None,
) -> Operator:
    """The operator and its coverage area with these values. Raises StaleVersion."""
    with _change_set(actor=actor, way=way, submission=submission) as changes:
        operator = Operator.objects.select_for_update().get(id=1)
        if changes.already(OPERATOR, values) == operator.id:
            return operator
        if operator.version != expected_version:
            raise StaleVersion(operator)
        present = OperatorValues.of(operator)
        if present == values:
            return operator
        for field in fields(values):
            if field.name != "areas":
                setattr(operator, field.name, getattr(values, field.name))
        operator.version += 1
        operator.save()
        CoveredArea.objects.all().delete()
        CoveredArea.objects.bulk_create(CoveredArea(country=country, region=region) for country, region in values.areas)
        changes.record("update", OPERATOR, operator.id, before=_jsonable(present), after=_jsonable(values))
    publish()
    return operator


def snapshot(partner: Partner) -> dict[str, Any]:
    """All fields of a partner as the history keeps them."""
    return _jsonable(PartnerValues.of(partner)) | {
        "version": partner.version,
        "trashed_at": partner.trashed_at.isoformat() if partner.trashed_at else None,
    }


class _Changes:
    """What one transaction did, for the history."""

    def __init__(self, *, actor: User | None, way: Way, submission: uuid.UUID | None) -> None:
        self._earlier = Change.objects.filter(change_set_id=submission, change_set__actor=actor)
        sent_before = submission is not None and ChangeSet.objects.filter(id=submission).exists()
        # A page that the browser brought back can be sent again with other values: that is another change.
        id_ = uuid.uuid4() if submission is None or sent_before else submission
        self._change_set = ChangeSet(id=id_, actor=actor, way=way)
        self.recorded = False

    def already(self, subject: str, values: PartnerValues | OperatorValues) -> int | None:
        """The id of the thing of that kind to which this submission gave these very values when first sent."""
        wanted = _jsonable(values)
        for subject_id, after in self._earlier.filter(subject=subject).values_list("subject_id", "after"):
            if after is not None and {field: after[field] for field in wanted} == wanted:
                return subject_id
        return None

    def record(
        self,
        verb: str,
        subject: str,
        subject_id: int,
        *,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> None:
        if not self.recorded:
            self._change_set.save(force_insert=True)
        self.recorded = True
        Change.objects.create(
            change_set=self._change_set, verb=verb, subject=subject, subject_id=subject_id, before=before, after=after
        )


@contextmanager
def _change_set(*, actor: User | None, way: Way, submission: uuid.UUID | None) -> Iterator[_Changes]:
    """One durable transaction; when something was recorded in it, the routing table's generation is raised."""
    with transaction.atomic(durable=True):
        changes = _Changes(actor=actor, way=way, submission=submission)
        yield changes
        if changes.recorded:
            raise_generation()


def require_free_name(partner: Partner, name: str) -> None:
    """Raises ValidationError where another partner outside the trash has that name."""
    taken = Partner.objects.filter(name_key=name_key(name), trashed_at=None).exclude(id=partner.id).first()
    if taken is not None:
        sentence = _("There is already a partner named %(name)s.")
        error = ValidationError(sentence, code="taken", params={"name": taken.name, "partner_id": taken.id})
        raise ValidationError({"name": [error]})


def name_key(name: str) -> str:
    """The form in which two names are the same: blind to case and accents."""
    return fold(name)


def _write(partner: Partner, values: PartnerValues) -> None:
    for field in fields(values):
        if field.name != "countries":
            setattr(partner, field.name, getattr(values, field.name))
    partner.name_key, partner.name_sort = name_key(values.name), sort_key(values.name)
    partner.url_en_key, partner.url_fr_key = fold(values.url_en), fold(values.url_fr)
    for language in ("en", "fr"):
        names = sorted(sort_key(country_name(code, language=language)) for code in values.countries)
        setattr(partner, f"countries_sort_{language}", "\n".join(names))
    partner.updated_at = timezone.now()
    partner.save()
    wanted = set(values.countries)
    present = set(partner.served.values_list("country", flat=True))
    partner.served.filter(country__in=present - wanted).delete()
    ServedCountry.objects.bulk_create(
        ServedCountry(partner=partner, country=country) for country in sorted(wanted - present)
    )
    _forget_prefetched(partner)


def _forget_prefetched(partner: models.Model) -> None:
    getattr(partner, "_prefetched_objects_cache", {}).clear()


def _jsonable(values: PartnerValues | OperatorValues) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(json.dumps(asdict(values), cls=DjangoJSONEncoder))
    return written
