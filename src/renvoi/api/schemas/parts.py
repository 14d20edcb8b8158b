"""The parts of which the JSON schemas are made."""

from typing import Any

from renvoi.domain.places import COUNTRIES as COUNTRY_CODES

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "integer"}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
DAY: Schema = {"type": ["string", "null"], "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
CODE: Schema = {"type": "string", "enum": sorted(COUNTRY_CODES)}
REGION: Schema = {"type": ["string", "null"], "pattern": "^[A-Z]{2}-[A-Z0-9]{1,4}$"}
LANGUAGE: Schema = {"type": "string", "enum": ["fr", "en"]}
CODE_OR_NULL: Schema = {"type": ["string", "null"], "enum": [*sorted(COUNTRY_CODES), None]}
ID_OR_NULL: Schema = {**ID, "type": ["integer", "null"]}
NUMBER_OR_NULL: Schema = {"type": ["integer", "null"]}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}


def choice(*values: str) -> Schema:
    """Return the schema of a text that is one of these."""
    return {"type": "string", "enum": list(values)}


def items(schema: Schema, **limits: Any) -> Schema:
    """Return the schema of a list. `limits` are keywords of JSON Schema, such as minItems."""
    return {"type": "array", "items": schema, **limits}


def one_of_them(*alternatives: Schema) -> Schema:
    """Return what an object needs besides: at least one of these properties, with that schema."""
    return {"anyOf": [{"properties": each, "required": list(each)} for each in alternatives]}


def shape(properties: Schema, *, required: tuple[str, ...] | None = None) -> Schema:
    """Return the schema of an object, whose properties are all required unless `required` has others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def ref(name: str) -> Schema:
    """Return the reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def page(rows: str, schema: str) -> Schema:
    """Return the schema of a page of a list, whose rows have that name and that schema."""
    links = dict.fromkeys(("self", "first", "previous", "next", "last"), TEXT_OR_NULL)
    return shape(
        {
            **dict.fromkeys(("count", "page", "pages", "per_page"), NUMBER),
            "sort": TEXT,
            "misunderstood": items(TEXT),
            rows: items(ref(schema)),
            "links": shape(links),
        }
    )
