"""Choose the language of a response (RFC 9110 and RFC 4647): query parameter, cookie, Accept-Language, default."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from renvoi.domain.places import LANGUAGES, Language

MAX_MEMBERS = 100
"""How many members of an Accept-Language header are read; a browser sends fewer than twenty."""

_WEIGHT_START = r";[ \t]*+[qQ][ \t]*+=[ \t]*+"
# A quoted string up to its closing quote or the end of the header, a weight with a decimal comma, or another comma. No
# language range begins with a digit. The possessive quantifiers keep matching linear on any input.
_QUOTED_OR_COMMA = re.compile(rf'"(?:[^"\\]|\\.)*+(?P<end>"|\\?\Z)|{_WEIGHT_START}[01]?,(?=[0-9])|,', re.DOTALL)

# A locale of POSIX has an underscore and may have a character set: fr_CA.UTF-8.
_RANGE = r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*"
_LANGUAGE_RANGE = re.compile(rf"(?P<range>{_RANGE})(?:\.[A-Za-z0-9-]{{1,20}})?")
# RFC 9110 §12.4.2 allows at most three decimals after a point, no space around "=", and no empty parameter. Some
# clients send them nevertheless, or a decimal comma, or no 0 before the point.
_WEIGHT = r"0(?:[.,][0-9]*+)?|[.,][0-9]++|1(?:[.,]0*+)?"
_MEMBER = re.compile(
    rf"[ \t]*+(?P<range>\*|{_LANGUAGE_RANGE.pattern.replace('?P<range>', '?:')})[ \t]*+"
    rf"(?:{_WEIGHT_START}(?P<weight>{_WEIGHT})[ \t]*+)?(?:;[ \t]*+)*+"
)


@dataclass(frozen=True, slots=True)
class _WeightedRange:
    """A language range, lowercase as in the header, with its weight from 0 to 1 (RFC 9110 §12.5.4)."""

    range: str
    weight: float


def negotiate(header: str, *, default: Language) -> Language | None:
    """Return the language that an Accept-Language header prefers, or None if it expresses no usable preference.

    Follows RFC 9110 §12.5.4 and RFC 4647 §3.4. The range with the highest weight that matches French or English
    wins; among equal weights, the first. `*` matches the default, or the other language if the default is excluded.
    A weight of 0 excludes its range: `en;q=0` excludes English even if `en-US` is also present, while `en-US;q=0`
    excludes nothing. If no range matches and only the default is excluded, the other language is returned.

    A member whose meaning is plain in spite of its form is read: `en_US`, `fr_CA.UTF-8`, and the weights `0,8`, `.8`
    and `1.0000`. Other malformed members, and members after the first `MAX_MEMBERS`, are ignored.
    """
    ranges = [parsed for member in islice(_members(header), MAX_MEMBERS) if (parsed := _parse_member(member))]
    excluded = {candidate.range for candidate in ranges if not candidate.weight}
    usable = [language for language in (default, *LANGUAGES) if language not in excluded]
    for candidate in sorted(ranges, key=lambda candidate: -candidate.weight):
        language = usable[0] if candidate.range == "*" and usable else parse_language(candidate.range)
        if candidate.weight and language in usable:
            return language
    return usable[0] if usable and default in excluded else None


def choose_language(
    *, parameter: str | None, cookie: str | None, accept_language: str | None, default: Language
) -> Language:
    """Return the language of a response: the first of these, in this order, that names a supported language.

    A value that names no supported language is skipped. `accept_language` is the header's value.
    """
    return (
        parse_language(parameter or "")
        or parse_language(cookie or "")
        or negotiate(accept_language or "", default=default)
        or default
    )


def parse_language(text: str) -> Language | None:
    """Return the supported language that matches a tag (RFC 4647 §3.4: "FR", "fr-CA", "fr_CA" → "fr"), or None."""
    if not _LANGUAGE_RANGE.fullmatch(text):
        return None
    primary = text.replace("_", "-").partition("-")[0].partition(".")[0].lower()
    return next((language for language in LANGUAGES if language == primary), None)


def _members(header: str) -> Iterator[str]:
    """Yield the parts between commas outside quoted strings. An unclosed quote is an ordinary character."""
    start = 0
    for match in _QUOTED_OR_COMMA.finditer(header):
        if match[0] == ",":
            yield header[start : match.start()]
            start = match.end()
        elif match[0].startswith('"') and match["end"] != '"':
            yield from header[start:].split(",")
            return
    yield header[start:]


def _parse_member(member: str) -> _WeightedRange | None:
    match = _MEMBER.fullmatch(member)
    if not match:
        return None
    return _WeightedRange(range=match["range"].lower(), weight=float((match["weight"] or "1").replace(",", ".")))
