"""The product's PostgreSQL backend. It creates the test database with the locale of `tests.databases`."""

from typing import Any

from django.db.backends.postgresql.creation import DatabaseCreation

from renvoi.server.postgresql import base
from tests.databases import LOCALE


class _Creation(DatabaseCreation):
    def _get_database_create_suffix(self, encoding: Any = None, template: Any = None) -> str:  # noqa: ARG002 (Django's)
        return LOCALE


class DatabaseWrapper(base.DatabaseWrapper):
    """The product's, with another command to create the test database."""

    creation_class = _Creation
