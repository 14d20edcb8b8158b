"""Listings: pages, the query string, the number of queries, and counts."""

import pytest
from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from renvoi.domain.places import Language
from renvoi.lists.listing import PER_PAGE
from renvoi.partners import actions
from renvoi.partners.lists.listing import Counts, PartnerListing, count_all, count_present
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, crowd, stored_many
from tests.partners.listings import COLUMN_NAMES, TODAY, listing, query_dict

pytestmark = pytest.mark.django_db


class TestPages:
    """Pages of 25, 50 or 100 partners."""

    @pytest.fixture(autouse=True)
    def _sixty(self) -> None:
        crowd(60)

    def test_pages_hold_consecutive_rows(self) -> None:
        pages = [listing(page=str(number)).page() for number in (1, 2, 3)]
        assert [(page.first, page.until, page.count, page.last) for page in pages] == [
            (1, 25, 60, 3),
            (26, 50, 60, 3),
            (51, 60, 60, 3),
        ]
        assert [row.name for page in pages for row in page.rows] == [f"Partner {number:04}" for number in range(1, 61)]

    @pytest.mark.parametrize(
        ("requested", "number"),
        [("4", 3), ("999999999", 3), ("0", 1), ("-1", 1), ("two", 1), ("٢", 1), ("9" * 400, 1), ("1e1", 1)],
    )
    def test_page_out_of_range_or_invalid_gives_nearest_page(self, requested: str, number: int) -> None:
        assert listing(page=requested).page().number == number

    @pytest.mark.parametrize(("requested", "rows"), [("25", 25), ("50", 50), ("100", 60), ("10", 25), ("1000", 25)])
    def test_per_page_accepts_three_sizes_only(self, requested: str, rows: int) -> None:
        assert len(listing(per_page=requested).page().rows) == rows

    def test_empty_list_has_one_empty_page(self) -> None:
        page = listing(name="nobody", page="7").page()
        assert (page.rows, page.count, page.number, page.last) == ([], 0, 1, 1)


WORDS = st.sampled_from(
    ["a", '"', "«", "\u00a0", "\u2003", " ", "é", "&", "=", "%", "+", "\0", "\ufeff", "'", "x" * 1999]
)


TEXTS = st.lists(WORDS, max_size=5).map("".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


QUERIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(COLUMN_NAMES, TEXTS)
    | {
        "sort": st.sampled_from([*COLUMN_NAMES, *(f"-{name}" for name in COLUMN_NAMES)]) | TEXTS,
        "page": st.integers(-2, 10**10).map(str) | TEXTS,
        "per_page": st.sampled_from([str(size) for size in PER_PAGE]) | TEXTS,
        "other": TEXTS,
    },
)


@settings(max_examples=120)
@given(query=QUERIES, language=st.sampled_from(["fr", "en"]))
@example(query={"name": '"\u2003a'}, language="fr")
def test_query_string_round_trips(query: dict[str, str], language: Language) -> None:
    original = PartnerListing.from_query(query_dict(query), language=language, today=TODAY)
    parsed = PartnerListing.from_query(QueryDict(original.query()), language=language, today=TODAY)
    assert parsed == original
    assert parsed.query() == original.query()


def test_default_parameters_are_left_out_of_query_string() -> None:
    assert listing(name="", sort="name", page="1", per_page="25", other="x").query() == ""
    assert listing(countries=" « Canada » ", sort="-state", page="2").query() == "countries=Canada&sort=-state&page=2"
    assert listing(page="2").query(page_number=1) == ""


def test_number_of_queries_does_not_depend_on_number_of_partners(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (10, 1000):
        Partner.objects.all().delete()
        crowd(count)
        for one_listing in (listing(), listing(countries="p", state="acti", sort="-countries", per_page="100")):
            with django_assert_num_queries(3):
                page = one_listing.page()
                assert all(one_listing.countries_of(partner) for partner in page.rows)
            assert page.count == count


def test_counts_exclude_trash() -> None:
    _, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    assert (count_present(), count_all(today=TODAY)) == (2, Counts(countries=3, ending=0))
    actions.trash_partner(partner_id=azulejo.id, actor=None, channel="console")
    assert (count_present(), count_all(today=TODAY)) == (1, Counts(countries=2, ending=0))
