"""Build the user's guide of the console: read Markdown, write Django templates and an outline.

`python -m tools.guide` builds it, and so does every installation (tools/build_hook.py). The result is never committed.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import markdown

# Each chapter's address, alike in both languages, and its files under docs/guide; in the order of reading.
CHAPTERS: Mapping[str, Mapping[str, str]] = {
    "index": {"fr": "index", "en": "index"},
    "partners": {"fr": "partenaires", "en": "partners"},
    "time": {"fr": "gagner-du-temps", "en": "saving-time"},
    "coverage": {"fr": "zone-de-couverture", "en": "coverage-area"},
    "trash": {"fr": "corbeille", "en": "trash"},
    "settings": {"fr": "reglages-generaux", "en": "general-settings"},
    "preferences": {"fr": "preferences", "en": "preferences"},
}
LANGUAGES = ("fr", "en")
SOURCES = Path("docs/guide")
BUILT = Path("src/renvoi/console/templates/guide")
OUTLINE = "outline.json"

_ROOT = Path(__file__).parents[1]
_LEVELS = {"h2": 2, "h3": 3}
# What Django's templates would take for their own; also what is left of an id in the wrong place.
_TEMPLATE_SYNTAX = re.compile(r"\{[{%#]")


class GuideError(ValueError):
    """A chapter can't become a page; the text names the file and the fault."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading; before the first one it has neither id nor title."""

    id: str
    title: str
    level: int
    parts: tuple[Element, ...]

    @property
    def text(self) -> str:
        """Without markup."""
        return " ".join(text for part in self.parts if (text := _text(part)))

    @property
    def labels(self) -> list[str]:
        """What it has in bold: the words that are on the page of the console."""
        return [_text(bold) for part in self.parts for bold in part.iter("strong")]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter in one language. `body` holds what is under the title; its links name files, as in the source."""

    address: str
    file: str
    title: str
    body: Element

    @property
    def ids(self) -> list[str]:
        """Everything that a link may point at."""
        return [name for element in self.body.iter() if (name := element.get("id"))]

    @property
    def steps(self) -> list[str]:
        """The ids of the numbered steps."""
        return [step.get("id", "") for steps in self.body.iter("ol") for step in steps]

    @property
    def sections(self) -> list[Section]:
        """Its parts, in order."""
        parts = tuple(self.body)
        marks = [place for place, part in enumerate(parts) if part.tag in _LEVELS] + [len(parts)]
        sections = [Section("", "", 1, parts[: marks[0]])]
        for start, end in pairwise(marks):
            heading = parts[start]
            level = _LEVELS[heading.tag]
            sections.append(Section(heading.get("id", ""), _text(heading), level, parts[start + 1 : end]))
        return sections


def read_guide(root: Path, language: str) -> list[Chapter]:
    """The chapters in that language. Raises GuideFault for one that can't be read."""
    folder = root / SOURCES / language
    return [read_chapter(folder / f"{files[language]}.md", address=address) for address, files in CHAPTERS.items()]


def read_chapter(path: Path, *, address: str) -> Chapter:
    """One chapter: its title is the first line. Raises GuideFault."""
    first_line, _, text = path.read_text(encoding="utf-8").partition("\n")
    if not first_line.startswith("# "):
        raise GuideError(f"{path}: the first line is the title, # …")
    page = _renderer().convert(text)
    if match := _TEMPLATE_SYNTAX.search(page):
        raise GuideError(f"{path}: {page[match.start() :][:20]} is no text; an id stands on a line of its own")
    chapter = Chapter(address, path.name, first_line.removeprefix("# ").strip(), fromstring(f"<div>{page}</div>"))  # noqa: S314 (our own)
    if not all(chapter.steps):
        raise GuideError(f"{path}: {chapter.steps.count('')} numbered steps have no id")
    if duplicates := {name for name in chapter.ids if chapter.ids.count(name) > 1}:
        raise GuideError(f"{path}: {sorted(duplicates)} stand twice")
    return chapter


def render_chapter(chapter: Chapter, *, guide: list[Chapter]) -> str:
    """The chapter's template: links between chapters lead where the console serves them. Raises GuideFault."""
    body = fromstring(tostring(chapter.body))  # noqa: S314 (our own; a copy)
    by_file = {other.file: other for other in guide} | {"": chapter}
    for link in body.iter("a"):
        file, _, anchor = link.get("href", "").partition("#")
        target = by_file.get(file)
        if target is None or (anchor and anchor not in target.ids):
            raise GuideError(f"{chapter.file}: there is no {link.get('href')}")
        path = "" if target is chapter else _path(target.address)
        link.set("href", f"{path}#{anchor}" if anchor else path)
    return "".join(tostring(part, encoding="unicode", method="html") for part in body)


def build_guide(root: Path) -> None:
    """Writes every template and the outline. Raises GuideFault, and then leaves what was built before."""
    outline: dict[str, Any] = {}
    pages: dict[Path, str] = {}
    for language in LANGUAGES:
        guide = read_guide(root, language)
        pages |= {Path(language, f"{chapter.address}.html"): render_chapter(chapter, guide=guide) for chapter in guide}
        outline[language] = [_outline_of(chapter) for chapter in guide]
    built = root / BUILT
    shutil.rmtree(built, ignore_errors=True)
    for path, page in pages.items():
        (built / path).parent.mkdir(parents=True, exist_ok=True)
        (built / path).write_text(f"{page}\n", encoding="utf-8")
    # Last: make takes this file for the whole.
    (built / OUTLINE).write_text(json.dumps(outline, ensure_ascii=False), encoding="utf-8")


def _outline_of(chapter: Chapter) -> dict[str, Any]:
    sections = [[part.id, part.title, part.level, part.text] for part in chapter.sections]
    return {"address": chapter.address, "title": chapter.title, "sections": sections}


def _path(address: str) -> str:
    return "{% url 'console:help' %}" if address == "index" else f"{{% url 'console:help_chapter' '{address}' %}}"


def _renderer() -> Any:
    return markdown.Markdown(
        extensions=["attr_list", "sane_lists", "tables", "toc"],
        # Each heading is a link to itself.
        extension_configs={"toc": {"anchorlink": True, "anchorlink_class": "anchor", "toc_depth": "2-3"}},
    )


def _words(element: Element) -> Iterator[str]:
    """The words within, so that what stands in another cell or step is another word."""
    yield element.text or ""
    for part in element:
        yield from _words(part)
        yield (" " if part.tag in {"li", "td", "th", "tr", "ul", "ol"} else "") + (part.tail or "")


def _text(element: Element) -> str:
    # A no-break space is a part of the text; line ends and indentation are not.
    return re.sub(r"[ \n]+", " ", "".join(_words(element))).strip(" ")


if __name__ == "__main__":
    build_guide(_ROOT)
