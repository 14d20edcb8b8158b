"""Fixtures of the tests of downloads: data folders with the sample partners, for real servers."""

from pathlib import Path

import pytest

from tests.server.serving import fill


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with the sample partners, for one test."""
    return fill(tmp_path / "renvoi")
