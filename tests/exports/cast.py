"""Tables and hostile texts for the tests of the exports."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from renvoi.exports.table import Column, Row, Table
from tests.corpora import Kind, corpus

COLUMNS = (
    Column("Numéro", kind="number"),
    Column("Nom", kind="name"),
    Column("Adresse", kind="link"),
    Column("Texte", kind="text"),
    Column("In English", kind="text", language="en"),
    Column("État", kind="fact"),
    Column("Rang", kind="number"),
)
ALO: Row = ("1", "Aló Brasil", "https://alobrasil.example/fr", "Portugais et anglais.", "Portuguese.", "Actif", "5")
HOSTILE: Sequence[Kind] = ("naughty_strings", "csv_formulas", "xss", "sql", "ssti", "crlf", "open_redirects")

_UNSTORABLE = {"\0"} | {chr(code) for code in range(0xD800, 0xE000)}


def a_table(*rows: Row, columns: Sequence[Column] = COLUMNS, **changes: Any) -> Table:
    """A table in French. Its rows can be read only once, like those of a generator."""
    fields: dict[str, Any] = {
        "title": "Répertoire",
        "language": "fr",
        "about": ("Téléphonie Boréale", "2026-11-22", "12 de 312, triés par nom"),
    }
    return Table(columns=tuple(columns), rows=iter(rows), count=len(rows), **fields | changes)


def a_row(number: int, text: str) -> Row:
    """A row that contains the text in every column that may contain it."""
    return (str(number), text or "–", f"https://{number}.example/", text, text, text, str(number % 10))


def hostile_texts() -> list[str]:
    """Hostile texts as a field stores them: see `as_stored`."""
    return [*dict.fromkeys(map(as_stored, (text for name in HOSTILE for text in corpus(name))))]


def as_stored(text: str) -> str:
    """The text as a field of 255 characters stores it: in NFC, with LF line ends, without unstorable characters and
    surrounding white space, and truncated."""
    storable = "".join(character for character in text if character not in _UNSTORABLE)
    lines = storable.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines)[:255].strip().strip("\ufeff")


def cells(rows: Iterable[Row]) -> list[str]:
    return [cell for row in rows for cell in row]
