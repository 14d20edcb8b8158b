"""Read a PDF in rows back: the text of its rows, and where each word stands."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from renvoi.exports.table import Row, Table
from tests.exports.reading import EMPTY, bare, is_composed, letters, text_pages
from tests.programs import require

_WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">')


class Word(NamedTuple):
    """The edges of a word, in points from the upper left corner of its page."""

    left: float
    top: float
    right: float
    bottom: float


def require_rows(table: Table, rows: Sequence[Row], content: bytes) -> Counter[str]:
    """Fail unless the text of the PDF is the title, the description, and every cell of every row in order.

    Each page begins with its header and the headings, and ends with its number. Texts are compared as by
    `require_all_in_order`: a cell whose letters poppler reorders, by its characters. No cell may be broken by a page.
    Returns how many cells were compared "exactly", and how many "by characters".
    """
    text, compared = "".join(_rows_text(table, text_pages(content))), Counter[str]()
    index = 0
    runs = [(is_by_letters, [*run]) for is_by_letters, run in groupby(_cells(rows), key=is_composed)]
    for number, (is_by_letters, cells) in enumerate(runs):
        expected = bare("".join(cells))
        if is_by_letters:
            following = bare(runs[number + 1][1][0]) if number + 1 < len(runs) else ""
            end = text.index(following, index + 1) if following else len(text)
            assert not Counter(letters(expected)) - Counter(letters(text[index:end])), cells
            assert set(letters(text[index:end])) <= set(letters(expected)), cells
        else:
            end = index + len(expected)
            assert text[index:end] == expected
        index = end
        compared["by characters" if is_by_letters else "exactly"] += len(cells)
    assert text[index:] == ""
    return compared


def _cells(rows: Sequence[Row]) -> Iterator[str]:
    return (cell or EMPTY for row in rows for cell in row)


def _rows_text(table: Table, pages: Sequence[str]) -> Iterator[str]:
    header, headings = bare(table.title + "·".join(table.about)), bare("".join(table.headings))
    for number, page in enumerate(pages, start=1):
        lines = page.rstrip("\n").split("\n")
        assert lines[-1] == f"{number} / {len(pages)}", lines[-1]
        text = bare("".join(lines[:-1]))
        start = (header if number > 1 else bare(table.title + "".join(table.about))) + headings
        assert text.startswith(start), text[: len(start) + 20]
        yield text[len(start) :]


def words(content: bytes) -> list[Word]:
    """The words of all pages."""
    require("pdftotext")
    ran = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=content, capture_output=True, check=True, timeout=120)
    return [Word(*map(float, match)) for match in _WORD.findall(ran.stdout.decode())]
