"""Fixtures of the API's tests."""

from collections.abc import Iterator

import pytest

from renvoi.people.models import User
from renvoi.web.rate_limit import refusal_buckets, token_buckets
from tests.api.calling import Program, program_of


@pytest.fixture(autouse=True)
def _full_buckets() -> Iterator[None]:
    """No test uses up the permits of another."""
    for buckets in (refusal_buckets, token_buckets):
        buckets.cache_clear()
    yield
    for buckets in (refusal_buckets, token_buckets):
        buckets.cache_clear()


@pytest.fixture
def program(odile: User) -> Program:
    """A program that reads and writes, in English."""
    return program_of(odile)
