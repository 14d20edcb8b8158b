"""What outgrows its room: modules, functions, templates, scripts, folders; and what is too small without a reason."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, plant, project_files

MODULE, SMALL, FUNCTION, FOLDER = 300, 30, 25, 9
PAGES = {".html": 120, ".js": 150}
WIDTH = 160
"""Characters of a template's line."""
REASONS = "tests/architecture/small_modules.txt"
# A package's first file, a command's entry and what Django asks for are small by nature.
_SMALL_BY_NATURE = {"__init__.py", "__main__.py", "apps.py", "urls.py"}


def too_large(root: Path) -> Iterator[str]:
    """Each module, function, template or script that is over its limit."""
    for path in _modules(root):
        name, text = _name(path, root), path.read_text(encoding="utf-8")
        if (lines := len(text.splitlines())) > MODULE:
            yield f"{name}: {lines} lines, over {MODULE}: it is two rooms"
        if path.is_relative_to(root / "src"):
            yield from (f"{name}: {function}" for function in _long_functions(text))
    for path in project_files(root, *PAGES, under="src"):
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > (limit := PAGES[path.suffix]):
            yield f"{_name(path, root)}: {lines} lines, over {limit}"


def too_wide(root: Path) -> Iterator[str]:
    """Each line of a template that is over its limit."""
    for path in project_files(root, ".html", under="src"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if len(line) > WIDTH:
                yield f"{_name(path, root)}:{number}: {len(line)} characters, over {WIDTH}"


def crowded(root: Path) -> Iterator[str]:
    """Each folder of the product that holds a tenth module."""
    counted = Counter(
        path.parent
        for path in project_files(root, ".py", under="src")
        if path.name != "__init__.py" and path.parent.name != "migrations"
    )
    for folder, modules in sorted(counted.items()):
        if modules > FOLDER:
            yield f"{_name(folder, root)}: {modules} modules, over {FOLDER}: it is two folders"


def small(root: Path) -> Iterator[str]:
    """Each small module of the product without a reason, and each reason without its small module."""
    listed = dict(_reasons(root / REASONS))
    found = {
        _name(path, root)
        for path in _modules(root)
        if path.is_relative_to(root / "src")
        and path.name not in _SMALL_BY_NATURE
        and len(path.read_text(encoding="utf-8").splitlines()) < SMALL
    }
    yield from (
        f"{name}: under {SMALL} lines; join it to another, or say why in {REASONS}" for name in found - {*listed}
    )
    yield from (f"{REASONS}: {name} is not a small module" for name in sorted({*listed} - found))
    yield from (f"{REASONS}: {name} has no reason" for name in sorted(found) if not listed.get(name, "-"))


def test_nothing_outgrows_its_room() -> None:
    assert "\n".join(too_large(ROOT)) == ""


def test_no_line_of_a_template_is_too_wide() -> None:
    assert "\n".join(too_wide(ROOT)) == ""


def test_no_folder_has_a_tenth_module() -> None:
    assert "\n".join(crowded(ROOT)) == ""


def test_a_small_module_has_a_reason() -> None:
    assert "\n".join(small(ROOT)) == ""


def test_the_limits_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    body = "    x = 1\n\n    # why\n" * FUNCTION
    plant(
        tmp_path,
        {
            "src/renvoi/full.py": "x = 1\n" * MODULE,
            "src/renvoi/function.py": f'def work() -> None:\n    """One.\n\n    Two.\n    """\n{body}',
            "src/renvoi/page.html": f"{'x' * WIDTH}\n" * 120,
            "src/renvoi/page.js": ";\n" * 150,
            **{f"src/renvoi/room/m{number}.py": "x = 1\n" * SMALL for number in range(FOLDER)},
            "src/renvoi/room/__init__.py": "",
            REASONS: "# nothing\n",
        },
    )
    assert [*too_large(tmp_path), *too_wide(tmp_path), *crowded(tmp_path), *small(tmp_path)] == []


_PADDING = "x = 1\n" * SMALL
_ITEMS = "      1,\n" * FUNCTION
PLANTED = {
    "module": {"src/renvoi/a.py": "x = 1\n" * (MODULE + 1)},
    "test module": {"tests/test_a.py": "x = 1\n" * (MODULE + 1)},
    "function": {"src/renvoi/a.py": "def work() -> None:\n" + "    x = 1\n" * (FUNCTION + 1) + _PADDING},
    "method": {"src/renvoi/a.py": f"class A:\n  async def work(self):\n    return [\n{_ITEMS}    ]\n{_PADDING}"},
    "template": {"src/renvoi/page.html": "<p>\n" * 121},
    "line of a template": {"src/renvoi/page.html": f"<p>{'x' * WIDTH}\n"},
    "script": {"src/renvoi/static/page.js": ";\n" * 151},
    "folder": {f"src/renvoi/room/m{number}.py": "x = 1\n" * SMALL for number in range(FOLDER + 1)},
    "small": {"src/renvoi/a.py": "x = 1\n" * (SMALL - 1)},
    "a reason for nothing": {REASONS: "src/renvoi/gone.py: it was small\n"},
    "an empty reason": {"src/renvoi/a.py": "x = 1\n", REASONS: "src/renvoi/a.py:\n"},
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_said(name: str, tmp_path: Path) -> None:
    plant(tmp_path, {REASONS: "", "src/renvoi/__init__.py": "", "tests/__init__.py": ""} | PLANTED[name])
    assert len([*too_large(tmp_path), *too_wide(tmp_path), *crowded(tmp_path), *small(tmp_path)]) == 1


def _modules(root: Path) -> list[Path]:
    return [path for path in project_files(root, ".py") if path.parent.name != "migrations"]


def _long_functions(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _length(node, lines)
            if length > FUNCTION:
                yield f"{node.name}() has {length} lines, over {FUNCTION}"


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """The lines of its statements: not the signature, the docstring, comments and blank lines."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body:
        return 0
    code = (line.strip() for line in lines[body[0].lineno - 1 : body[-1].end_lineno])
    return sum(1 for line in code if line and not line.startswith("#"))


def _reasons(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(":")
            yield name.strip(), reason.strip()


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
