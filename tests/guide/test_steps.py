"""Each numbered step of the guide is performed by a browser test that names it: @pytest.mark.performs("add-1", …)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.guide.cast import BROWSER, ENGLISH, FRENCH, a_guide, twins

# Steps that have no browser test yet. The last test here fails if one of them has got its test.
AWAITED: set[str] = set()


def browser_tests(root: Path) -> dict[str, list[str]]:
    """Return step → the browser tests that perform it, read from their source without running them."""
    tests: dict[str, list[str]] = {}
    for path in sorted((root / "tests" / "browser").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for step in _performed_steps(node):
                    tests.setdefault(step, []).append(f"{path.name}::{node.name}")
    return tests


def faults(root: Path, *, awaited: set[str]) -> Iterator[str]:
    """Yield each step without a test, each test of an unknown step, and each needless entry of `awaited`."""
    steps = {f"{step}": chapter.file for pair in twins(root) for chapter in pair for step in chapter.steps}
    tests = browser_tests(root)
    yield from (f"{steps[step]}: no browser test performs {step}" for step in steps.keys() - tests.keys() - awaited)
    for step in tests.keys() - steps.keys():
        yield f"{', '.join(tests[step])} performs {step}, which is not a step of the guide"
    yield from (f"{step} has its test ({tests[step][0]}): remove it from AWAITED" for step in awaited & tests.keys())
    yield from (f"{step} is awaited, but is not a step of the guide" for step in awaited - steps.keys())


def _performed_steps(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.performs":
            yield from (str(argument.value) for argument in mark.args if isinstance(argument, ast.Constant))


def test_each_step_is_performed_in_a_browser() -> None:
    assert "\n".join(sorted(faults(ROOT, awaited=AWAITED))) == ""


def test_guide_with_all_steps_performed_passes(tmp_path: Path) -> None:
    assert list(faults(a_guide(tmp_path), awaited=set())) == []


@pytest.mark.parametrize(
    ("changed", "awaited", "message"),
    [
        ({"browser": BROWSER.replace('"add-1", ', "")}, set(), "no browser test performs add-1"),
        ({"browser": BROWSER.replace("def test_", "def helps_")}, set(), "no browser test performs add-2"),
        ({"french": FRENCH + "3. Et puis?\n   {#add-3}\n"}, set(), "partenaires.md: no browser test performs add-3"),
        ({"english": ENGLISH + "3. And then?\n   {#add-3}\n"}, set(), "partners.md: no browser test performs add-3"),
        ({"browser": BROWSER.replace("add-2", "add-2', 'add-9")}, set(), "add-2', 'add-9, which is not a step"),
        ({}, {"add-1"}, "remove it from AWAITED"),
        ({}, {"sing-1"}, "awaited, but is not a step"),
    ],
)
def test_planted_fault_is_reported(changed: dict[str, str], awaited: set[str], message: str, tmp_path: Path) -> None:
    problems = list(faults(a_guide(tmp_path, **changed), awaited=awaited))
    assert [fault for fault in problems if message in fault], problems
