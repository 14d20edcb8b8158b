"""Tests of the migrations of partners: what earlier versions stored is there afterwards."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps

from renvoi.domain.table_codec.routing_table import encode_table
from renvoi.history.models import ChangeSet
from renvoi.partners.routing_table import publish
from renvoi.publication.archive import ArchiveReader, read_archived
from renvoi.publication.models import ArchivedTable, Generation
from tests.domain.cast import BR, OPERATOR, candidate

BEFORE_ARCHIVE = "0010_refold"
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def migrate(name: str) -> StateApps:
    """Migrate partners to that migration, and return the models as they were then."""
    executor = MigrationExecutor(connection)
    target = [("partners", name)]
    executor.migrate(target)
    return executor.loader.project_state([*target, *executor.loader.graph.leaf_nodes("people")]).apps


@pytest.fixture
def earlier(committed: None) -> Iterator[StateApps]:  # noqa: ARG001 (for its effect)
    """The models before the archive. Afterwards everything is migrated."""
    yield migrate(BEFORE_ARCHIVE)
    call_command("migrate", verbosity=0)


def make_steps(earlier: StateApps, *, actors: tuple[int | None, ...]) -> list[uuid.UUID]:
    """Insert a change set of two changes by each of these accounts, in order; their times are of a clock set back."""
    ids = []
    for number, actor_id in enumerate(actors):
        step = earlier.get_model("partners", "ChangeSet")._default_manager.create(
            actor_id=actor_id, channel="console", at=AT - timedelta(hours=number)
        )
        for subject_id in (1, 2):
            earlier.get_model("partners", "Change")._default_manager.create(
                change_set=step, verb="update", subject="partner", subject_id=subject_id
            )
        ids.append(step.id)
    earlier.get_model("partners", "Generation")._default_manager.update(number=len(actors) + 1)
    return ids


def change_sets(apps: StateApps) -> Any:
    """Return the manager of the change sets as they were at that migration."""
    return apps.get_model("partners", "ChangeSet")._default_manager


def make_tables(earlier: StateApps, *, numbers: range) -> dict[int, bytes]:
    tables = {}
    for number in numbers:
        partner = (candidate(7, priority=1 + number % 9), (BR,))
        tables[number] = encode_table(generation=number, operator=OPERATOR, partners=[partner])
        earlier.get_model("partners", "PublishedTable")._default_manager.create(
            generation=number, content=tables[number], published_at=AT + timedelta(hours=number)
        )
    return tables


def test_stored_tables_are_archived(earlier: StateApps) -> None:
    make_steps(earlier, actors=(None,) * 29)
    tables = make_tables(earlier, numbers=range(11, 31))
    migrate("0011_table_archive")
    assert publish() == 30
    assert {number: ArchiveReader().content(number).to_table(number) for number in range(11, 31)} == tables
    assert read_archived(11).published_at == AT + timedelta(hours=11)
    assert ArchivedTable.objects.count() == 20
    assert Generation.objects.get(id=1).archived_since == 11


def test_new_installation_archives_from_the_first_table_on(earlier: StateApps) -> None:  # noqa: ARG001 (for its effect)
    migrate("0011_table_archive")
    call_command("migrate", verbosity=0)  # the actions know the newest columns only
    assert publish() == Generation.objects.get(id=1).archived_since == 1


def test_change_sets_get_their_generations_in_the_order_of_writing(earlier: StateApps) -> None:
    ids = make_steps(earlier, actors=(None,) * 5)
    steps = change_sets(migrate("0011_table_archive"))
    assert [steps.get(id=id_).generation for id_ in ids] == [2, 3, 4, 5, 6]


def test_generations_that_are_not_certain_are_null(earlier: StateApps) -> None:
    make_steps(earlier, actors=(None,) * 5)
    earlier.get_model("partners", "Generation")._default_manager.update(number=9)
    steps = change_sets(migrate("0011_table_archive"))
    assert set(steps.values_list("generation", flat=True)) == {None}


def test_change_sets_get_the_names_of_their_actors(earlier: StateApps) -> None:
    accounts = earlier.get_model("people", "User")._default_manager
    odile = accounts.create(email="odile@boreale.example", name="Odile Roy", password="!")
    wendy = accounts.create(email="wendy@boreale.example", name="", password="!")
    ids = make_steps(earlier, actors=(odile.id, wendy.id, None))
    steps = change_sets(migrate("0011_table_archive"))
    assert [steps.get(id=id_).actor_name for id_ in ids] == ["Odile Roy", "wendy", ""]


def test_history_is_the_same_in_its_own_app(earlier: StateApps) -> None:
    ids = make_steps(earlier, actors=(None, None))
    call_command("migrate", verbosity=0)
    steps = ChangeSet.objects.order_by("-at").prefetch_related("changes")
    assert [
        (step.id, step.credential, sorted(change.subject_id for change in step.changes.all())) for step in steps
    ] == [(id_, "", [1, 2]) for id_ in ids]
