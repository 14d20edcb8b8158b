"""Tests of the migrations of reports: data written under an earlier name survives."""

from datetime import date

import pytest
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


@pytest.mark.usefixtures("committed")
def test_cursor_row_survives_rename_of_model() -> None:
    earlier = migrate("0001_initial").get_model("reports", "Reach")
    earlier._default_manager.create(id=1, position=42, counted_on=date(2026, 11, 25))
    migrate("0002_projection_cursor")
    assert list(ProjectionCursor.objects.values_list("id", "position", "counted_on")) == [(1, 42, date(2026, 11, 25))]
    assert ProjectionCursor._meta.db_table == earlier._meta.db_table == "reports_reach"
