"""Model fields for folded text, which both database engines search, compare and sort by code point."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Short = models.CharField[str, str]
    _Long = models.TextField[str, str]
else:
    _Short, _Long = models.CharField, models.TextField


class FoldedCharField(_Short):
    """A short key. The field itself names its collation, so that no later migration can lose it."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """As Django's, with the engine's collation by code points."""
        return super().db_parameters(connection) | {"collation": _by_code_points(connection.vendor)}


class FoldedTextField(_Long):
    """A key of any length."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """As for a short key."""
        return super().db_parameters(connection) | {"collation": _by_code_points(connection.vendor)}


def _by_code_points(vendor: str) -> str | None:
    """The collation to name: SQLite's own is this one already, a PostgreSQL database has whichever it was made with."""
    return "C" if vendor == "postgresql" else None
