"""Tests of the migrations of reports: data written under an earlier name survives."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps

from renvoi.reports.models import ProjectionCursor


def migrate(name: str) -> StateApps:
    """Migrate reports to that migration, and return the models as they were then."""
    executor = MigrationExecutor(connection)
    target = [("reports", name)]
    executor.migrate(target)
    return executor.loader.project_state(target).apps


@pytest.fixture
def _migrated_again(committed: None) -> Iterator[None]:  # noqa: ARG001 (for its effect)
    """Bring the tables of reports back to their newest form, which other tests use."""
    yield
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("_migrated_again")
def test_cursor_row_survives_rename_of_model() -> None:
    earlier = migrate("0001_initial").get_model("reports", "Reach")
    earlier._default_manager.create(id=1, position=42, counted_on=date(2026, 11, 25))
    migrate("0002_projection_cursor")
    migrate("0003_visits_on_day")
    assert list(ProjectionCursor.objects.values_list("id", "position", "counted_on")) == [(1, 42, date(2026, 11, 25))]
    assert ProjectionCursor._meta.db_table == earlier._meta.db_table == "reports_reach"
