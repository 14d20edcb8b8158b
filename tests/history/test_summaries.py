"""The summaries of what an earlier version, or another program, has recorded."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from renvoi.history.models import ChangeSet
from renvoi.history.summaries import store_missing
from tests.cast import ALO_BRASIL, stored
from tests.partners.acting import newest_change


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["before", "after"])
@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param('{"name": "\\ud800"}', id="surrogate"),
        pytest.param('{"\\udfff": 1, "name": {}}', id="surrogate in a key"),
        pytest.param('{"name": "a\\u0000b"}', id="null"),
        "[1]",
        "5",
    ],
)
def test_migration_sums_up_whatever_was_recorded(column: str, recorded: str) -> None:
    if connection.vendor != "sqlite" and "\\u" in recorded:
        pytest.skip("PostgreSQL stores no such text")
    stored(ALO_BRASIL)
    with connection.cursor() as cursor:
        statement = f"UPDATE partners_change SET {column} = %s WHERE id = %s"  # noqa: S608 (one of two names)
        cursor.execute(statement, [recorded, newest_change().id])
    ChangeSet.objects.update(count=0)
    apps = MigrationExecutor(connection).loader.project_state([("history", "0007_sum_up")]).apps
    models = apps.get_model("history", "ChangeSet"), apps.get_model("history", "Change")
    assert store_missing(change_set_model=models[0], change_model=models[1]) == 1
    assert ChangeSet.objects.get().count == 1
