"""Tests of what pages say of regions, and of the head of every page."""

import re

from renvoi.domain.places import RegionCode
from renvoi.domain.routing import Visitor
from renvoi.visitor.html.pages import Pages
from renvoi.visitor.params import QueryParams
from tests.visitor.cast import country, decision, operator
from tests.visitor.html.read import NO_PARAMS, links, page, values, words

REST = RegionCode("CA-ZZ")


def countries(code: str | None, *, params: QueryParams = NO_PARAMS) -> str:
    """Return the page that asks a visitor for the country, who is taken to be in that one."""
    visitor = Visitor(country=country(code) if code else None, country_source="address", region=None, language="fr")
    return Pages(operator()).countries(visitor, params=params).decode()


class TestRegion:
    def test_each_covered_region_and_elsewhere_has_a_button(self) -> None:
        html = page(decision("CA"))
        buttons = re.findall(r'<button class="second" name="region" value="([^"]*)">([^<]*)</button>', html)
        assert buttons == [("CA-ON", "Ontario"), ("CA-QC", "Québec"), ("CA-ZZ", "Ailleurs au Canada")]
        assert values(html, "country") == ["CA"]
        assert "Où êtes-vous au Canada?" in words(html)


class TestKnownRegion:
    """Regions matter in Canada, which the operator covers in part."""

    def test_page_names_the_region_with_its_preposition(self) -> None:
        read = words(page(decision("CA", region="CA-PE")))
        assert "Notre partenaire à l’Île-du-Prince-Édouard" in read
        assert "Vous n’êtes pas à l’Île-du-Prince-Édouard?" in read
        assert "Pays Canada" in read
        assert "Our partner in the Northwest Territories" in page(decision("CA", region="CA-NT", language="en"))

    def test_region_can_be_corrected(self) -> None:
        html = page(decision("CA", region="CA-ZZ"), params=QueryParams(country=country("CA"), region=REST))
        assert "Notre partenaire au Canada" in html
        assert "Changer de région ou de pays" in words(html)
        assert "/countries/?country=CA&region=CA-ZZ" in links(html)

    def test_page_of_countries_has_the_regions_of_a_country_that_is_covered_in_part(self) -> None:
        html = countries("CA")
        assert re.findall(r'name="region" value="([^"]*)"', html) == ["CA-ON", "CA-QC", "CA-ZZ"]
        assert re.search(r"Dans quel pays êtes-vous\?.*Où êtes-vous au Canada\?", words(html))
        assert "region" not in values(countries("BR"), "region")
        assert "Où êtes-vous" not in countries("BR") + countries(None)

    def test_page_of_countries_preserves_the_source_and_sets_no_language_of_its_own(self) -> None:
        html = countries("CA", params=QueryParams(country=country("CA"), source="spring"))
        assert (values(html, "src"), values(html, "lang")) == (["spring"] * 2, [])
        assert "?lang=en&country=CA&src=spring" in links(html)
        assert values(countries("BR", params=QueryParams(language="fr")), "lang") == ["fr"]
        assert "mark" not in re.findall(r'class="([^"]*)"', html)

    def test_region_of_a_country_that_is_not_covered_in_part_is_not_named(self) -> None:
        assert "Notre partenaire au Brésil" in page(decision("BR", region="BR-BA"))

    def test_region_of_another_country_is_not_named(self) -> None:
        html = page(decision("CA", region="US-TX"))
        assert "Où êtes-vous au Canada?" in words(html)
        assert re.findall(r'name="region" value="([^"]*)"', html) == ["CA-ON", "CA-QC", "CA-ZZ"]


class TestHead:
    """What search engines and messengers read of a page."""

    def test_page_has_no_canonical_address_without_a_public_url(self) -> None:
        html = page(decision("BR"))
        assert "canonical" not in html
        assert 'rel="alternate"' not in html

    def test_canonical_address_leaves_the_source_out(self) -> None:
        pages = Pages(operator(), public_url="https://renvoi.boreale.example")
        html = pages.page(decision("BR"), params=QueryParams(country=country("BR"), source="spring")).decode()
        assert '<link rel="canonical" href="https://renvoi.boreale.example/?country=BR&amp;lang=fr">' in html

    def test_addresses_are_absolute_where_the_public_url_is_configured(self) -> None:
        pages = Pages(operator(), public_url="https://renvoi.boreale.example")
        html = pages.page(decision("CA", region="CA-ZZ", language="en"), params=NO_PARAMS).decode()
        here = "https://renvoi.boreale.example/?country=CA&amp;region=CA-ZZ&amp;lang="
        assert f'<link rel="canonical" href="{here}en">' in html
        assert f'<link rel="alternate" hreflang="fr" href="{here}fr">' in html

    def test_open_graph_has_the_title_and_the_language(self) -> None:
        html = page(decision("BR"))
        assert '<meta property="og:title" content="Notre partenaire au Brésil">' in html
        assert '<meta property="og:locale" content="fr_CA">' in html
        assert '<meta property="og:site_name" content="Téléphonie Boréale">' in html
        assert "<title>Notre partenaire au Brésil – Téléphonie Boréale</title>" in html

    def test_refusal_has_no_address(self) -> None:
        html = Pages(operator()).refused("not_found", language="fr").decode()
        assert "canonical" not in html
        assert "og:" not in html
