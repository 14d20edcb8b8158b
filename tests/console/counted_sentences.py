"""Render every message with a plural for 0, 1, 2 and 1,000: `python -m tests.console.counted_sentences`.

The output is the reviewed file counted_sentences.txt, one block a message: its English singular, then a line for each
number, in English and in French. A message whose French singular names no number is never shown for 0.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.messages.catalogues import DOMAINS, entries, read_catalogue

TABLE = Path(__file__).with_suffix(".txt")
NUMBERS = (0, 1, 2, 1_000)

_ROOT = Path(__file__).parents[2]
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%d|\{(\w+)\}|#")
_NUMBER = re.compile(
    r"%\((?:all|after|before|count|done|found|limit|max_length|number|over|shown|ticked|total)\)[sd]|%d|#"
)
# What a script chooses from, by Intl.PluralRules.
_SCRIPTED = ("# character left", "# characters left")
# What else stands in the sentences. The names begin with a vowel.
_OTHERS = {
    "all": ("5,000", "5\u00a0000"),
    "at": ("2026-11-22 at 14:05", "2026-11-22 à 14\u00a0h\u00a005"),
    "limit": ("255", "255"),
    "names": ("Éperlan and Orée", "Éperlan et Orée"),  # or the first alone
}


def rendered() -> Iterator[str]:
    """Yield the lines of the table, sorted by message."""
    for singular, english, french in sorted(_messages()):
        yield f"= {singular}"
        is_for_zero = any((match[1] or match[2]) not in _OTHERS for match in _PLACEHOLDER.finditer(french[0]))
        for number in NUMBERS if is_for_zero else NUMBERS[1:]:
            yield f"{_filled(english[number != 1], number, 0)} | {_filled(french[number > 1], number, 1)}"


def with_one_form() -> Iterator[str]:
    """Yield the English of each message that has a number, but the same form for every number."""
    for domain in DOMAINS:
        for entry in entries(read_catalogue(domain.path(_ROOT))):
            has_number = isinstance(entry.id, str) and _NUMBER.search(entry.id)
            # The count of a country's announcement is a sentence of its own.
            if has_number and "%(country)s" not in entry.id and entry.id not in _SCRIPTED:
                yield str(entry.id)


def _messages() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    for domain in DOMAINS:
        for entry in entries(read_catalogue(domain.path(_ROOT))):
            if isinstance(entry.id, tuple):  # a message with a plural
                yield entry.id[0], entry.id, tuple(entry.string or ())
    catalogue = read_catalogue(DOMAINS[0].path(_ROOT))
    yield _SCRIPTED[0], _SCRIPTED, tuple(str(catalogue[english].string) for english in _SCRIPTED)


def _filled(sentence: str, number: int, language: int) -> str:
    figure = f"{number:,}".replace(",", "\u00a0") if language else f"{number:,}"

    def value(match: re.Match[str]) -> str:
        other = _OTHERS.get(match[1] or match[2] or "")
        if other and match[1] == "names" and number == 1:
            return "Éperlan"
        return other[language] if other else figure

    return _PLACEHOLDER.sub(value, sentence)


if __name__ == "__main__":
    sys.stdout.write("\n".join(rendered()) + "\n")
