"""The JSON schemas of partners and of the history, made from the declared fields of a partner."""

from renvoi.api.schemas.parts import (
    CODE,
    DAY,
    ID,
    MOMENT,
    NUMBER,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    Schema,
    choice,
    items,
    one_of_them,
    page,
    shape,
)
from renvoi.partners import fields as kinds
from renvoi.partners.fields import FIELDS, Field
from renvoi.partners.models import Partner

_PRIORITY: Schema = {"type": "integer", "minimum": 1, "maximum": 9}
_VERSIONED: Schema = shape({"id": ID, "version": ID})
_NOT_EMPTY: Schema = {**TEXT, "minLength": 1}
_ADDRESS: Schema = one_of_them({"url_en": _NOT_EMPTY}, {"url_fr": _NOT_EMPTY})
MAX_PARTNERS = 1_000
BULK_NAMES = ("pause", "resume", "trash", "restore")
"""The actions on many partners."""
_REQUIRED = ("name", "countries")
READ_ONLY = ("id", "version", "created_at", "updated_at", "trashed_at")
"""What only Renvoi sets. A program may send it back unchanged."""


def field_schema(field: Field) -> Schema:
    """Return the schema of a field of a partner."""
    if field.name == "status":
        return choice(*Partner.Status.values)
    if field.type is kinds.COUNTRIES:
        return items(CODE, minItems=1)
    if field.name == "name":
        return _NOT_EMPTY
    # No limits of other texts: they count what is stored, without blanks at both ends and in NFC.
    return DAY if field.type is kinds.DAY else _PRIORITY if field.type is kinds.NUMBER else TEXT


def partner_schemas() -> dict[str, Schema]:
    """Return the schemas by name."""
    fields = {field.name: field_schema(field) for field in FIELDS}
    partner = {**fields, **{name: {**schema, "readOnly": True} for name, schema in _read_only().items()}}
    listed = {**partner, "state": choice("active", "paused", "to_come", "ended"), "sent": NUMBER}
    return {
        "Partner": shape(partner),
        "ListedPartner": shape(listed),
        "TrashedPartner": shape({**partner, "deleted_by": TEXT}),
        "NewPartner": shape(fields, required=_REQUIRED) | _ADDRESS,
        "PartnerReplacement": shape(partner, required=_REQUIRED) | _ADDRESS,
        "PartnerPatch": shape(partner, required=()),
        "PartnerPage": page("partners", "ListedPartner"),
        "TrashPage": page("partners", "TrashedPartner"),
        "Step": shape(_step()),
        "StepPage": page("steps", "Step"),
        "BulkChange": shape(
            {
                "action": choice(*BULK_NAMES),
                "partners": items(_VERSIONED, minItems=1, maxItems=MAX_PARTNERS, uniqueItems=True),
                "confirm_count": NUMBER,
            },
            required=("action", "partners"),
        ),
        "BulkResult": shape({"count": NUMBER, "skipped": items(NUMBER), "partners": items(_VERSIONED)}),
        "NoFields": shape({}),
    }


def _read_only() -> Schema:
    trashed_at = {"type": ["string", "null"], "format": "date-time"}
    return dict(zip(READ_ONLY, (NUMBER, NUMBER, MOMENT, MOMENT, trashed_at), strict=True))


def _step() -> Schema:
    texts = ("id", "actor", "channel", "credential", "verb", "subject", "name", "reason")
    return {
        **dict.fromkeys(texts, TEXT),
        "at": MOMENT,
        "count": NUMBER,
        **dict.fromkeys(("subject_id", "generation"), NUMBER_OR_NULL),
        **dict.fromkeys(("undoes", "undone_by"), TEXT_OR_NULL),
    }
