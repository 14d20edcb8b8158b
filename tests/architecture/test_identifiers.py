"""Identifiers of the product say what they are: none of them has a name that could be anything's."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, plant, project_files

BANNED = frozenset({"said", "told", "kept", "given", "found"})
"""Participles that say what happened to a value, and not what it is."""
VAGUE = frozenset({"service", "helper", "helpers", "utils", "common", "process", "handle", "data", "info"})
"""Names that fit everything. A module's or a function's, they hide what it does."""


def badly_named(root: Path) -> Iterator[str]:
    """Each definition in the product whose name is banned, as `path:line: name`."""
    for path in project_files(root, ".py", under="src"):
        if path.parent.name == "migrations":
            continue
        for line, name in _definitions(ast.parse(path.read_text(encoding="utf-8"))):
            if name.lstrip("_") in BANNED:
                yield f"{path.relative_to(root).as_posix()}:{line}: {name}"


def vaguely_named(root: Path) -> Iterator[str]:
    """Each module, class or function of the product whose whole name is vague."""
    for path in project_files(root, ".py", under="src"):
        name = path.relative_to(root).as_posix()
        if path.stem in VAGUE:
            yield f"{name}: {path.stem}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _is_vague(node.name):
                yield f"{name}:{node.lineno}: {node.name}"


def _is_vague(name: str) -> bool:
    return name.lower().lstrip("_") in VAGUE


def _definitions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and name of everything that is assigned, bound, declared or defined."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def test_no_identifier_is_a_bare_participle() -> None:
    assert "\n".join(badly_named(ROOT)) == ""


def test_no_module_class_or_function_has_a_vague_name() -> None:
    assert "\n".join(vaguely_named(ROOT)) == ""


@pytest.mark.parametrize(
    "line",
    [
        "kept = 1",
        "def f(given): ...",
        "def told(): ...",
        "class A:\n    def _said(self): ...",
        "class A:\n    found: int = 0",
        "def f(self):\n    self.kept = 1",
        "for found in (): ...",
        "with f() as (a, given): ...",
        "x = [1 for said in ()]",
        "if (found := f()): ...",
        "f = lambda told: 1",
        "async def f(*, given=1): ...",
        "import json as kept",
    ],
)
def test_planted_participle_is_reported(line: str, tmp_path: Path) -> None:
    plant(tmp_path, {"src/renvoi/a.py": f"{line}\n"})
    assert len([*badly_named(tmp_path)]) == 1


@pytest.mark.parametrize(
    "files",
    [
        {"src/renvoi/utils.py": ""},
        {"src/renvoi/a.py": "def handle(): ...\n"},
        {"src/renvoi/a.py": "class Helper: ...\n"},
        {"src/renvoi/a.py": "class A:\n    def _process(self): ...\n"},
    ],
)
def test_planted_vague_name_is_reported(files: dict[str, str], tmp_path: Path) -> None:
    plant(tmp_path, files)
    assert len([*vaguely_named(tmp_path)]) == 1


def test_longer_names_are_left_alone(tmp_path: Path) -> None:
    plant(tmp_path, {"src/renvoi/a.py": "not_found = kept_rows = 1\n\n\ndef data_table(): ...\n"})
    assert [*badly_named(tmp_path), *vaguely_named(tmp_path)] == []
