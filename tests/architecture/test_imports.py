"""Imports follow the layers, and the gateway and the decision load no framework, at run time too."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

SOURCE = ROOT / "src"
# What the decision may load besides the standard library; cffi belongs to ada-url.
_PURE = {"ada_url", "cffi", "_cffi_backend", "babel"}


def broken_contracts(source: Path) -> str:
    """Return import-linter's report on the package in that folder; an empty string if every contract is kept."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as go; go()"]
    ran = subprocess.run(
        [*command, "--no-cache", "--no-logo", "--config", str(ROOT / "pyproject.toml")],
        env={**os.environ, "PYTHONPATH": str(source)},
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def loaded_by(statement: str, *, source: Path) -> set[str]:
    """Return the modules that the statement loads in a new interpreter."""
    program = f"import sys; before = set(sys.modules); {statement}; print('\\n'.join(set(sys.modules) - before))"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stdout.split())


def impure(source: Path) -> set[str]:
    """Return the modules that importing the decision loads, but must not."""
    return {
        name
        for name in loaded_by("import renvoi.domain.routing", source=source)
        if name.split(".")[0] not in _PURE | sys.stdlib_module_names
        and name != "renvoi"
        and not name.startswith(("renvoi.domain", "_sysconfigdata"))
    }


def framework(source: Path) -> set[str]:
    """Return the modules of Django that importing the gateway loads."""
    return {name for name in loaded_by("import renvoi.gateway.app", source=source) if name.split(".")[0] == "django"}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the product, in which a fault is planted."""
    shutil.copytree(SOURCE / "renvoi", tmp_path / "renvoi", ignore=shutil.ignore_patterns("__pycache__", "static"))
    return tmp_path


def test_imports_follow_the_layers() -> None:
    assert broken_contracts(SOURCE) == ""


def test_importing_gateway_loads_no_django() -> None:
    assert framework(SOURCE) == set()


def test_importing_decision_loads_only_allowed_modules() -> None:
    assert impure(SOURCE) == set()


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("domain/routing.py", "import renvoi.visitor.request", "Imports point down"),
        ("gateway/app.py", "import renvoi.console.urls", "Imports point down"),
        ("visitor/request.py", "import renvoi.geo.database", "Imports point down"),
        ("ledger/writer.py", "import renvoi.visitor.request", "Imports point down"),
        ("ledger/writer.py", "import django", "Only the Django side knows Django"),
        ("visitor/request.py", "import django", "Only the Django side knows Django"),
        ("web/headers.py", "import django", "Only the Django side knows Django"),
        ("web/headers.py", "import renvoi.visitor.request", "Imports point down"),
        ("downloads/files.py", "import renvoi.partners.models", "Imports point down"),
        ("history/recording.py", "import renvoi.people.models", "Imports point down"),
        ("publication/publishing.py", "import renvoi.partners.models", "Imports point down"),
        ("publication/publishing.py", "import renvoi.history.recording", "Imports point down"),
        ("ledger/sqlite.py", "import renvoi.ledger.engines", "No circles"),
        ("gateway/table_source/protocol.py", "import renvoi.gateway.table_source.engines", "No circles"),
        ("partners/actions/recording.py", "import renvoi.partners.actions.single", "No circles"),
    ],
)
def test_planted_import_breaks_contract(module: str, statement: str, contract: str, copied: Path) -> None:
    _append(copied / "renvoi" / module, f"\n{statement}\n")
    assert f"{contract} BROKEN" in broken_contracts(copied)


def test_planted_dynamic_import_of_django_is_detected(copied: Path) -> None:
    # Through a name that no contract can resolve.
    _append(copied / "renvoi/gateway/app.py", "\n__import__('dja' + 'ngo')\n")
    assert "django" in framework(copied)


def test_planted_import_in_decision_is_detected(copied: Path) -> None:
    _append(copied / "renvoi/domain/routing.py", "\nimport pydantic\nimport renvoi.config\n")
    assert {"pydantic", "renvoi.config"} <= impure(copied)


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
