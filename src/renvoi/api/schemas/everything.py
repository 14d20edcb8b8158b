"""All schemas of the API, with the one of its errors."""

from renvoi.api.schemas.imports import import_schemas
from renvoi.api.schemas.partners import partner_schemas
from renvoi.api.schemas.parts import NUMBER, TEXT, Schema, items, ref, shape
from renvoi.api.schemas.routing import routing_schemas


def schemas() -> dict[str, Schema]:
    """Return all schemas by name."""
    return {**partner_schemas(), **routing_schemas(), **import_schemas(), "Problem": _problem()}


def _problem() -> Schema:
    return shape(
        {
            "type": TEXT,
            "title": TEXT,
            "status": NUMBER,
            "detail": TEXT,
            "errors": items(shape({"pointer": TEXT, "detail": TEXT})),
            # What is stored now, where a write was made for something else.
            "current": {"anyOf": [ref(name) for name in ("Partner", "Coverage", "GoldenVisitor", "Import")]},
            "differs": items(TEXT),
        },
        required=("type", "title", "status", "detail", "errors"),
    )
