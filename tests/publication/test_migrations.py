"""Tests of the migrations of publication: the tables of the app partners are taken over as they are."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps

from renvoi.partners.routing_table import publish
from renvoi.publication.models import ArchivedTable, Generation, PublishedTable
from tests.cast import ALO_BRASIL, stored

LAST_OF_PARTNERS = ("partners", "0013_history_leaves")
MODELS = (Generation, PublishedTable, ArchivedTable)


def migrate_back() -> StateApps:
    """Migrate to when partners had the models of publication, and return the models as they were then."""
    executor = MigrationExecutor(connection)
    executor.migrate([LAST_OF_PARTNERS, ("publication", None)])
    return executor.loader.project_state([LAST_OF_PARTNERS]).apps


def rows_of(model: Any) -> list[dict[str, Any]]:
    rows = model._default_manager.order_by("pk").values()
    return [{name: bytes(value) if name == "content" else value for name, value in row.items()} for row in rows]


@pytest.fixture
def earlier(committed: None) -> Iterator[StateApps]:  # noqa: ARG001 (for its effect)
    """The models of partners before they left. Afterwards everything is migrated."""
    publish()
    stored(ALO_BRASIL)
    yield migrate_back()
    call_command("migrate", verbosity=0)


def test_rows_are_the_same_in_their_own_app(earlier: StateApps) -> None:
    before = [rows_of(earlier.get_model("partners", model.__name__)) for model in MODELS]
    assert [len(rows) for rows in before] == [1, 2, 2]
    call_command("migrate", verbosity=0)
    assert [rows_of(model) for model in MODELS] == before


def test_table_of_an_earlier_version_is_published_again_as_it_was(earlier: StateApps) -> None:
    tables = earlier.get_model("partners", "PublishedTable")._default_manager
    content = {row.generation: bytes(row.content) for row in tables.all()}
    tables.all().delete()
    call_command("migrate", verbosity=0)
    number = publish()
    assert number == max(content)
    assert bytes(PublishedTable.objects.get(generation=number).content) == content[number]


def test_constraints_and_indexes_have_their_names(earlier: StateApps) -> None:  # noqa: ARG001 (for its effect)
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        generation = connection.introspection.get_constraints(cursor, Generation._meta.db_table)
        archive = connection.introspection.get_constraints(cursor, ArchivedTable._meta.db_table)
    assert generation["generation_is_one"]["check"]
    assert archive["archived_table_chain"]["columns"] == ["full", "generation"]
