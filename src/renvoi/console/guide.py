"""The guide that tools/guide.py has built: its chapters, their headings, and a search in them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from renvoi.domain.names.keys import fold
from renvoi.domain.places import Language

_OUTLINE = Path(__file__).parent / "templates" / "guide" / "outline.json"
_FIRST = "index"
_WORD = re.compile(r"\w+|\W+")
# Counted in matches of _WORD: words, and what separates them.
_EXCERPT_LENGTH, _EXCERPT_LEAD = 56, 12


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a chapter, with its text as plain text. The first section of a chapter has no id and no title."""

    id: str
    title: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the guide in one language."""

    address: str
    title: str
    sections: tuple[Section, ...]
    template: str

    @property
    def path(self) -> str:
        """The URL path of the chapter, the same in both languages."""
        if self.address == _FIRST:
            return reverse("console:help")
        return reverse("console:help_chapter", args=[self.address])

    @property
    def headings(self) -> tuple[Section, ...]:
        """The sections that have a heading."""
        return tuple(section for section in self.sections if section.id)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A section that matches a search. `excerpt` holds (a word or a separator, whether it matches)."""

    path: str
    chapter: str
    title: str
    excerpt: list[tuple[str, bool]]


@cache
def chapters_in(language: Language) -> tuple[Chapter, ...]:
    """Return the chapters in reading order. The first is the page Help itself.

    Raises ImproperlyConfigured if the guide is not built.
    """
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


def find_sections(query: str, *, language: Language) -> list[SearchResult]:
    """Return the sections that contain every word, ignoring case and accents; matching titles come first."""
    words = fold(query).split()
    results = [
        (not _contains(section.title or chapter.title, words), position, _search_result(chapter, section, words))
        for position, (chapter, section) in enumerate(_all_sections(language))
        if words and _contains(f"{section.title or chapter.title} {section.text}", words)
    ]
    return [result for _, _, result in sorted(results, key=lambda ranked: ranked[:2])]


def _all_sections(language: Language) -> Iterator[tuple[Chapter, Section]]:
    return ((chapter, section) for chapter in chapters_in(language) for section in chapter.sections)


def _search_result(chapter: Chapter, section: Section, words: Sequence[str]) -> SearchResult:
    marked = [(word, any(term in fold(word) for term in words)) for word in _WORD.findall(section.text)]
    first = next((position for position, (_, is_match) in enumerate(marked) if is_match), 0)
    start = max(0, first - _EXCERPT_LEAD)
    before = [("…", False)] if start else []
    after = [("…", False)] if start + _EXCERPT_LENGTH < len(marked) else []
    return SearchResult(
        path=f"{chapter.path}#{section.id}" if section.id else chapter.path,
        chapter=chapter.title,
        title=section.title or chapter.title,
        excerpt=[*before, *marked[start : start + _EXCERPT_LENGTH], *after],
    )


def _contains(text: str, words: Sequence[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in words)
