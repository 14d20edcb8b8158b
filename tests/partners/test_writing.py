"""`write_many`: partners are written in portions, with few statements, as if each were written by itself."""

from collections.abc import Iterable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.history.models import Change
from renvoi.partners.actions import snapshot
from renvoi.partners.actions.recording import change_set
from renvoi.partners.actions.writing import PORTION, Write, write_many
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner, ServedCountry
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, a_partner, published, stored, stored_many, with_changes

pytestmark = pytest.mark.django_db
MANY = PORTION + 3


def write(*writes: Write) -> None:
    with change_set(actor=None, channel="cli", idempotency_key=None) as changes:
        write_many(changes, writes)


def update(partner: Partner, values: PartnerValues) -> Write:
    return Write(values, "update", partner, before=snapshot(partner))


def values_by_name() -> dict[str, PartnerValues]:
    partners = Partner.objects.filter(trashed_at=None).prefetch_related("served")
    return {partner.name: PartnerValues.of(partner) for partner in partners}


def columns(partners: Iterable[Partner]) -> list[dict[str, object]]:
    """Return the stored columns of each partner that depend on its values alone."""
    free = {"id", "created_at", "updated_at"}
    rows = [Partner.objects.filter(id=partner.id).values().get() for partner in partners]
    return [{name: value for name, value in row.items() if name not in free} for row in rows]


def test_rows_are_those_of_single_writes() -> None:
    one_by_one = columns(stored_many(ALO_BRASIL, AZULEJO, TUNDRA))
    Partner.objects.all().delete()
    writes = [Write(values) for values in (ALO_BRASIL, AZULEJO, TUNDRA)]
    write(*writes)
    assert columns(written.partner for written in writes) == one_by_one


def test_several_portions_are_created_updated_and_recorded() -> None:
    created = [Write(a_partner(f"Partner {number:04}", "BR", "PT")) for number in range(MANY)]
    write(*created)
    assert len(values_by_name()) == MANY
    changed = [
        update(one.partner, with_changes(one.values, priority=2, countries=("FR", "PT"), name=f"P {number:04}"))
        for number, one in enumerate(created)
    ]
    write(*changed)
    assert values_by_name() == {one.values.name: one.values for one in changed}
    assert set(Partner.objects.values_list("version", flat=True)) == {2}
    assert ServedCountry.objects.count() == 2 * MANY
    assert published().countries == {"FR", "PT"}
    (first, last) = Change.objects.filter(subject_id=created[-1].partner.id).order_by("id")
    assert (first.verb, first.before, last.verb) == ("create", None, "update")
    assert last.before == first.after
    assert last.after == snapshot(Partner.objects.get(id=created[-1].partner.id))


@pytest.mark.parametrize("distance", [1, PORTION + 1])
def test_stored_partners_can_exchange_their_names(distance: int) -> None:
    created = [Write(a_partner(f"Partner {number:04}", "BR")) for number in range(distance + 1)]
    write(*created)
    first, last = created[0].partner, created[-1].partner
    names = {first.id: last.name, last.id: first.name}
    write(
        *(
            update(one.partner, with_changes(one.values, priority=1, name=names.get(one.partner.id, one.values.name)))
            for one in created
        )
    )
    assert {first.id: Partner.objects.get(id=first.id).name, last.id: Partner.objects.get(id=last.id).name} == names


def test_name_that_is_given_up_can_be_taken_by_a_new_partner() -> None:
    alo = stored(ALO_BRASIL)
    write(Write(with_changes(AZULEJO, name=ALO_BRASIL.name)), update(alo, with_changes(ALO_BRASIL, name="Alô")))
    assert values_by_name().keys() == {"Alô", "Aló Brasil"}


@pytest.mark.parametrize("position", [0, 1, MANY - 1])
def test_name_of_another_partner_is_refused_and_nothing_written(position: int) -> None:
    holder = stored(ALO_BRASIL)
    writes = [Write(a_partner(f"Partner {number:04}", "BR")) for number in range(MANY)]
    writes[position] = Write(with_changes(AZULEJO, name="ALO BRASIL"))
    with pytest.raises(ValidationError) as refused:
        write(*writes)
    (error,) = refused.value.error_dict["name"]
    assert (error.code, error.params) == ("taken", {"name": "Aló Brasil", "partner_id": holder.id})
    assert values_by_name().keys() == {"Aló Brasil"}


def test_name_that_stands_twice_is_refused_across_portions() -> None:
    writes = [Write(a_partner(f"Partner {number:04}", "BR")) for number in range(MANY)]
    with pytest.raises(ValidationError, match="Partner 0000"):
        write(*writes, Write(a_partner("PARTNER 0000", "BR")))
    assert values_by_name() == {}


def test_name_of_a_partner_in_the_trash_is_free() -> None:
    alo = stored(ALO_BRASIL)
    Partner.objects.filter(id=alo.id).update(trashed_at=alo.created_at)
    write(Write(with_changes(AZULEJO, name=ALO_BRASIL.name)))
    assert values_by_name()[ALO_BRASIL.name].countries == AZULEJO.countries


def test_figure_of_the_ledger_is_left_alone() -> None:
    alo = stored(ALO_BRASIL)
    Partner.objects.filter(id=alo.id).update(sent_30_days=7)
    write(update(alo, with_changes(ALO_BRASIL, priority=1)))
    assert Partner.objects.get(id=alo.id).sent_30_days == 7


@pytest.mark.parametrize("count", [PORTION, 4 * PORTION])
def test_number_of_statements_grows_by_portion(count: int) -> None:
    writes = [Write(a_partner(f"Partner {number:04}", "BR", "PT", "FR")) for number in range(count)]
    with CaptureQueriesContext(connection) as created:
        write(*writes)
    with CaptureQueriesContext(connection) as updated:
        write(*(update(one.partner, with_changes(one.values, countries=("JP",))) for one in writes))
    # What one change set and its publication take, however many partners it writes.
    fixed = 30
    assert len(created) <= fixed + 4 * count // PORTION
    # The snapshots before are read by the caller: one query for each partner here.
    assert len(updated) - count <= fixed + 7 * count // PORTION
