"""Fixtures of the tests of signing in."""

import time
from typing import Any

import pytest
from django.contrib.auth import hashers

from tests.people.guessing import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    return clock


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared with a hash, of an account or standing in for one."""
    compared: list[str] = []
    verify = hashers.verify_password

    def counting(password: str, encoded: str, *args: Any) -> Any:
        compared.append(password)
        return verify(password, encoded, *args)

    monkeypatch.setattr("renvoi.people.models.verify_password", counting)
    monkeypatch.setattr("renvoi.people.passwords.checking.verify_password", counting)
    return compared
