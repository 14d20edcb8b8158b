"""Render every message with a name, for names that French treats apart: `python -m tests.console.named_sentences`.

The output is the reviewed file named_sentences.txt: its English, then a line for each name, in English and in French.
The names begin with a vowel, a silent h, a small letter and a digit.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.utils.translation import override

from renvoi.domain.places import Language
from tools.messages.catalogues import DOMAINS, entries, read_catalogue

TABLE = Path(__file__).with_suffix(".txt")
NAMES = ("Éperlan", "Hydro Nord", "eau vive", "3CX")

_ROOT = Path(__file__).parents[2]
_NAME = re.compile(r"%\((?:name|of_name|names|old|user|who)\)s")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
_OTHERS = {
    "count": ("2,500", "2\u00a0500"),
    "at": ("2026-11-22 at 14:05", "2026-11-22 à 14\u00a0h\u00a005"),
    "countries": ("Brazil", "Brésil"),
    "file": ("1", "1"),
    "row": ("2", "2"),
    "shown": ("1", "1"),
    "stored": ("2", "2"),
}


def rendered() -> Iterator[str]:
    """Yield the lines of the table, sorted by message."""
    for english, french in sorted(_messages()):
        yield f"= {english}"
        for name in NAMES:
            yield f"{_filled(english, name, 'en')} | {_filled(french, name, 'fr')}"


def _messages() -> Iterator[tuple[str, str]]:
    """Yield each message with a name; of those with a plural, the singular."""
    for domain in DOMAINS:
        for entry in entries(read_catalogue(domain.path(_ROOT))):
            english, french = (
                text if isinstance(text, str) else (text or ("",))[0] for text in (entry.id, entry.string)
            )
            if _NAME.search(english):
                yield english, french


def _filled(sentence: str, name: str, language: Language) -> str:
    from renvoi.console.sentences import of

    def value(match: re.Match[str]) -> str:
        if match[1] == "of_name":
            with override(language):
                return of(name)
        other = _OTHERS.get(match[1])
        return other[language == "fr"] if other else name

    return _PLACEHOLDER.sub(value, sentence)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.stdout.write("\n".join(rendered()) + "\n")
