"""Django's own checks: the deployment checks pass, and every model has its migration."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

SECURE = {
    "RENVOI_PUBLIC_URL": "https://referral.example.com",
    "RENVOI_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP",
}
CHECK = ("check", "--deploy", "--fail-level", "WARNING")
MIGRATIONS = ("makemigrations", "--check", "--dry-run")


def objections(*command: str, folder: Path, environ: dict[str, str], source: Path = ROOT / "src") -> str:
    """Return the output of a Django command that fails; an empty string if it succeeds."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RENVOI_")}
    ran = subprocess.run(
        [sys.executable, "-m", "django", *command],
        env=inherited
        | {
            "DJANGO_SETTINGS_MODULE": "renvoi.server.settings",
            "PYTHONPATH": str(source),
            "RENVOI_DATA_DIR": str(folder),
        }
        | environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def test_deployment_checks_pass(tmp_path: Path) -> None:
    assert objections(*CHECK, folder=tmp_path, environ=SECURE) == ""


def test_deployment_checks_fail_without_https(tmp_path: Path) -> None:
    assert "security.W" in objections(
        *CHECK, folder=tmp_path, environ=SECURE | {"RENVOI_PUBLIC_URL": "http://a.example"}
    )


def test_every_model_has_its_migration(tmp_path: Path) -> None:
    assert objections(*MIGRATIONS, folder=tmp_path, environ=SECURE) == ""


@pytest.mark.parametrize("app", ["partners", "people"])
def test_planted_model_without_migration_is_reported(app: str, tmp_path: Path) -> None:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    models = source / "renvoi" / app / "models.py"
    planted = "\n\nclass Planted(models.Model):\n    pass\n"
    models.write_text(models.read_text(encoding="utf-8") + planted, encoding="utf-8")
    assert "Create model Planted" in objections(*MIGRATIONS, folder=tmp_path, environ=SECURE, source=source)


def test_each_cookie_is_bound_to_the_host_over_https(tmp_path: Path) -> None:
    script = (
        "from renvoi.server import settings as s; names = [n for n in dir(s) if n.endswith('_COOKIE_NAME')]; "
        "print(*(getattr(s, n) for n in names)); print(*(getattr(s, n[:-4] + 'SECURE', True) for n in names))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=SECURE | {"PYTHONPATH": str(ROOT / "src"), "RENVOI_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    names, are_secure = (line.split() for line in ran.stdout.splitlines())
    assert len(names) >= 5
    assert [name for name in names if not name.startswith("__Host-")] == []
    assert set(are_secure) == {"True"}
