"""Fixtures of the backups' tests: an installation on each engine, its backup, and an empty machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backups.cast import Installation, empty, populated


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine, by name."""
    return str(request.param)


@pytest.fixture(scope="module")
def source(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with partners and entries. Tests must not change it."""
    with empty(tmp_path_factory.mktemp("source") / "data", engine) as installation:
        yield populated(installation.folder, installation.url)


@pytest.fixture(scope="module")
def backup(source: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of `source`."""
    path = tmp_path_factory.mktemp("backup") / "backup.tar"
    source.backup(path)
    return path


@pytest.fixture
def target(engine: str, tmp_path: Path) -> Iterator[Installation]:
    """An empty machine with the same engine."""
    with empty(tmp_path / "target", engine) as installation:
        yield installation
