"""Applying an import: exactly what was shown, all or nothing, in one change set."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.history.models import Change, ChangeSet
from renvoi.partners.actions import PlanChanged, PlanHasErrors, ReplacementsUnconfirmed, snapshot
from renvoi.partners.fields import PartnerValues
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, published, stored, stored_many, with_changes
from tests.partners.acting import update
from tests.partners.importing.files import NUMBERED, TODAY, apply, csv_file, errors_of, numbered

pytestmark = pytest.mark.django_db


def stored_values() -> dict[str, PartnerValues]:
    partners = Partner.objects.filter(trashed_at=None).prefetch_related("served")
    return {partner.name: PartnerValues.of(partner) for partner in partners}


def test_import_creates_and_changes_in_one_change_set_and_publishes() -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    content = csv_file(
        ["id", "name", "url_en", "countries"],
        [alo.id, AZULEJO.name, ALO_BRASIL.url_en, "BR"],
        [azulejo.id, ALO_BRASIL.name, AZULEJO.url_en, "AO PT"],
        ["", "Éperlan", "https://eperlan.example/", "France"],
    )
    plan, before = make_plan(content, today=TODAY), snapshot(alo)
    step = apply(content, plan=plan)
    assert step.count == plan.count == 3
    change_set = ChangeSet.objects.latest("at")
    assert change_set.id == step.change_set_id
    assert sorted(Change.objects.filter(change_set=change_set).values_list("verb", flat=True)) == [
        "create",
        "update",
        "update",
    ]
    assert stored_values() == {change.after.name: change.after for change in plan.updates} | {
        creation.values.name: creation.values for creation in plan.creations
    }
    assert published().countries == {"AO", "BR", "FR", "PT"}
    change = Change.objects.get(change_set=change_set, subject_id=alo.id)
    assert change.before == before
    assert change.after == snapshot(Partner.objects.get(id=alo.id))


def test_edit_between_check_and_import_is_refused_and_nothing_written() -> None:
    alo = stored(ALO_BRASIL)
    content = csv_file(["name", "priority", "url_en", "countries"], [ALO_BRASIL.name, 1, ALO_BRASIL.url_en, "BR"])
    plan = make_plan(content, today=TODAY)
    edited = with_changes(ALO_BRASIL, description_en="Edited meanwhile")
    update(alo, edited)
    with pytest.raises(PlanChanged) as refused:
        apply(content, plan=plan)
    assert refused.value.plan.updates[0].before == edited
    assert stored_values() == {edited.name: edited}
    assert apply(content, plan=refused.value.plan).count == 1


def test_second_of_two_equal_imports_is_refused() -> None:
    content = csv_file(NUMBERED, *numbered(3))
    plan = make_plan(content, today=TODAY)
    apply(content, plan=plan)
    with pytest.raises(PlanChanged):
        apply(content, plan=plan)
    assert make_plan(content, today=TODAY).identical == Partner.objects.count() == 3


def test_form_that_is_submitted_twice_imports_once() -> None:
    content, key = csv_file(NUMBERED, *numbered(3)), uuid.uuid4()
    plan = make_plan(content, today=TODAY)
    first, second = (apply(content, plan=plan, key=key) for _ in range(2))
    assert (first, ChangeSet.objects.count()) == (second, 1)


def test_file_with_an_error_writes_nothing() -> None:
    content = csv_file(NUMBERED, *numbered(3), ["", "https://x.example/", "", "BR", 1])
    with pytest.raises(PlanHasErrors) as refused:
        apply(content)
    assert errors_of(refused.value.plan) == [(5, "name", "required")]
    assert Partner.objects.count() == ChangeSet.objects.count() == 0


def test_replaced_partner_must_be_confirmed() -> None:
    alo = stored(ALO_BRASIL)
    content = csv_file(["id", "name", "url_en", "url_fr"], [alo.id, "Other", "https://other.example/", ""])
    with pytest.raises(ReplacementsUnconfirmed):
        apply(content)
    assert stored_values().keys() == {ALO_BRASIL.name}
    apply(content, confirms=True)
    assert stored_values().keys() == {"Other"}


def test_import_without_changes_records_nothing() -> None:
    stored(ALO_BRASIL)
    sets = ChangeSet.objects.count()
    step = apply(csv_file(["name"], [ALO_BRASIL.name]))
    assert (step.change_set_id, step.count, ChangeSet.objects.count()) == (None, 0, sets)


@pytest.mark.parametrize("count", [500, 1500])
def test_number_of_statements_grows_by_portion(count: int) -> None:
    content = csv_file(NUMBERED, *numbered(count))
    with CaptureQueriesContext(connection) as checked:
        plan = make_plan(content, today=TODAY)
    with CaptureQueriesContext(connection) as applied:
        apply(content, plan=plan)
    portions = count // 500
    assert len(checked) <= 10 + 4 * portions
    assert len(applied) <= 40 + 8 * portions
