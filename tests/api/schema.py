"""Check an answer against the JSON schema that the OpenAPI document has for it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def faults(value: Any, schema: Mapping[str, Any], *, document: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Yield where a value is not what the schema allows."""
    if reference := schema.get("$ref"):
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    known = {"type", "properties", "required", "additionalProperties", "items", "enum", "format", "pattern"}
    if alternatives := schema.get("anyOf"):
        if all(any(True for _ in faults(value, each, document=document)) for each in alternatives):
            yield f"{at}: {value!r} is none of the alternatives"
        return
    assert schema.keys() <= known | {"minimum", "maximum", "minItems", "minLength", "readOnly"}, schema.keys()
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if not any(isinstance(value, _TYPES[name]) and not (name == "integer" and value is True) for name in types):
        yield f"{at}: {value!r} is not {types}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not one of the values"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} does not match"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema["items"], document=document, at=f"{at}/{index}")
    if isinstance(value, dict):
        yield from _faults_of_object(value, schema, document, at)


def _faults_of_object(
    value: dict[str, Any], schema: Mapping[str, Any], document: Mapping[str, Any], at: str
) -> Iterator[str]:
    for name in schema["required"]:
        if name not in value:
            yield f"{at}: {name} is missing"
    for name, item in value.items():
        if name not in schema["properties"]:
            yield f"{at}: {name} is not declared"
        else:
            yield from faults(item, schema["properties"][name], document=document, at=f"{at}/{name}")
