"""The order of the list by each column, in both directions."""

from collections.abc import Sequence

import pytest

from renvoi.domain.places import LANGUAGES, Language
from renvoi.partners.fields import PartnerValues
from tests.cast import ALO_BRASIL, a_partner, stored_at_once, stored_many
from tests.partners.listings import (
    ALL_PARTNERS,
    BAMAKO,
    ELYSEE,
    MADRID,
    MOGADISHU,
    NIL,
    OEUVRE,
    PRAIRIE,
    listed_names,
    listing,
    names,
)

pytestmark = pytest.mark.django_db


# In French alphabetical order of names, which every other order falls back on.
BY_NAME = names(ALO_BRASIL, BAMAKO, ELYSEE, MADRID, MOGADISHU, OEUVRE, PRAIRIE, NIL)


class TestSort:
    """Each column in both directions."""

    @pytest.fixture(autouse=True)
    def _everyone(self) -> None:
        stored_at_once(*reversed(ALL_PARTNERS))

    def test_names_are_sorted_in_french_alphabetical_order(self) -> None:
        for language in LANGUAGES:
            assert listed_names(language, sort="name") == BY_NAME
            assert listed_names(language, sort="-name") == BY_NAME[::-1]

    @pytest.mark.parametrize(
        ("language", "order"),
        [
            # Brésil, Canada, Danemark, Égypte, Espagne, France, Mali, Somalie.
            ("fr", (ALO_BRASIL, PRAIRIE, ELYSEE, NIL, MADRID, OEUVRE, BAMAKO, MOGADISHU)),
            # Brazil, Canada, Denmark, Egypt, France, Mali, Somalia, Spain.
            ("en", (ALO_BRASIL, PRAIRIE, ELYSEE, NIL, OEUVRE, BAMAKO, MOGADISHU, MADRID)),
        ],
    )
    def test_countries_are_sorted_by_displayed_name(self, language: Language, order: Sequence[PartnerValues]) -> None:
        assert listed_names(language, sort="countries") == names(*order)
        assert listed_names(language, sort="-countries") == names(*order)[::-1]

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_addresses_are_sorted_alphabetically(self, language: Language) -> None:
        for column in ("url_en", "url_fr"):
            keys = {values.name: getattr(values, column) for values in ALL_PARTNERS}
            ascending = listed_names(language, sort=column)
            assert ascending == sorted(BY_NAME, key=lambda name: keys[name])
            assert listed_names(language, sort=f"-{column}") == sorted(
                BY_NAME, key=lambda name: keys[name], reverse=True
            )

    def test_states_are_sorted_by_displayed_label(self) -> None:
        active = [name for name in BY_NAME if name not in names(MOGADISHU, OEUVRE, NIL)]
        # Partners with a last day follow those without.
        active = [name for name in active if name != ELYSEE.name] + names(ELYSEE)
        assert listed_names("fr", sort="state") == active + names(MOGADISHU, OEUVRE, NIL)
        assert listed_names("en", sort="state") == active + names(NIL, OEUVRE, MOGADISHU)
        assert listed_names("en", sort="-state") == names(MOGADISHU, OEUVRE, NIL, ELYSEE) + active[:-1]

    @pytest.mark.parametrize("sort", ["", "id", "--name", "-", "password", "name_key", "served__partner"])
    def test_unknown_sort_column_falls_back_to_name(self, sort: str) -> None:
        assert listed_names(sort=sort) == BY_NAME


def test_addresses_are_sorted_as_shown_without_their_scheme() -> None:
    stored_many(
        a_partner("Un", "BR", url_en="http://beluga.example/", url_fr="https://Bec.example/"),
        a_partner("Deux", "BR", url_en="https://abeille.example/", url_fr="http://canard.example/"),
        a_partner("Trois", "BR", url_en="", url_fr="http://aigle.example/?to=https://zebre.example"),
    )
    assert listed_names(sort="url_en") == ["Trois", "Deux", "Un"]
    assert listed_names(sort="-url_en") == ["Un", "Deux", "Trois"]
    assert listed_names(sort="url_fr") == ["Trois", "Un", "Deux"]


def test_ties_have_the_same_order_in_both_directions() -> None:
    first, second, third = stored_many(*(a_partner(name, "BR") for name in ("Ab-c", "Ab c", "Ab/c")))
    by_country = [partner.id for partner in listing(sort="countries").rows()]
    assert by_country == [partner.id for partner in listing(sort="-countries").rows()]
    assert set(by_country) == {first.id, second.id, third.id}


def test_second_click_on_heading_reverses_order() -> None:
    assert [listing(sort=sort).sort_after_click("countries") for sort in ("name", "countries", "-countries")] == [
        "countries",
        "-countries",
        "countries",
    ]
