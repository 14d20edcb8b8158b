"""The list of partners: what each column finds, in which order, by which pages, and that its address is its state."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest
from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from renvoi.domain.places import LANGUAGES, Language
from renvoi.partners import actions
from renvoi.partners.lists.columns import COLUMNS, SOON
from renvoi.partners.lists.listing import PER_PAGE, Counts, PartnerListing, count_all, count_present
from renvoi.partners.models import Partner
from renvoi.partners.values import PartnerValues
from tests.cast import ALO_BRASIL, AZULEJO, a_partner, crowd, only, some, stored_at_once, stored_many
from tests.corpora import corpus, sendable

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
NAMES = [column.name for column in COLUMNS]

PRAIRIE = a_partner("Prairie Answers", "US", "CA", url_en="https://prairie.example/start")
BAMAKO = a_partner("Bamako Accueil", "ML", url_en="", url_fr="https://bamako.example/fr")
MOGADISHU = a_partner("Mogadishu Voice", "SO", status="paused")
OEUVRE = a_partner("Œuvre vocale", "FR", agreement_starts_on=TODAY + DAY)
NIL = a_partner("Standard du Nil", "EG", agreement_ends_on=TODAY - DAY)
ELYSEE = a_partner("L’Élysée répond", "DK", agreement_ends_on=TODAY)
MADRID = a_partner("madrid contesta", "ES")
EVERYONE = (ALO_BRASIL, PRAIRIE, BAMAKO, MOGADISHU, OEUVRE, NIL, ELYSEE, MADRID)


def asking(query: Mapping[str, str]) -> QueryDict:
    """The query as a request brings it."""
    asked = QueryDict(mutable=True)
    asked.update(query)
    return asked


def listing(language: Language = "fr", **query: str) -> PartnerListing:
    return PartnerListing.from_query(asking(query), language=language, today=TODAY)


def found(language: Language = "fr", **query: str) -> list[str]:
    return [partner.name for partner in listing(language, **query).partners()]


def names(*partners: PartnerValues) -> list[str]:
    return [partner.name for partner in partners]


class TestSearch:
    """One keyword a column."""

    @pytest.fixture(autouse=True)
    def _everyone(self) -> None:
        stored_at_once(*EVERYONE)

    @pytest.mark.parametrize(
        ("column", "keyword", "partners"),
        [
            ("name", "ALO", [ALO_BRASIL]),
            ("name", "brasil", [ALO_BRASIL]),
            ("name", "oeuvre", [OEUVRE]),
            ("name", "Œuvre", [OEUVRE]),
            ("name", "l'elysee", [ELYSEE]),
            ("name", "MADRID", [MADRID]),
            ("name", "%", []),
            ("name", "_", []),
            ("name", "nobody", []),
            ("url_en", "PRAIRIE.example/st", [PRAIRIE]),
            ("url_en", "alobrasil", [ALO_BRASIL]),
            ("url_en", "bamako", []),
            ("url_fr", "bamako", [BAMAKO]),
            ("url_fr", "inscription", [ALO_BRASIL]),
            ("countries", "etats", [PRAIRIE]),
            ("countries", "États-Unis", [PRAIRIE]),
            ("countries", "etats unis", [PRAIRIE]),
            ("countries", "united st", [PRAIRIE]),
            ("countries", "unis", [PRAIRIE]),
            ("countries", "Mali", [BAMAKO]),
            ("countries", "somal", [MOGADISHU]),
            ("countries", "egypte", [NIL]),
            ("countries", "Egypt", [NIL]),
            ("countries", "br", [ALO_BRASIL]),
            ("countries", "US", [PRAIRIE]),
            ("countries", "PT", [ALO_BRASIL]),
            ("countries", "asil", []),
            ("countries", "« Canada »", [PRAIRIE]),
            ("countries", "«\u00a0Canada\u00a0»", [PRAIRIE]),
            ("countries", '"canada"', [PRAIRIE]),
            ("countries", "“Canada”", [PRAIRIE]),
            ("state", "actif", [ALO_BRASIL, BAMAKO, ELYSEE, MADRID, PRAIRIE]),
            ("state", "active", [ALO_BRASIL, BAMAKO, ELYSEE, MADRID, PRAIRIE]),
            ("state", "en pause", [MOGADISHU]),
            ("state", "Paused", [MOGADISHU]),
            ("state", "a venir", [OEUVRE]),
            ("state", "to come", [OEUVRE]),
            ("state", "terminee", [NIL]),
            ("state", "ended", [NIL]),
            ("state", "entente", [OEUVRE, NIL]),
            ("state", "agreement", [OEUVRE, NIL]),
            ("state", "closed", []),
        ],
    )
    def test_a_keyword_finds_what_its_column_holds_in_either_language(
        self, column: str, keyword: str, partners: list[PartnerValues]
    ) -> None:
        for language in LANGUAGES:
            assert sorted(found(language, **only(column, keyword))) == sorted(names(*partners))

    def test_several_keywords_must_all_be_found(self) -> None:
        assert found(countries="c", state="actif", name="e") == names(PRAIRIE)
        assert found(countries="canada", name="brasil") == []

    @pytest.mark.parametrize("keyword", ["", "  ", '""', "«»", "« »"])
    def test_an_empty_keyword_is_no_keyword(self, keyword: str) -> None:
        assert [len(found(**only(column, keyword))) for column in NAMES] == [len(EVERYONE)] * len(NAMES)

    def test_what_is_in_the_trash_is_not_found(self) -> None:
        partner = Partner.objects.get(name=MADRID.name)
        actions.trash_partner(partner_id=partner.id, actor=None, channel="console")
        assert found(name="madrid") == []

    def test_matching_countries_are_marked_and_come_first(self) -> None:
        partner = Partner.objects.get(name=PRAIRIE.name)
        assert listing("fr").countries_of(partner) == [("CA", "Canada", False), ("US", "États-Unis", False)]
        assert listing("fr", countries="etats").countries_of(partner) == [
            ("US", "États-Unis", True),
            ("CA", "Canada", False),
        ]
        assert listing("en", countries="canada").countries_of(partner)[0] == ("CA", "Canada", True)


# By name as a French reader sorts; every other order falls back on it.
BY_NAME = names(ALO_BRASIL, BAMAKO, ELYSEE, MADRID, MOGADISHU, OEUVRE, PRAIRIE, NIL)


class TestSort:
    """One column, both ways."""

    @pytest.fixture(autouse=True)
    def _everyone(self) -> None:
        stored_at_once(*reversed(EVERYONE))

    def test_names_are_sorted_as_a_french_reader_expects(self) -> None:
        for language in LANGUAGES:
            assert found(language, sort="name") == BY_NAME
            assert found(language, sort="-name") == BY_NAME[::-1]

    @pytest.mark.parametrize(
        ("language", "order"),
        [
            # Brésil, Canada, Danemark, Égypte, Espagne, France, Mali, Somalie.
            ("fr", (ALO_BRASIL, PRAIRIE, ELYSEE, NIL, MADRID, OEUVRE, BAMAKO, MOGADISHU)),
            # Brazil, Canada, Denmark, Egypt, France, Mali, Somalia, Spain.
            ("en", (ALO_BRASIL, PRAIRIE, ELYSEE, NIL, OEUVRE, BAMAKO, MOGADISHU, MADRID)),
        ],
    )
    def test_countries_are_sorted_by_their_names_as_displayed(
        self, language: Language, order: Sequence[PartnerValues]
    ) -> None:
        assert found(language, sort="countries") == names(*order)
        assert found(language, sort="-countries") == names(*order)[::-1]

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_addresses_are_in_alphabetical_order(self, language: Language) -> None:
        for column in ("url_en", "url_fr"):
            keys = {values.name: getattr(values, column) for values in EVERYONE}
            ascending = found(language, sort=column)
            assert ascending == sorted(BY_NAME, key=lambda name: keys[name])
            assert found(language, sort=f"-{column}") == sorted(BY_NAME, key=lambda name: keys[name], reverse=True)

    def test_states_are_in_the_order_of_their_words(self) -> None:
        active = [name for name in BY_NAME if name not in names(MOGADISHU, OEUVRE, NIL)]
        # Those with a last day come behind those without.
        active = [name for name in active if name != ELYSEE.name] + names(ELYSEE)
        assert found("fr", sort="state") == active + names(MOGADISHU, OEUVRE, NIL)
        assert found("en", sort="state") == active + names(NIL, OEUVRE, MOGADISHU)
        assert found("en", sort="-state") == names(MOGADISHU, OEUVRE, NIL, ELYSEE) + active[:-1]

    @pytest.mark.parametrize("sort", ["", "id", "--name", "-", "password", "name_key", "served__partner"])
    def test_what_is_no_column_sorts_by_name(self, sort: str) -> None:
        assert found(sort=sort) == BY_NAME


def test_names_that_sort_alike_are_in_the_order_of_their_ids() -> None:
    first, second, third = stored_many(*(a_partner(name, "BR") for name in ("Ab-c", "Ab c", "Ab/c")))
    by_country = [partner.id for partner in listing(sort="countries").partners()]
    assert by_country == [partner.id for partner in listing(sort="-countries").partners()]
    assert set(by_country) == {first.id, second.id, third.id}


def test_a_click_sorts_and_a_second_reverses() -> None:
    assert [listing(sort=sort).sort_after_click("countries") for sort in ("name", "countries", "-countries")] == [
        "countries",
        "-countries",
        "countries",
    ]


class TestPages:
    """Twenty-five at a time, or fifty, or a hundred."""

    @pytest.fixture(autouse=True)
    def _sixty(self) -> None:
        crowd(60)

    def test_each_page_holds_its_part(self) -> None:
        pages = [listing(page=str(number)).page() for number in (1, 2, 3)]
        assert [(page.first, page.until, page.count, page.last) for page in pages] == [
            (1, 25, 60, 3),
            (26, 50, 60, 3),
            (51, 60, 60, 3),
        ]
        assert [row.name for page in pages for row in page.rows] == [f"Partner {number:04}" for number in range(1, 61)]

    @pytest.mark.parametrize(
        ("asked", "number"),
        [("4", 3), ("999999999", 3), ("0", 1), ("-1", 1), ("two", 1), ("٢", 1), ("9" * 400, 1), ("1e1", 1)],
    )
    def test_a_page_that_is_not_there_is_the_nearest(self, asked: str, number: int) -> None:
        assert listing(page=asked).page().number == number

    @pytest.mark.parametrize(("asked", "rows"), [("25", 25), ("50", 50), ("100", 60), ("10", 25), ("1000", 25)])
    def test_only_three_sizes_can_be_asked_for(self, asked: str, rows: int) -> None:
        assert len(listing(per_page=asked).page().rows) == rows

    def test_a_list_without_rows_has_one_empty_page(self) -> None:
        page = listing(name="nobody", page="7").page()
        assert (page.rows, page.count, page.number, page.last) == ([], 0, 1, 1)


WORDS = st.sampled_from(
    ["a", '"', "«", "\u00a0", "\u2003", " ", "é", "&", "=", "%", "+", "\0", "\ufeff", "'", "x" * 1999]
)
TEXTS = st.lists(WORDS, max_size=5).map("".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
QUERIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(NAMES, TEXTS)
    | {
        "sort": st.sampled_from([*NAMES, *(f"-{name}" for name in NAMES)]) | TEXTS,
        "page": st.integers(-2, 10**10).map(str) | TEXTS,
        "per_page": st.sampled_from([str(size) for size in PER_PAGE]) | TEXTS,
        "other": TEXTS,
    },
)


@settings(max_examples=120)
@given(query=QUERIES, language=st.sampled_from(["fr", "en"]))
@example(query={"name": '"\u2003a'}, language="fr")
def test_the_address_says_all_of_the_list_s_state(query: dict[str, str], language: Language) -> None:
    asked = PartnerListing.from_query(asking(query), language=language, today=TODAY)
    again = PartnerListing.from_query(QueryDict(asked.query()), language=language, today=TODAY)
    assert again == asked
    assert again.query() == asked.query()


def test_the_plain_list_has_the_plain_address() -> None:
    assert listing(name="", sort="name", page="1", per_page="25", other="x").query() == ""
    assert listing(countries=" « Canada » ", sort="-state", page="2").query() == "countries=Canada&sort=-state&page=2"
    assert listing(page="2").query(page_number=1) == ""


def test_the_number_of_queries_is_the_same_for_ten_and_for_a_thousand(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (10, 1000):
        Partner.objects.all().delete()
        crowd(count)
        for asked in (listing(), listing(countries="p", state="acti", sort="-countries", per_page="100")):
            with django_assert_num_queries(3):
                page = asked.page()
                assert all(asked.countries_of(partner) for partner in page.rows)
            assert page.count == count


@pytest.mark.parametrize("column", NAMES)
def test_whatever_is_searched_finds_or_does_not(column: str) -> None:
    stored_many(ALO_BRASIL, AZULEJO)
    naughty = sendable(corpus("naughty_strings") + corpus("sql"))
    for keyword in [*some(naughty, 60), "a" * 100_000]:
        assert len(listing(**only(column, keyword)).page().rows) in {0, 1, 2}


def test_the_counts_leave_the_trash_out() -> None:
    _, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    assert (count_present(), count_all(today=TODAY)) == (2, Counts(countries=3, ending=0))
    actions.trash_partner(partner_id=azulejo.id, actor=None, channel="console")
    assert (count_present(), count_all(today=TODAY)) == (1, Counts(countries=2, ending=0))


ENDING = [
    a_partner("Aujourd’hui", "BR", agreement_ends_on=TODAY),
    a_partner("Dans un mois", "BR", agreement_ends_on=TODAY + SOON),
    a_partner("Plus tard", "BR", agreement_ends_on=TODAY + SOON + DAY),
    a_partner("Hier", "BR", agreement_ends_on=TODAY - DAY),
    a_partner("En pause", "BR", agreement_ends_on=TODAY, status="paused"),
    a_partner("À venir", "BR", agreement_starts_on=TODAY + DAY, agreement_ends_on=TODAY + 2 * DAY),
    a_partner("Sans fin", "BR"),
]


@pytest.mark.parametrize("keyword", ["se termine bientôt", "Ends soon", "BIENTOT"])
def test_agreements_that_end_soon_are_counted_and_found(keyword: str) -> None:
    stored_at_once(*ENDING)
    assert count_all(today=TODAY).ending == 2
    listing = PartnerListing.from_query(asking({"state": keyword}), language="fr", today=TODAY)
    assert [partner.name for partner in listing.partners()] == ["Aujourd’hui", "Dans un mois"]
