"""The JSON schemas of the import of a file."""

from renvoi.api.schemas.parts import (
    CODE_OR_NULL,
    COUNT,
    FLAG,
    LANGUAGE,
    NUMBER,
    NUMBER_OR_NULL,
    REGION,
    TEXT,
    TEXT_OR_NULL,
    Schema,
    choice,
    items,
    ref,
    shape,
)
from renvoi.partners.imports.jobs import STATES

_PROBLEM: Schema = shape({"line": NUMBER, "column": TEXT, "reason": TEXT})
_FIELD: Schema = shape({"name": TEXT, "before": TEXT, "after": TEXT})
_CELL: Schema = shape({"country": CODE_OR_NULL, "region": REGION, "language": LANGUAGE})
_OUTCOME: Schema = shape({"decision": TEXT, "partners": items(TEXT), "partner_count": COUNT})


def import_schemas() -> dict[str, Schema]:
    """Return the schemas by name."""
    described = {
        "id": TEXT,
        "state": choice(*(state.replace(" ", "_") for state in STATES)),
        "file_name": TEXT,
        "done": COUNT,
        "total": COUNT,
        "has_changed": FLAG,
        "step": TEXT_OR_NULL,
        "plan": {"anyOf": [ref("Plan"), {"type": "null"}]},
    }
    confirmation = {"confirm_count": NUMBER, "confirm_replaced": FLAG}
    return {"Import": shape(described), "Plan": _plan(), "ImportConfirmation": shape(confirmation, required=())}


def _plan() -> Schema:
    change = {"line": NUMBER, "partner_id": NUMBER, "name": TEXT, "replaces": FLAG, "fields": items(_FIELD)}
    consequence = {"before": _OUTCOME, "after": _OUTCOME, "count": COUNT, "cells": items(_CELL)}
    return shape(
        {
            **dict.fromkeys(("created", "changed", "identical", "repeated"), COUNT),
            "errors": items(_PROBLEM),
            "error_count": COUNT,
            "warnings": items(_PROBLEM),
            "warning_count": COUNT,
            "creations": items(shape({"line": NUMBER, "name": TEXT})),
            "changes": items(shape(change)),
            "consequences": items(shape(consequence)),
            "consequence_count": COUNT,
            "confirm_count": NUMBER_OR_NULL,
            "confirm_replaced": FLAG,
        }
    )
