"""docs/asvs.md has each requirement of levels 1 and 2 of ASVS 5.0.0 once, with an answer that exists, or a reason."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, plant

TABLE = "docs/asvs.md"
LEVEL_1 = """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2
3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1
6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3 10.4.4
10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
"""
LEVEL_2 = """
1.1.1 1.1.2 1.2.6 1.2.7 1.2.8 1.2.9 1.3.3 1.3.4 1.3.5 1.3.6 1.3.7 1.3.8 1.3.9 1.3.10 1.3.11 1.4.1 1.4.2 1.4.3 1.5.2
2.1.2 2.1.3 2.2.3 2.3.2 2.3.3 2.3.4 2.4.1 3.3.2 3.3.3 3.3.4 3.4.3 3.4.4 3.4.5 3.4.6 3.5.4 3.5.5 3.7.1 3.7.2 4.1.2
4.1.3 4.2.1 4.3.1 4.3.2 4.4.2 4.4.3 4.4.4 5.1.1 5.2.3 5.4.1 5.4.2 5.4.3 6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3
6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4 7.1.1 7.1.2 7.1.3 7.3.1
7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2 8.1.2 8.2.3 8.4.1 9.2.2 9.2.3 9.2.4 10.1.1 10.1.2 10.2.1 10.2.2 10.3.1
10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9 10.4.10 10.4.11 10.5.1 10.5.2 10.5.3 10.5.4 10.5.5 10.6.1 10.6.2
10.7.1 10.7.2 10.7.3 11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.3 11.4.2 11.4.3 11.4.4 11.5.1 11.6.1 12.1.2 12.1.3 12.3.1
12.3.2 12.3.3 12.3.4 13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.2 13.4.3 13.4.4 13.4.5 14.1.1 14.1.2
14.2.2 14.2.3 14.2.4 14.3.2 14.3.3 15.1.2 15.1.3 15.2.2 15.2.3 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7 16.1.1 16.2.1
16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3 17.1.1 17.2.1 17.2.2
17.2.3 17.2.4 17.3.1 17.3.2
"""
_ROW = re.compile(r"\| (v5\.0\.0-[^|]+) \| ([^|]*) \| ([^|]*)(?: \| ([^|]*))? \|")
_ID = re.compile(r"v5\.0\.0-([\d.]+)")
_REFERENCE = re.compile(r"`((?:(?:docs|requirements|src|tests)/[\w./-]+|pyproject)\.\w+)(?:::([^`]+))?`")
_NOT_MET = re.compile(r"not met[\w ]*: \w")


def faults(root: Path) -> Iterator[str]:
    """Yield each requirement that is missing or listed twice, and each row without an answer or with a wrong one."""
    levels = dict.fromkeys(LEVEL_1.split(), "1") | dict.fromkeys(LEVEL_2.split(), "2")
    listed: Counter[str] = Counter()
    for match in _ROW.finditer((root / TABLE).read_text(encoding="utf-8")):
        ids = _ID.findall(match[1])
        listed.update(ids)
        if match[4] is None:
            if not match[3].strip():
                yield f"{match[1]}: does not apply, without a reason"
            continue
        if len(ids) != 1 or levels.get(ids[0]) != match[2]:
            yield f"{match[1]}: its level is not {match[2]}"
        yield from (f"{match[1]}: {fault}" for fault in _answer_faults(root, match[4]))
    yield from (f"{id_} is not listed" for id_ in levels if id_ not in listed)
    yield from (f"{id_} is listed {count} times" for id_, count in listed.items() if count > 1)
    yield from (f"{id_} is no requirement" for id_ in listed if id_ not in levels)


def _answer_faults(root: Path, answer: str) -> Iterator[str]:
    references = _REFERENCE.findall(answer)
    if not references and not _NOT_MET.match(answer):
        yield "no answer"
    for name, place in references:
        if not (root / name).is_file():
            yield f"there is no {name}"
        elif place and not _has(_content(root / name), place, suffix=Path(name).suffix):
            yield f"{name} has no {place}"


@cache
def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _has(content: str, place: str, *, suffix: str) -> bool:
    """Return whether a test, a class or a setting of Python has that name, or a document that heading."""
    name = re.escape(place)
    if suffix == ".py":
        return bool(
            re.search(rf"^\s*(?:(?:async )?def|class) {name}\b|^{name}(?:: [^=\n]+)? = ", content, re.MULTILINE)
        )
    if suffix == ".md":
        return bool(re.search(rf"^#+ {name}(?: {{#[\w-]+}})?$", content, re.MULTILINE))
    return place in content


def test_each_requirement_has_an_answer() -> None:
    assert list(faults(ROOT)) == []


def test_counts_are_those_of_the_table() -> None:
    text = (ROOT / TABLE).read_text(encoding="utf-8")
    rows = [match for match in _ROW.finditer(text) if match[4] is not None]
    unmet = [match for match in rows if match[4].startswith("not met")]
    every = len(LEVEL_1.split()) + len(LEVEL_2.split())
    counts = f"Of {every} requirements, {len(rows) - len(unmet)} are met, {len(unmet)} are not or not wholly"
    assert f"{counts}, and {every - len(rows)} do not apply." in text


def test_security_document_leads_to_the_table() -> None:
    assert "(asvs.md)" in (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("| v5.0.0-2.2.2 | 1 |", "| v5.0.0-2.2.2 | 2 |", "v5.0.0-2.2.2: its level is not 2"),
        ("| v5.0.0-2.2.2 | 1 |", "| v5.0.0-2.2.3 | 2 |", "2.2.2 is not listed"),
        ("| v5.0.0-2.2.2 | 1 |", "| v5.0.0-2.2.3 | 2 |", "2.2.3 is listed 2 times"),
        ("| v5.0.0-2.2.2 | 1 |", "| v5.0.0-99.1.1 | 2 |", "99.1.1 is no requirement"),
        ("`tests/a.py::test_a`", "`tests/a.py::test_b`", "v5.0.0-2.2.2: tests/a.py has no test_b"),
        ("`tests/a.py::test_a`", "`tests/b.py::test_a`", "v5.0.0-2.2.2: there is no tests/b.py"),
        ("`tests/a.py::test_a`", "", "v5.0.0-2.2.2: no answer"),
        ("`tests/a.py::test_a`", "not met: ", "v5.0.0-2.2.2: no answer"),
        ("| no LDAP |", "|  |", "v5.0.0-1.2.6: does not apply, without a reason"),
    ],
)
def test_planted_fault_is_reported(before: str, after: str, expected: str, tmp_path: Path) -> None:
    rows = [f"| v5.0.0-{id_} | 1 | what | not met: why |" for id_ in LEVEL_1.split() if id_ != "2.2.2"]
    rows += [f"| v5.0.0-{id_} | 2 | what | not met: why |" for id_ in LEVEL_2.split() if id_ != "1.2.6"]
    rows += ["| v5.0.0-2.2.2 | 1 | what | `tests/a.py::test_a` |", "| v5.0.0-1.2.6 | - | no LDAP |"]
    table = "\n".join(rows)
    assert before in table
    root = plant(tmp_path, {TABLE: table.replace(before, after), "tests/a.py": "def test_a() -> None: ..."})
    assert expected in list(faults(root))
    assert len(list(faults(plant(tmp_path / "right", {TABLE: table, "tests/a.py": "def test_a() -> None: ..."})))) == 0
