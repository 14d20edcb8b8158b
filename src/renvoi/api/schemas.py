"""The JSON schemas of what the API takes and answers, made from the declared fields of a partner."""

from typing import Any

from renvoi.domain.places import COUNTRIES as COUNTRY_CODES
from renvoi.partners.fields import COUNTRIES, DAY, FIELDS, NUMBER, Field
from renvoi.partners.models import Partner

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_NUMBER: Schema = {"type": "integer"}
_DAY: Schema = {"type": ["string", "null"], "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_PRIORITY: Schema = {"type": "integer", "minimum": 1, "maximum": 9}
_CODE: Schema = {"type": "string", "enum": sorted(COUNTRY_CODES)}
_STATUS: Schema = {"type": "string", "enum": list(Partner.Status.values)}
_AREA: Schema = {"country": _CODE, "region": {"type": ["string", "null"]}}
_COUNTRY: Schema = {"code": _CODE, "name_en": _TEXT, "name_fr": _TEXT}
_VERSIONED: Schema = {
    "type": "object",
    "properties": {"id": _NUMBER, "version": _NUMBER},
    "required": ["id", "version"],
    "additionalProperties": False,
}
BULK_NAMES = ("pause", "resume", "trash", "restore")
"""The actions on many partners."""
_REQUIRED = ("name", "countries")
READ_ONLY = ("id", "version", "created_at", "updated_at", "trashed_at")
"""What only Renvoi sets. A program may send it back unchanged."""


def field_schema(field: Field) -> Schema:
    """Return the schema of a field of a partner."""
    if field.name == "status":
        return _STATUS
    if field.type is COUNTRIES:
        return {"type": "array", "items": _CODE}
    return _DAY if field.type is DAY else _PRIORITY if field.type is NUMBER else _TEXT


def schemas() -> dict[str, Schema]:
    """Return all schemas by name."""
    fields = {field.name: field_schema(field) for field in FIELDS}
    partner = {**fields, **{name: {**schema, "readOnly": True} for name, schema in _read_only().items()}}
    listed = {**partner, "state": {"type": "string", "enum": ["active", "paused", "to_come", "ended"]}, "sent": _NUMBER}
    return {
        "Partner": _object(partner),
        "ListedPartner": _object(listed),
        "NewPartner": _object(fields, required=_REQUIRED),
        "PartnerReplacement": _object(partner, required=_REQUIRED),
        "PartnerPatch": _object(partner, required=()),
        "PartnerPage": _page("partners", "ListedPartner"),
        "Step": _object(_step()),
        "StepPage": _page("steps", "Step"),
        "BulkChange": _object(
            {
                "action": {"type": "string", "enum": list(BULK_NAMES)},
                "partners": _items(_VERSIONED),
                "confirm_count": _NUMBER,
            },
            required=("action", "partners"),
        ),
        "BulkResult": _object({"count": _NUMBER, "skipped": _items(_NUMBER), "partners": _items(_VERSIONED)}),
        "Coverage": _object({"version": _NUMBER, "areas": {"type": "array", "items": _object(_AREA)}}),
        "CountryList": _object({"count": _NUMBER, "countries": {"type": "array", "items": _object(_COUNTRY)}}),
        "Problem": _problem(),
    }


def _read_only() -> Schema:
    trashed_at = {"type": ["string", "null"], "format": "date-time"}
    schemas_ = (_NUMBER, _NUMBER, _MOMENT, _MOMENT, trashed_at)
    return dict(zip(READ_ONLY, schemas_, strict=True))


def _step() -> Schema:
    texts = ("id", "actor", "channel", "credential", "verb", "subject", "name", "reason")
    return {
        **dict.fromkeys(texts, _TEXT),
        "at": _MOMENT,
        "count": _NUMBER,
        **{key: {"type": ["integer", "null"]} for key in ("subject_id", "generation")},
        **{key: {"type": ["string", "null"]} for key in ("undoes", "undone_by")},
    }


def _page(rows: str, schema: str) -> Schema:
    links = {name: {"type": ["string", "null"]} for name in ("self", "first", "previous", "next", "last")}
    return _object(
        {
            **dict.fromkeys(("count", "page", "pages", "per_page"), _NUMBER),
            "sort": _TEXT,
            "misunderstood": {"type": "array", "items": _TEXT},
            rows: {"type": "array", "items": _ref(schema)},
            "links": _object(links),
        }
    )


def _problem() -> Schema:
    return _object(
        {
            "type": _TEXT,
            "title": _TEXT,
            "status": _NUMBER,
            "detail": _TEXT,
            "errors": {"type": "array", "items": _object({"pointer": _TEXT, "detail": _TEXT})},
            "current": _ref("Partner"),
            "differs": {"type": "array", "items": _TEXT},
        },
        required=("type", "title", "status", "detail", "errors"),
    )


def _items(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _object(properties: Schema, *, required: tuple[str, ...] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
