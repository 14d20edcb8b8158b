"""Fixtures of the console tests: no process is started beside the test."""

import pytest


@pytest.fixture(autouse=True)
def _no_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no process for PDFs: it would not see the rows of the test's transaction. tests/server covers it."""
    monkeypatch.setattr("renvoi.downloads.jobs.start_maker", lambda *_download: None)
