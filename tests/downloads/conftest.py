"""Fixtures of the tests of downloads: data folders with the sample partners, for real servers."""

import shutil
from pathlib import Path

import pytest

from tests.databases import SERVER
from tests.server.serving import fill


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A data folder with the sample partners, for one test. On SQLite it is a copy, since it holds the database."""
    return fill(tmp_path / "renvoi") if SERVER else Path(shutil.copytree(filled, tmp_path / "renvoi"))
