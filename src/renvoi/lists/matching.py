"""How keywords match: a part of a text, a number, a moment. Each returns what `Column.matching` needs."""

import re
from collections.abc import Callable

from django.db.models import Q

from renvoi.domain.names.keys import fold

_NUMBER = re.compile(
    r"(?P<operator><=|>=|≤|≥|<|>|=)?\s*(?P<number>[0-9]{1,9})|(?P<low>[0-9]{1,9})\s*\.\.\s*(?P<high>[0-9]{1,9})"
)
_LOOKUPS = {"<": "lt", "<=": "lte", "≤": "lte", ">": "gt", ">=": "gte", "≥": "gte", "=": "exact", None: "exact"}
_THOUSANDS_SEPARATOR = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))|(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


def contains(folded_field: str) -> Callable[[str], Q]:
    """Match a part of the text whose folded form is in that field."""
    return lambda keyword: Q(**{f"{folded_field}__contains": fold(keyword)})


def is_number(field: str) -> Callable[[str], Q | None]:
    """Match `5`, `>5`, `<=5`, `2..9` or `10 000`."""

    def matching(keyword: str) -> Q | None:
        match = _NUMBER.fullmatch(_THOUSANDS_SEPARATOR.sub("", keyword.strip()))
        if match is None:
            return None
        if match["low"]:
            return Q(**{f"{field}__range": sorted((int(match["low"]), int(match["high"])))})
        return Q(**{f"{field}__{_LOOKUPS[match['operator']]}": int(match["number"])})

    return matching
