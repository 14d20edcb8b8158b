"""Hides how the guide is read as tools/guide.py has built it: its chapters, their headings, searching in them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from renvoi.domain.places import Language, fold

_OUTLINE = Path(__file__).parent / "templates" / "guide" / "outline.json"
_FIRST = "index"
_WORD = re.compile(r"\w+|\W+")
# In words and what stands between them.
_EXCERPT, _LEAD = 56, 12


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of a chapter, with what stands under it as plain text; the first of each has neither id nor title."""

    id: str
    title: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter of the guide in one language."""

    address: str
    title: str
    sections: tuple[Section, ...]
    template: str

    @property
    def path(self) -> str:
        """Where the console serves it: alike in both languages."""
        if self.address == _FIRST:
            return reverse("console:help")
        return reverse("console:help_chapter", args=[self.address])

    @property
    def headings(self) -> tuple[Section, ...]:
        """The sections that have one."""
        return tuple(section for section in self.sections if section.id)


@dataclass(frozen=True, slots=True)
class Found:
    """One section that a search found. `excerpt` is (a word or what stands between two, whether it matches)."""

    path: str
    chapter: str
    title: str
    excerpt: list[tuple[str, bool]]


@cache
def chapters_in(language: Language) -> tuple[Chapter, ...]:
    """The chapters, in the order of reading; the first is the page Aide itself."""
    try:
        outline = json.loads(_OUTLINE.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ImproperlyConfigured("The guide is not built: run `make guide`, or install Renvoi again.") from error
    return tuple(
        Chapter(
            address=chapter["address"],
            title=chapter["title"],
            sections=tuple(Section(*section) for section in chapter["sections"]),
            template=f"guide/{language}/{chapter['address']}.html",
        )
        for chapter in outline[language]
    )


def find_sections(query: str, *, language: Language) -> list[Found]:
    """The sections that hold every word, whatever its case and accents: first those whose titles do."""
    words = fold(query).split()
    found = [
        (not _holds(section.title or chapter.title, words), place, _found(chapter, section, words))
        for place, (chapter, section) in enumerate(_all_sections(language))
        if words and _holds(f"{section.title or chapter.title} {section.text}", words)
    ]
    return [one for _, _, one in sorted(found, key=lambda entry: entry[:2])]


def _all_sections(language: Language) -> Iterator[tuple[Chapter, Section]]:
    return ((chapter, section) for chapter in chapters_in(language) for section in chapter.sections)


def _found(chapter: Chapter, section: Section, words: Sequence[str]) -> Found:
    marked = [(word, any(sought in fold(word) for sought in words)) for word in _WORD.findall(section.text)]
    first = next((place for place, (_, is_match) in enumerate(marked) if is_match), 0)
    start = max(0, first - _LEAD)
    before = [("…", False)] if start else []
    after = [("…", False)] if start + _EXCERPT < len(marked) else []
    return Found(
        path=f"{chapter.path}#{section.id}" if section.id else chapter.path,
        chapter=chapter.title,
        title=section.title or chapter.title,
        excerpt=[*before, *marked[start : start + _EXCERPT], *after],
    )


def _holds(text: str, words: Sequence[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in words)
