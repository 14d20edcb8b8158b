"""What a keyword matches in each column of the list."""

import pytest

from renvoi.domain.places import LANGUAGES
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.lists.listing import PartnerListing, count_all
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, a_partner, only, sample, stored_at_once, stored_many, with_changes
from tests.corpora import corpus, sendable
from tests.partners.listings import (
    ALL_PARTNERS,
    BAMAKO,
    COLUMN_NAMES,
    DAY,
    ELYSEE,
    MADRID,
    MOGADISHU,
    NIL,
    OEUVRE,
    PRAIRIE,
    TODAY,
    listed_names,
    listing,
    names,
    query_dict,
)

pytestmark = pytest.mark.django_db


class TestSearch:
    """A keyword in one column or in several."""

    @pytest.fixture(autouse=True)
    def _everyone(self) -> None:
        stored_at_once(*ALL_PARTNERS)

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
            ("state", "echue", [NIL]),
            ("state", "ended", [NIL]),
            ("state", "entente", [OEUVRE, NIL]),
            ("state", "agreement", [OEUVRE, NIL]),
            ("state", "closed", []),
            ("state", "2026-11-23", [ELYSEE]),
            ("state", "2026-11", [ELYSEE, NIL, OEUVRE]),
            ("state", "Actif jusqu’au 2026-11-23", [ELYSEE]),
            ("state", "actif jusqu'au 2026-11-2", [ELYSEE]),
            ("state", "Active until 2026-11-23", [ELYSEE]),
            ("state", "until 2026", [ELYSEE]),
            ("state", "jusqu’au", [ELYSEE]),
            ("state", "Entente à venir à partir du 2026-11-24", [OEUVRE]),
            ("state", "Agreement to come from 2026-11-24", [OEUVRE]),
            ("state", "Entente échue le 2026-11-22", [NIL]),
            ("state", "Agreement ended on 2026-11-22", [NIL]),
            ("state", "Agreement ended on 2026-11-23", []),
            ("state", "23 novembre 2026", [ELYSEE]),
            ("state", "Actif jusqu’au 23 novembre 2026", [ELYSEE]),
            ("state", "active until November 23, 2026", [ELYSEE]),
            ("state", "novembre 2026", [ELYSEE, NIL, OEUVRE]),
            ("state", "1999", []),
        ],
    )
    def test_keyword_matches_its_column_in_both_languages(
        self, column: str, keyword: str, partners: list[PartnerValues]
    ) -> None:
        for language in LANGUAGES:
            assert sorted(listed_names(language, **only(column, keyword))) == sorted(names(*partners))

    def test_day_that_is_not_shown_is_not_matched(self) -> None:
        stored_many(with_changes(MADRID, name="En pause", status="paused", agreement_ends_on=TODAY))
        assert listed_names(state=TODAY.isoformat()) == names(ELYSEE)

    @pytest.mark.parametrize(
        ("column", "keyword", "is_understood"),
        [
            ("sent", "abc", False),
            ("sent", "5 fois", False),
            ("sent", ">", False),
            ("sent", "2..", False),
            ("sent", "-5", False),
            ("sent", "5", True),
            ("sent", ">5", True),
            ("sent", "<=5", True),
            ("sent", "2..9", True),
            ("sent", "10 000", True),
            ("state", "fermé", False),
            ("state", "actif", True),
            ("state", "se termine bientôt", True),
            ("state", "1999-01-01", True),
            ("countries", "Atlantide", False),
            ("countries", "zz", False),
            ("countries", "Japon", True),
            ("name", "personne", True),
            ("url_en", "%", True),
        ],
    )
    def test_keyword_that_means_nothing_is_misunderstood_and_matches_nobody(
        self,
        column: str,
        keyword: str,
        is_understood: bool,  # noqa: FBT001 (a value of the table)
    ) -> None:
        one = listing(**only(column, keyword))
        assert one.misunderstood == (frozenset() if is_understood else {column})
        if not is_understood:
            assert list(one.rows()) == []

    def test_reversed_range_is_read_as_a_range(self) -> None:
        Partner.objects.filter(name=MADRID.name).update(sent_30_days=5)
        assert listed_names(sent="9..2") == listed_names(sent="2..9") == names(MADRID)

    def test_all_keywords_must_match(self) -> None:
        assert listed_names(countries="c", state="actif", name="e") == names(PRAIRIE)
        assert listed_names(countries="canada", name="brasil") == []

    @pytest.mark.parametrize("keyword", ["", "  ", '""', "«»", "« »"])
    def test_empty_keyword_is_ignored(self, keyword: str) -> None:
        assert [len(listed_names(**only(column, keyword))) for column in COLUMN_NAMES] == [len(ALL_PARTNERS)] * len(
            COLUMN_NAMES
        )

    def test_trashed_partner_is_not_matched(self) -> None:
        partner = Partner.objects.get(name=MADRID.name)
        actions.trash_partner(partner_id=partner.id, actor=None, channel="console")
        assert listed_names(name="madrid") == []

    def test_matching_countries_come_first_and_are_marked(self) -> None:
        partner = Partner.objects.get(name=PRAIRIE.name)
        assert listing("fr").countries_of(partner) == [("CA", "Canada", False), ("US", "États-Unis", False)]
        assert listing("fr", countries="etats").countries_of(partner) == [
            ("US", "États-Unis", True),
            ("CA", "Canada", False),
        ]
        assert listing("en", countries="canada").countries_of(partner)[0] == ("CA", "Canada", True)


@pytest.mark.parametrize("column", COLUMN_NAMES)
def test_hostile_keyword_does_not_fail(column: str) -> None:
    stored_many(ALO_BRASIL, AZULEJO)
    hostile = sendable(corpus("naughty_strings") + corpus("sql"))
    for keyword in [*sample(hostile, 60), "a" * 100_000, "ﷺ" * 2_000, "🎉%" * 1_000]:
        assert len(listing(**only(column, keyword)).page().rows) in {0, 1, 2}


ENDING = [
    a_partner("Aujourd’hui", "BR", agreement_ends_on=TODAY),
    a_partner("Dans un mois", "BR", agreement_ends_on=TODAY + 30 * DAY),
    a_partner("Plus tard", "BR", agreement_ends_on=TODAY + 31 * DAY),
    a_partner("Hier", "BR", agreement_ends_on=TODAY - DAY),
    a_partner("En pause", "BR", agreement_ends_on=TODAY, status="paused"),
    a_partner("À venir", "BR", agreement_starts_on=TODAY + DAY, agreement_ends_on=TODAY + 2 * DAY),
    a_partner("Sans fin", "BR"),
]


@pytest.mark.parametrize("keyword", ["se termine bientôt", "Ends soon", "BIENTOT"])
def test_agreements_ending_soon_are_counted_and_matched(keyword: str) -> None:
    stored_at_once(*ENDING)
    assert count_all(today=TODAY).ending == 2
    listing = PartnerListing.from_query(query_dict({"state": keyword}), language="fr", today=TODAY)
    assert [partner.name for partner in listing.rows()] == ["Aujourd’hui", "Dans un mois"]
