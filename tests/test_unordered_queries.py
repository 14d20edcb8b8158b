"""The tests' databases return the rows of a query without an order backwards, so that no test can rely on it."""

import pytest

from renvoi.people.models import User
from tests.cast import colleague

pytestmark = pytest.mark.django_db


def test_rows_of_queries_without_an_order_come_backwards() -> None:
    emails = [f"{name}@renvoi.example" for name in ("ana", "bea", "cleo")]
    for email in emails:
        colleague(email)
    assert list(User.objects.filter(email__in=emails).values_list("email", flat=True)) == emails[::-1]
    assert [user.email for user in User.objects.filter(email__in=emails)] == emails[::-1]


def test_counts_and_existence_have_no_order() -> None:
    colleague("ana@renvoi.example")
    assert User.objects.filter(email="ana@renvoi.example").exists()
    assert User.objects.filter(email="ana@renvoi.example").count() == 1
