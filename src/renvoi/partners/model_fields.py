"""Model fields: folded text, and what the history records.

Both database engines search, compare and sort folded text by code point. The history records all fields of an object as
a JSON object. Another version may have written other fields, and another program anything: what is not an object reads
as None, as if nothing had been recorded, so that no page fails on it.
"""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields.json import KeyTransform

if TYPE_CHECKING:
    _Short = models.CharField[str, str]
    _Long = models.TextField[str, str]
    _JSONField = models.JSONField[Any, Any]
else:
    _Short, _Long, _JSONField = models.CharField, models.TextField, models.JSONField


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


class HistoryField(_JSONField):
    """A JSONField whose values are dicts or None. Migrations see a plain JSONField."""

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Decode a value of the database."""
        try:
            decoded = super().from_db_value(value, expression, connection)
        except (ValueError, RecursionError):
            return None
        return decoded if isinstance(decoded, dict) or isinstance(expression, KeyTransform) else None

    def deconstruct(self) -> Any:
        """Return the field as Django's own, which it is in the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


def _by_code_points(vendor: str) -> str | None:
    """Return the collation to declare.

    SQLite compares by code point by default. A PostgreSQL database uses the collation that it was created with.
    """
    return "C" if vendor == "postgresql" else None
