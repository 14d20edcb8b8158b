"""Split the French guide into sentences, and read the reviewed tables that say which test performs each of them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from tools.guide import Chapter

TABLES = "tests/guide/promises"
# What a sentence is that promises nothing: it tells the reader what to do (step, advice), points to another passage
# (link), introduces what follows (lead), or describes the world and not the product (definition).
KINDS = ("step", "advice", "link", "lead", "definition")

_SENTENCE = re.compile(r"(?:«[^»]*»|[^«])+?(?:(?<=[.?!])|(?<=[.?!]\u00a0»))(?= [«\u00a0]*[A-ZÀ-Þ]|$)|.+$")
_TEST = re.compile(r"(^|::)[Tt]est\w*$")
_LISTS = {"ol", "ul"}


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence of the guide: the section that it is in, and the tests that perform it, or its kind."""

    section: str
    sentence: str
    answers: tuple[str, ...] = ()


def sentences_of(chapter: Chapter) -> list[Promise]:
    """Return the sentences under the headings of the chapter, without answers, in order."""
    return [
        Promise(section.id, sentence)
        for section in chapter.sections
        for part in section.parts
        for block in _blocks(part)
        for sentence in _split(block)
    ]


def read_table(path: Path) -> list[Promise]:
    """Return the rows of one table: [section], then each sentence with its answers indented under it."""
    promises: list[Promise] = []
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith(" "):
            last = promises.pop()
            promises.append(Promise(last.section, last.sentence, (*last.answers, line.strip())))
        elif line and not line.startswith("#"):
            promises.append(Promise(section, line))
    return promises


def count_tests(path: Path) -> Counter[str]:
    """Return how many tests of a module have each name: test_…, Class::test_… and TestClass, which runs inherited ones.

    The module's source is read, and not run.
    """
    if not path.is_file():
        return Counter()
    names: Counter[str] = Counter()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names[node.name] += 1
        elif isinstance(node, ast.ClassDef):
            names[node.name] += node.name.startswith("Test")
            for method in (one.name for one in node.body if isinstance(one, ast.FunctionDef)):
                names[method] += 1
                names[f"{node.name}::{method}"] += 1
    return Counter({name: count for name, count in names.items() if _TEST.search(name)})


def _blocks(part: Element) -> Iterator[str]:
    """Yield the text of each paragraph, list item and row of a table; a nested list is not a part of its item."""
    if part.tag in _LISTS:
        for item in part:
            yield _text(item)
            yield from (text for nested in item if nested.tag in _LISTS for text in _blocks(nested))
    elif part.tag == "table":
        yield from (" | ".join(_text(cell) for cell in row) for row in part.iter("tr") if row.find("td") is not None)
    else:
        yield _text(part)


def _text(element: Element) -> str:
    """Return the text without markup and nested lists; a no-break space is a part of it, line ends are not."""
    words = [element.text or ""]
    for part in element:
        words += ["" if part.tag in _LISTS else "".join(part.itertext()), part.tail or ""]
    return re.sub(r"[ \n]+", " ", "".join(words)).strip(" ")


def _split(text: str) -> list[str]:
    return [match.group().strip(" ") for match in _SENTENCE.finditer(text)]
