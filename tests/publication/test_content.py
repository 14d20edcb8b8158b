"""Publication knows no rows: the caller's function builds the content, once for each generation."""

from collections.abc import Callable

import pytest

from renvoi.domain.places import CountryCode
from renvoi.domain.table_codec.content import TableContent
from renvoi.domain.table_codec.routing_table import RoutingTable, content_of
from renvoi.publication.models import ArchivedTable, PublishedTable
from renvoi.publication.newest_table import newest_table
from renvoi.publication.publishing import build_table, publish, raise_generation
from tests.domain.cast import OPERATOR, candidate

pytestmark = pytest.mark.django_db


def serving(*countries: str) -> Callable[[], TableContent]:
    """Return a function that builds the content of one candidate who serves these countries."""
    codes = [CountryCode(code) for code in countries]
    return lambda: content_of(operator=OPERATOR, partners=[(candidate(7), codes)])


def never() -> TableContent:
    pytest.fail("the content was built")


def stored_table(number: int) -> RoutingTable:
    return RoutingTable(bytes(PublishedTable.objects.get(generation=number).content))


def test_published_generation_is_not_built_again() -> None:
    number = publish(serving("BR"))
    assert publish(never) == number
    assert stored_table(number).countries == {"BR"}


def test_archived_generation_is_not_built_again() -> None:
    number = publish(serving("BR"))
    PublishedTable.objects.all().delete()
    assert publish(never) == number
    assert stored_table(number).countries == {"BR"}


def test_next_generation_is_built() -> None:
    first = publish(serving("BR"))
    raise_generation()
    assert publish(serving("PT")) == first + 1
    assert stored_table(first + 1).countries == {"PT"}


def test_generation_of_a_damaged_archived_table_is_left_for_the_next() -> None:
    first = publish(serving("BR"))
    PublishedTable.objects.all().delete()
    ArchivedTable.objects.update(content=b"junk")
    assert publish(serving("PT")) == first + 1
    assert stored_table(first + 1).countries == {"PT"}


def test_newest_table_is_built_only_if_it_is_not_published() -> None:
    publish(serving("BR"))
    assert newest_table(never).countries == {"BR"}
    raise_generation()
    assert newest_table(serving("PT")).countries == {"PT"}


def test_built_table_is_not_published() -> None:
    assert build_table(serving("BR")).generation == 0
    assert not PublishedTable.objects.exists()
