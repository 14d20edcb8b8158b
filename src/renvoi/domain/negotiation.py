"""Hides how a language is retained: the rungs, and the weights and lookup of Accept-Language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from renvoi.domain.places import LANGUAGES, Language

MAX_MEMBERS = 100
"""Members of a header that count, from its start; a browser sends fewer than twenty."""

# A quoted string to its end or to that of the header, or a comma. Possessive, hence linear on any junk.
_QUOTED_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+(?P<end>"|\\?\Z)|,', re.DOTALL)

_RANGE = r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*"
_LANGUAGE_RANGE = re.compile(_RANGE)
# RFC 9110 §12.4.2 and §12.5.4: no blank around "=", three decimals at most, 1 at most, no other parameter.
_WEIGHT = r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?"
_MEMBER = re.compile(rf"[ \t]*+(?P<range>\*|{_RANGE})(?:[ \t]*+;[ \t]*+[qQ]=(?P<weight>{_WEIGHT}))?[ \t]*+")


@dataclass(frozen=True, slots=True)
class _Wish:
    range: str
    weight: float


def negotiate(header: str, *, default: Language) -> Language | None:
    """Return the language that an Accept-Language header asks for, or None where it says nothing usable.

    By RFC 9110 §12.5.4 and RFC 4647 §3.4: the heaviest range that looks up to French or English wins, the
    first of equals. `*` stands for the default, or for the other where the default is excluded. A weight of 0
    excludes what its range names: `en;q=0` all English whatever else is said, `en-US;q=0` nothing here. Where
    no range matches and only the default is excluded, the other is what is left. A malformed member is
    dropped, and so is all after the first `MAX_MEMBERS`.
    """
    wishes = [wish for member in islice(_members(header), MAX_MEMBERS) if (wish := _parse_wish(member))]
    excluded = {wish.range for wish in wishes if not wish.weight}
    usable = [language for language in (default, *LANGUAGES) if language not in excluded]
    for wish in sorted(wishes, key=lambda wish: -wish.weight):
        wanted = usable[0] if wish.range == "*" and usable else parse_language(wish.range)
        if wish.weight and wanted in usable:
            return wanted
    return usable[0] if usable and default in excluded else None


def choose_language(
    *, parameter: str | None, cookie: str | None, accept_language: str | None, default: Language
) -> Language:
    """Return the language of an answer: of these, in this order, the first that says one that there is."""
    return (
        parse_language(parameter or "")
        or parse_language(cookie or "")
        or negotiate(accept_language or "", default=default)
        or default
    )


def parse_language(text: str) -> Language | None:
    """Return the language that a tag names by RFC 4647 §3.4 lookup ("FR", "fr-CA" → "fr"), or None."""
    if not _LANGUAGE_RANGE.fullmatch(text):
        return None
    primary = text.partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == primary), None)


def _members(header: str) -> Iterator[str]:
    """Yield what stands between commas outside quoted strings; a quote that nothing closes is no quote."""
    start = 0
    for found in _QUOTED_OR_COMMA.finditer(header):
        if found[0] == ",":
            yield header[start : found.start()]
            start = found.end()
        elif found["end"] != '"':
            break
    yield from header[start:].split(",")


def _parse_wish(member: str) -> _Wish | None:
    parsed = _MEMBER.fullmatch(member)
    return _Wish(range=parsed["range"].lower(), weight=float(parsed["weight"] or 1)) if parsed else None
