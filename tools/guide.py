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

# Each chapter's slug in the URL, the same in both languages, and its files under docs/guide, in reading order.
CHAPTERS: Mapping[str, Mapping[str, str]] = {
    "index": {"fr": "index", "en": "index"},
    "start": {"fr": "mise-en-route", "en": "getting-started"},
    "partners": {"fr": "partenaires", "en": "partners"},
    "import": {"fr": "importer", "en": "import"},
    "time": {"fr": "gagner-du-temps", "en": "saving-time"},
    "coverage": {"fr": "zone-de-couverture", "en": "coverage-area"},
    "simulation": {"fr": "simulation-de-visite", "en": "visit-simulation"},
    "why": {"fr": "pourquoi", "en": "why"},
    "history": {"fr": "historique", "en": "history"},
    "trash": {"fr": "corbeille", "en": "trash"},
    "settings": {"fr": "reglages-generaux", "en": "general-settings"},
    "accounts": {"fr": "comptes", "en": "accounts"},
    "api": {"fr": "api", "en": "api"},
    "website": {"fr": "site-web", "en": "website"},
    "preferences": {"fr": "preferences", "en": "preferences"},
    "password": {"fr": "mot-de-passe-et-sessions", "en": "password-and-sessions"},
}
LANGUAGES = ("fr", "en")
SOURCES = Path("docs/guide")
BUILT = Path("src/renvoi/console/templates/guide")
OUTLINE = "outline.json"

_ROOT = Path(__file__).parents[1]
_LEVELS = {"h2": 2, "h3": 3}
# Django's templates would interpret these. A misplaced {#id} leaves one behind too.
_TEMPLATE_SYNTAX = re.compile(r"\{[{%#]")


class GuideError(ValueError):
    """A chapter can't be built. The message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Section:
    """The content under one heading. The section before the first heading has neither id nor title."""

    id: str
    title: str
    level: int
    parts: tuple[Element, ...]

    @property
    def text(self) -> str:
        """The section's text, without markup."""
        return " ".join(text for part in self.parts if (text := _text(part)))

    @property
    def labels(self) -> list[str]:
        """The texts in bold: labels of the console's pages."""
        return [_text(bold) for part in self.parts for bold in part.iter("strong")]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter in one language. `body` is what is under the title; its links name files, as in the source."""

    address: str
    file: str
    title: str
    body: Element

    @property
    def ids(self) -> list[str]:
        """All ids in the chapter: the possible targets of links."""
        return [name for element in self.body.iter() if (name := element.get("id"))]

    @property
    def steps(self) -> list[str]:
        """The ids of the numbered steps; an empty string for a step without id."""
        return [step.get("id", "") for steps in self.body.iter("ol") for step in steps]

    @property
    def sections(self) -> list[Section]:
        """The sections, in order."""
        parts = tuple(self.body)
        marks = [place for place, part in enumerate(parts) if part.tag in _LEVELS] + [len(parts)]
        sections = [Section("", "", 1, parts[: marks[0]])]
        for start, end in pairwise(marks):
            heading = parts[start]
            level = _LEVELS[heading.tag]
            sections.append(Section(heading.get("id", ""), _text(heading), level, parts[start + 1 : end]))
        return sections


def read_guide(root: Path, language: str) -> list[Chapter]:
    """Return the chapters in that language. Raises GuideError if one can't be read."""
    folder = root / SOURCES / language
    return [read_chapter(folder / f"{files[language]}.md", address=address) for address, files in CHAPTERS.items()]


def read_chapter(path: Path, *, address: str) -> Chapter:
    """Read one chapter, whose first line is the title. Raises GuideError."""
    first_line, _, text = path.read_text(encoding="utf-8").partition("\n")
    if not first_line.startswith("# "):
        raise GuideError(f"{path}: the first line is the title, # …")
    page = _renderer().convert(text)
    if match := _TEMPLATE_SYNTAX.search(page):
        raise GuideError(f"{path}: {page[match.start() :][:20]} is not text; put an id on a line of its own")
    chapter = Chapter(address, path.name, first_line.removeprefix("# ").strip(), fromstring(f"<div>{page}</div>"))  # noqa: S314 (our own)
    if not all(chapter.steps):
        raise GuideError(f"{path}: {chapter.steps.count('')} numbered steps have no id")
    if duplicates := {name for name in chapter.ids if chapter.ids.count(name) > 1}:
        raise GuideError(f"{path}: {sorted(duplicates)} occur twice")
    return chapter


def render_chapter(chapter: Chapter, *, guide: list[Chapter]) -> str:
    """Return the chapter as a template in which links between chapters are URLs of the console. Raises GuideError."""
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
    """Write every template and the outline. Raises GuideError before anything built earlier is replaced."""
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
    # Written last: make takes this file as proof that the guide is complete.
    (built / OUTLINE).write_text(json.dumps(outline, ensure_ascii=False), encoding="utf-8")


def _outline_of(chapter: Chapter) -> dict[str, Any]:
    sections = [[part.id, part.title, part.level, part.text] for part in chapter.sections]
    return {"address": chapter.address, "title": chapter.title, "sections": sections}


def _path(address: str) -> str:
    return "{% url 'console:help' %}" if address == "index" else f"{{% url 'console:help_chapter' '{address}' %}}"


def _renderer() -> Any:
    return markdown.Markdown(
        extensions=["attr_list", "sane_lists", "tables", "toc"],
        # Each heading links to itself.
        extension_configs={"toc": {"anchorlink": True, "anchorlink_class": "anchor", "toc_depth": "2-3"}},
    )


def _words(element: Element) -> Iterator[str]:
    """Yield the texts within; separate cells and steps are separated by a space."""
    yield element.text or ""
    for part in element:
        yield from _words(part)
        yield (" " if part.tag in {"li", "td", "th", "tr", "ul", "ol"} else "") + (part.tail or "")


def _text(element: Element) -> str:
    # A no-break space is a part of the text; line ends and indentation are not.
    return re.sub(r"[ \n]+", " ", "".join(_words(element))).strip(" ")


if __name__ == "__main__":
    build_guide(_ROOT)
