"""A list is its columns and a source: a third one, of accounts, in a few lines."""

import pytest
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy, override

from renvoi.lists.columns import Column, Source
from renvoi.lists.description import describe_order, describe_search
from renvoi.lists.listing import Listing
from renvoi.people.models import User
from tests.cast import colleague

pytestmark = pytest.mark.django_db


def accounts(query: str) -> Listing[User]:
    """A list of accounts with two columns."""
    columns = (
        Column(
            "email", gettext_lazy("Email"), gettext_lazy("Email"), lambda keyword: Q(email__contains=keyword),
            lambda _language: ("email",),
        ),
        Column(
            "language", gettext_lazy("Language"), gettext_lazy("Language"),
            lambda keyword: Q(language=keyword) if keyword in {"fr", "en"} else None, lambda _language: ("language",),
        ),
    )  # fmt: skip
    source = Source(User.objects.all(), columns, default_sort="email", ties=("id",))
    return Listing.parse(QueryDict(query), source=source, language="en")


@pytest.fixture(autouse=True)
def staff() -> None:
    for name, language in (("zoe", "fr"), ("wendy", "en"), ("odile", "fr")):
        colleague(f"{name}@boreale.example", name=name.title(), language=language)


def names(listing: Listing[User]) -> list[str]:
    return [account.name for account in listing.rows()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Odile", "Wendy", "Zoe"]),
        ("sort=-email", ["Zoe", "Wendy", "Odile"]),
        ("sort=language", ["Wendy", "Zoe", "Odile"]),
        ("sort=name", ["Odile", "Wendy", "Zoe"]),
        ("language=fr", ["Odile", "Zoe"]),
        ("language=fr&email=« zoe »", ["Zoe"]),
        ("language=klingon", []),
    ],
)
def test_rows_are_those_that_match_in_order(query: str, expected: list[str]) -> None:
    assert names(accounts(query)) == expected


@pytest.mark.parametrize(
    "query", ["", "sort=-email", "language=fr&sort=language&per_page=50", "email=o&selected=all&except=3", "page=2"]
)
def test_address_is_canonical(query: str) -> None:
    assert accounts(accounts(query).query()).query() == accounts(query).query() == query


def test_default_order_is_not_in_the_address() -> None:
    assert accounts("sort=email&unknown=1&page=0&per_page=7").query() == ""


def test_keyword_that_cannot_be_understood_is_reported() -> None:
    assert accounts("language=klingon&email=a").misunderstood == {"language"}


def test_selection_of_all_but_one_is_among_the_matches() -> None:
    odile = User.objects.get(name="Odile")
    listing = accounts(f"language=fr&selected=all&except={odile.id}")
    assert [account.name for account in listing.selected()] == ["Zoe"]


def test_page_counts_the_matches() -> None:
    page = accounts("language=fr&page=9").page()
    assert ([account.name for account in page.rows], page.count, page.number, page.last) == (["Odile", "Zoe"], 2, 1, 1)


def test_description_has_the_search_and_the_order() -> None:
    with override("en"):
        listing = accounts("email=a&sort=-language")
        assert [*describe_search(listing), describe_order(listing)] == [
            "email containing “a”",
            "sorted by language, in reverse order",
        ]
