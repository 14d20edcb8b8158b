"""Compilers of the product's PostgreSQL backend. A query of rows without an order returns the newest first.

PostgreSQL may return them in any order, which changes with its version and with earlier writes: a test that relied on
one would pass here and fail elsewhere. `tests.settings` does the same on SQLite.
"""

from typing import Any

from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)
from django.db.backends.postgresql.compiler import SQLCompiler as PostgreSQLCompiler
from django.db.models.expressions import OrderBy

__all__ = ["SQLAggregateCompiler", "SQLCompiler", "SQLDeleteCompiler", "SQLInsertCompiler", "SQLUpdateCompiler"]


class SQLCompiler(PostgreSQLCompiler):
    """Django's compiler of SELECT statements."""

    def get_order_by(self) -> list[Any]:
        """Return the order of the query, or else of its primary key, backwards."""
        order: list[Any] = super().get_order_by()
        model = self.query.model
        if order or model is None or not self._selects_rows():
            return order
        column = model._meta.pk.get_col(self.query.get_initial_alias())
        backwards = OrderBy(column, descending=True)
        return [(backwards, (*self.compile(backwards), False))]

    def _selects_rows(self) -> bool:
        query = self.query
        is_combined = query.distinct or query.combinator or query.group_by is not None
        aggregates = any(annotation.contains_aggregate for annotation in query.annotation_select.values())
        return not (is_combined or aggregates or query.subquery)
