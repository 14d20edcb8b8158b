"""Replace a partner by another one, in one step."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from renvoi.domain.places import CountryCode
from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion, Succession
from renvoi.partners.consequences import foresee
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    TUNDRA,
    a_partner,
    candidates_in,
    generation,
    published,
    stored,
    stored_many,
    with_changes,
)
from tests.partners.acting import newest_change, trash, update
from tests.partners.undoing.random_steps import TODAY, undo

pytestmark = pytest.mark.django_db
BOTH = tuple(sorted({*ALO_BRASIL.countries, *AZULEJO.countries}))


def values_of(partner: Partner) -> PartnerValues:
    return PartnerValues.of(Partner.objects.get(id=partner.id))


def replace(partner: Partner, successor: Partner | PartnerValues, **more: Any) -> uuid.UUID:
    other = (successor.id, successor.version) if isinstance(successor, Partner) else (successor, 0)
    arguments = {
        "expected_version": partner.version,
        "successor": other[0],
        "expected_successor_version": other[1],
        "retirement": "pause",
        "actor": None,
        "channel": "console",
    }
    return actions.replace_partner(partner_id=partner.id, **arguments | more)


def test_countries_go_to_the_successor_in_one_step_and_one_publication(odile: User) -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    before = generation()
    step = replace(alo, azulejo, actor=odile)
    assert values_of(azulejo) == with_changes(AZULEJO, countries=BOTH)
    assert values_of(alo) == with_changes(ALO_BRASIL, status="paused")
    assert generation() == published().generation == before + 1
    assert set(Change.objects.filter(change_set=step).values_list("subject_id", "verb")) == {
        (alo.id, "replace"),
        (azulejo.id, "replace"),
    }
    assert {partner.id for partner in candidates_in(published())[CountryCode("BR")] if partner.active} == {azulejo.id}


def test_replaced_partner_goes_to_the_trash_and_a_new_one_may_have_its_name(odile: User) -> None:
    alo = stored(ALO_BRASIL)
    new = a_partner("ALO BRASIL", "FR")
    replace(alo, new, retirement="trash", actor=odile)
    successor = Partner.objects.get(trashed_at=None)
    assert PartnerValues.of(successor) == new
    old = Partner.objects.get(id=alo.id)
    assert (old.trashed_at is not None, old.trashed_by_id, values_of(alo)) == (True, odile.id, ALO_BRASIL)


@pytest.mark.parametrize("retirement", ["pause", "trash"])
def test_one_undo_puts_both_back(retirement: str) -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    assert undo([replace(alo, azulejo, retirement=retirement)]).count == 2
    assert (values_of(alo), values_of(azulejo)) == (ALO_BRASIL, AZULEJO)


def test_one_undo_takes_a_new_successor_away() -> None:
    alo = stored(ALO_BRASIL)
    undo([replace(alo, a_partner("Olá", "PT"), retirement="trash")])
    assert list(Partner.objects.filter(trashed_at=None).values_list("name", flat=True)) == ["Aló Brasil"]
    assert values_of(alo) == ALO_BRASIL


def test_what_is_foreseen_is_what_prospects_get() -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    foreseen = foresee(Succession.of(alo, azulejo, retirement="pause").changed, today=TODAY)
    assert {(str(change.cell.country), change.after.partners) for change in foreseen.cells} == {
        ("BR", (azulejo.id,)),
        # The only one now, and no longer the better one.
        ("PT", (azulejo.id,)),
    }
    assert foreseen.losses == ()


def test_partner_in_the_trash_replaces_nobody_and_is_not_replaced() -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    azulejo = trash(azulejo)
    for one, other in ((alo, azulejo), (azulejo, alo)):
        with pytest.raises(Partner.DoesNotExist):
            replace(one, other)
    assert values_of(alo) == ALO_BRASIL


def test_partner_does_not_replace_itself() -> None:
    alo = stored(ALO_BRASIL)
    with pytest.raises(ValueError, match="itself"):
        replace(alo, alo)


def test_stale_versions_are_refused_and_nothing_written() -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    update(azulejo, with_changes(AZULEJO, priority=9))
    with pytest.raises(StaleVersion):
        replace(alo, azulejo)
    update(alo, with_changes(ALO_BRASIL, priority=9))
    with pytest.raises(StaleVersion):
        replace(alo, Partner.objects.get(id=azulejo.id))
    assert not Change.objects.filter(verb="replace").exists()


def test_taken_name_of_a_new_successor_is_refused_and_nothing_written() -> None:
    alo, _ = stored_many(ALO_BRASIL, TUNDRA)
    with pytest.raises(ValidationError) as refused:
        replace(alo, a_partner("TUNDRA", "FR"), retirement="trash")
    assert refused.value.error_dict["name"][0].code == "taken"
    assert values_of(alo) == ALO_BRASIL
    assert Partner.objects.filter(trashed_at=None).count() == 2


def test_form_that_is_submitted_twice_acts_once() -> None:
    alo, key = stored(ALO_BRASIL), uuid.uuid4()
    first = replace(alo, a_partner("Olá", "PT"), idempotency_key=key)
    assert replace(alo, a_partner("Olá", "PT"), idempotency_key=key) == first == newest_change().change_set_id
    assert ChangeSet.objects.filter(id=first).count() == 1
    assert Partner.objects.count() == 2
