"""What the tests of the console share: nothing is started beside the test."""

import pytest


@pytest.fixture(autouse=True)
def _no_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF's maker would look for the test's rows in another database, and end when the test has; see tests/server."""
    monkeypatch.setattr("renvoi.downloads.jobs.start_maker", lambda _id: None)
