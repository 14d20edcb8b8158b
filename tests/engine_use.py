"""Which tests depend on the database engine that the tests run on. Only these are repeated on PostgreSQL.

A test depends on it if one of its fixtures creates Django's test database, or if its module, or that of a fixture,
imports `tests.databases`, directly or through other modules of the tests. Nothing else knows the engine. Any other test
is the same on both, and runs once, on SQLite; there it is barred from the engine, and fails if it depends on it.
"""

import ast
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import pytest
from django.db.utils import ConnectionHandler

from tests import databases

_ROOT = Path(__file__).parents[1]
_KNOWS_ENGINE = {"tests.databases", "tests.settings"}
# It creates Django's test database; see below for its other fixtures.
# Its fixtures use the engine through Django's test database only.
_FOR_ALL = "tests.conftest"
_TEST_DATABASE = {"django_db_setup", "db", "transactional_db"}
_REASON = "a test that tests.engine_use.depends_on_engine leaves out on PostgreSQL depends on the engine"
_NO_SERVER = "postgresql://127.0.0.1:1/barred?connect_timeout=1"


def depends_on_engine(item: pytest.Item) -> bool:
    """Whether the outcome of the test may depend on the engine."""
    if not isinstance(item, pytest.Function):
        return True
    fixtures = item._fixtureinfo.name2fixturedefs
    if _TEST_DATABASE & fixtures.keys() or item.get_closest_marker("django_db"):
        return True
    if item.get_closest_marker("own_databases"):
        return False
    modules = {fixture.func.__module__ for definitions in fixtures.values() for fixture in definitions}
    return any(_knows_engine(module) for module in {*modules, item.module.__name__} - {_FOR_ALL})


@contextmanager
def barred_from_engine() -> Iterator[None]:
    """Make everything fail that depends on the engine: Django's connections, the tests' databases, the environment."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(ConnectionHandler, "__getitem__", _fail))
        # The signals of requests close the connections that other tests have opened.
        stack.enter_context(mock.patch.object(ConnectionHandler, "all", return_value=()))
        stack.enter_context(mock.patch.dict(os.environ, {"RENVOI_DATABASE_URL": _NO_SERVER}))
        stack.enter_context(databases.barred(_REASON))
        yield


def _fail(*_arguments: Any, **_options: Any) -> NoReturn:
    raise AssertionError(_REASON)


@cache
def _knows_engine(module: str) -> bool:
    return bool(_KNOWS_ENGINE & _all_imports(module))


def _all_imports(module: str) -> set[str]:
    """The modules of the tests that a module imports, directly or not, and itself."""
    reached: set[str] = set()
    waiting = {module}
    while waiting:
        reached |= waiting
        waiting = {other for one in waiting for other in _imports(one)} - reached
    return reached


@cache
def _imports(module: str) -> frozenset[str]:
    path = _ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not module.startswith("tests") or not source.exists():
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(name for name in names if name.startswith("tests"))
