"""Tests of the content of visitors' pages. Each class tests one page."""

import re
from html.parser import HTMLParser

import pytest

from renvoi.domain.places import COUNTRIES, Language
from renvoi.domain.routing import Decision
from renvoi.domain.table import Bilingual, Candidate
from renvoi.visitor.html.pages import FIRST_CARDS, Pages, Refusal
from renvoi.visitor.html.texts import script
from renvoi.visitor.params import QueryParams
from tests.visitor.cast import EQUALS, SIGN_UP, country, decision, operator, partner
from tests.visitor.html.read import links, page, values, words


class TestUnknown:
    def test_all_countries_are_offered_by_name(self) -> None:
        html = page(decision(None))
        options = re.findall(r"<option value=([A-Z]{2})>([^<\n]+)", html)
        assert {code for code, _ in options} == COUNTRIES
        names = [name for _, name in options]
        assert names[:3] == ["Afghanistan", "Afrique du Sud", "Albanie"]
        assert names.index("Danemark") < names.index("Égypte") < names.index("Espagne")

    def test_no_country_is_assumed(self) -> None:
        assert "Vous n’êtes pas" not in page(decision(None))

    def test_form_posts_to_the_entry(self) -> None:
        assert '<form method="post" action="/">' in page(decision(None))


class TestIgnoredCountry:
    """A notice on every page reports a value of ?country= that was not understood."""

    @pytest.mark.parametrize(
        "outcome", [decision(None), decision("BR"), decision("MX"), decision("VC"), decision("CA")]
    )
    def test_ignored_country_is_reported_on_every_page(self, outcome: Decision) -> None:
        notice = "Le pays indiqué dans le lien n’a pas été reconnu; nous n’en avons pas tenu compte."
        assert notice in page(outcome, params=QueryParams(country_ignored=True))
        assert notice not in page(outcome)


class TestPartner:
    def test_card_in_french(self) -> None:
        read = words(page(decision("BR")))
        assert "Notre partenaire au Brésil" in read
        assert "Aló Brasil Aló Brasil répond. Pays Brésil Site Web partner7.example Continuer chez Aló Brasil" in read

    def test_card_in_english(self) -> None:
        read = words(page(decision("BR", language="en")))
        assert "Our partner in Brazil" in read
        assert "Country Brazil Website partner7.example Continue to Aló Brasil" in read

    def test_link_of_the_card_is_a_click_url(self) -> None:
        assert links(page(decision("BR"))) == [
            "/go/7?country=BR&lang=fr",
            "/countries/?",
            "?lang=en",
            "/privacy/?lang=fr",
        ]

    def test_link_of_the_card_preserves_region_and_source(self) -> None:
        html = page(decision("CA", region="CA-ZZ"), params=QueryParams(source="spring"))
        assert links(html)[0] == "/go/12?country=CA&lang=fr&region=CA-ZZ&src=spring"

    def test_no_other_partner_is_named(self) -> None:
        assert "Tarde" not in page(decision("BR"))

    def test_card_without_a_description(self) -> None:
        html = _one(partner(1, "Ola", description=Bilingual(fr="")))
        assert '<p dir="auto"' not in html


class TestOtherLanguage:
    """Content in the other language is announced before the visitor leaves, and marked for screen readers."""

    def test_site_and_description_in_the_other_language(self) -> None:
        html = page(decision("PT"))
        assert "La description et le site Web sont en anglais." in html
        assert '<p dir="auto" lang="en">Lisbon.</p>' in html

    def test_only_the_site_in_the_other_language(self) -> None:
        html = _one(partner(1, "Ola", url=Bilingual(fr="https://ola.example/")), language="en")
        assert "The website is in French." in html

    def test_only_the_description_in_the_other_language(self) -> None:
        html = _one(partner(1, "Ola", description=Bilingual(en="Hello.")))
        assert "La description est en anglais." in html

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_no_hint_if_both_languages_exist(self, language: Language) -> None:
        read = words(page(decision("BR", language=language)))
        assert "site Web est" not in read
        assert "website is" not in read


class TestChoice:
    def test_first_twelve_cards_and_a_link_to_all(self) -> None:
        html = page(decision("MX"))
        assert html.count("<li class=card>") == FIRST_CARDS
        assert "Voir les 15 partenaires" in html
        assert "?all=1" in links(html)

    def test_all_cards(self) -> None:
        html = page(decision("MX"), params=QueryParams(show_all=True))
        assert html.count("<li class=card>") == len(EQUALS)
        assert "Voir les" not in html

    def test_link_to_all_preserves_the_query(self) -> None:
        params = QueryParams(country=country("MX"), language="fr", source="x")
        assert "?all=1&country=MX&src=x&lang=fr" in links(page(decision("MX"), params=params))

    def test_cards_are_in_the_order_of_the_decision(self) -> None:
        outcome = decision("MX")
        shown = re.findall(r'href="/go/(\d+)\?', page(outcome))
        assert shown == [str(candidate.id) for candidate in outcome.partners[:FIRST_CARDS]]


class TestNone:
    @pytest.mark.parametrize("code", ["VC", "FR", "IT", "DE"])
    def test_no_partner_of_another_country_is_offered(self, code: str) -> None:
        html = page(decision(code))
        assert "/go/" not in html
        assert "pour le moment" in html
        assert '<select id="other-country" name="country"' in html


class TestEveryPage:
    pages = (decision("BR"), decision("MX"), decision("VC"), decision("CA"), decision(None))

    @pytest.mark.parametrize("outcome", pages)
    def test_operator_is_named(self, outcome: Decision) -> None:
        assert "Téléphonie Boréale" in words(page(outcome))

    @pytest.mark.parametrize("outcome", pages[:4])
    def test_country_can_be_corrected(self, outcome: Decision) -> None:
        place = {"BR": "au Brésil", "MX": "au Mexique", "VC": "à Saint-Vincent-et-les Grenadines", "CA": "au Canada"}
        assert f"Vous n’êtes pas {place[str(outcome.country)]}?" in words(page(outcome))
        params = QueryParams(country=outcome.country, source="x", language="fr")
        html = page(outcome, params=params)
        leads_there = f"/countries/?country={outcome.country}&src=x&lang=fr" in links(html)
        assert ('<select id="other-country"' in html, leads_there) == (outcome.kind == "none", outcome.kind != "none")

    @pytest.mark.parametrize("outcome", pages)
    def test_language_link_preserves_the_query(self, outcome: Decision) -> None:
        params = QueryParams(country=country("BR"), source="x", language="fr")
        assert "?lang=en&country=BR&src=x" in links(page(outcome, params=params))

    @pytest.mark.parametrize("outcome", pages[2:])
    def test_form_preserves_the_source_and_a_chosen_language(self, outcome: Decision) -> None:
        html = page(outcome, params=QueryParams(source="x", language="en"))
        assert values(html, "src")[0] == "x"
        assert {*values(html, "lang")} == {"en"}
        # A wish always names the language of its page.
        assert values(page(outcome), "lang") == (["fr"] if outcome.kind == "none" else [])

    @pytest.mark.parametrize("outcome", pages)
    def test_page_has_no_script_but_the_one_that_finds_countries(self, outcome: Decision) -> None:
        html = page(outcome, params=QueryParams(country_ignored=True, source="x" * 64))
        has_list = outcome.kind in {"none", "unknown"}
        assert re.findall(r"<script.*?</script>", html, flags=re.DOTALL) == [f"<script>{script()}</script>"] * has_list

    @pytest.mark.parametrize("outcome", pages)
    def test_page_loads_nothing_from_other_sites(self, outcome: Decision) -> None:
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page(outcome))
        assert re.findall(r'<link rel="icon" href="([a-z]+:)', page(outcome)) == ["data:"]

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_html_element_has_the_language(self, language: Language) -> None:
        assert f'<html lang="{language}">' in page(decision("BR", language=language))

    def test_french_typography_is_that_of_quebec(self) -> None:
        for outcome in self.pages:
            assert not re.search(r"\w[ \u00a0][?!;]|\w :|« |\w'\w", words(page(outcome)))


class TestUntrustedTexts:
    """Names and descriptions are plain text, whatever they contain."""

    def test_markup_in_texts_is_escaped(self) -> None:
        html = _one(
            partner(1, "<script>alert(1)</script>", description=Bilingual(fr='"><img src=x onerror=alert(1)>{{7*7}}'))
        )
        finder = _Tags()
        finder.feed(html)
        assert "img" not in finder.tags
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "{{7*7}}" in html

    def test_markup_in_the_operators_name_is_escaped(self) -> None:
        assert "<b>Bold</b>" not in page(decision("BR"), name="<b>Bold</b>")

    def test_slot_marker_in_a_text_is_no_slot(self) -> None:
        assert "\0" not in _one(partner(1, "\0tail\0", description=Bilingual(fr="\0style\0")))

    def test_percent_sign_in_a_name_is_shown(self) -> None:
        assert "100 %(name)s" in _one(partner(1, "100 %(name)s"))


class TestRefused:
    @pytest.mark.parametrize("refusal", ["bad_request", "bad_host", "not_found", "not_allowed", "too_large"])
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_error_page_links_to_the_entry(self, refusal: Refusal, language: Language) -> None:
        html = Pages(operator()).refused(refusal, language=language).decode()
        assert "/" in links(html)
        assert "Téléphonie Boréale" in words(html)


class TestOwn:
    def test_decision_that_redirects_has_the_page_without_a_country(self) -> None:
        assert "Dans quel pays" in page(decision("PM"))
        assert SIGN_UP.fr not in page(decision("PM"))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.add(tag)


def _one(candidate: Candidate, *, language: Language = "fr") -> str:
    outcome = Decision(
        kind="partner",
        reason="only_candidate",
        country=country("BR"),
        region=None,
        language=language,
        generation=1,
        partners=(candidate,),
    )
    return page(outcome)
