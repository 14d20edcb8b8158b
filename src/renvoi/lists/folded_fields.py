"""Model fields of folded text, which both database engines search, compare and sort by code point."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Short = models.CharField[str, str]
    _Long = models.TextField[str, str]
else:
    _Short, _Long = models.CharField, models.TextField


class FoldedCharField(_Short):
    """Folded text of limited length, compared by code point.

    The field sets the collation itself, so that a later migration cannot drop it.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """Add the collation to Django's parameters."""
        return super().db_parameters(connection) | {"collation": _by_code_points(connection.vendor)}


class FoldedTextField(_Long):
    """Folded text of any length, compared by code point."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """Add the collation to Django's parameters."""
        return super().db_parameters(connection) | {"collation": _by_code_points(connection.vendor)}


def _by_code_points(vendor: str) -> str | None:
    """Return the collation to declare.

    SQLite compares by code point by default. A PostgreSQL database uses the collation that it was created with.
    """
    return "C" if vendor == "postgresql" else None
