"""The product's PostgreSQL backend. It creates the test database with the locale of `tests.databases`."""

from typing import Any

from django.db.backends.postgresql.creation import DatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations

from renvoi.server.postgresql import base
from tests.databases import LOCALE


class _Creation(DatabaseCreation):
    def _get_database_create_suffix(self, encoding: Any = None, template: Any = None) -> str:  # noqa: ARG002 (Django's)
        return LOCALE


class _Operations(DatabaseOperations):
    compiler_module = "tests.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """The product's, with another command to create the test database, and an order for queries without one."""

    creation_class = _Creation
    ops_class = _Operations
