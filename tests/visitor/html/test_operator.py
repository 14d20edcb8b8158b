"""Tests of what pages show of the operator: its logo, site, text, contact and privacy policy."""

import re
from dataclasses import replace
from typing import Any

from renvoi.domain.table import Bilingual, Logo
from renvoi.visitor.html.pages import Pages, ShownLogo
from tests.visitor.cast import decision, operator
from tests.visitor.html.read import NO_PARAMS, links, words

LOGO = Logo(digest="0123456789abcdef" * 4, width=600, height=160)


def page(*, language: str = "fr", public_url: str = "", **values: Any) -> str:
    pages = Pages(replace(operator(), **values), public_url=public_url)
    return pages.page(decision("BR", language=language), params=NO_PARAMS).decode()


class TestLogo:
    def test_logo_replaces_the_name_and_has_its_size(self) -> None:
        html = page(logo=LOGO)
        image = '<img src="/logo/0123456789abcdef.png" width="150" height="40" alt="Téléphonie Boréale">'
        assert image in html
        assert "<bdi>Téléphonie Boréale</bdi>" not in html

    def test_messengers_get_an_absolute_address(self) -> None:
        address = "https://renvoi.boreale.example/logo/0123456789abcdef.png"
        html = page(logo=LOGO, public_url="https://renvoi.boreale.example")
        assert f'<meta property="og:image" content="{address}">' in html
        assert "og:image" not in page(logo=LOGO)

    def test_logo_keeps_its_proportions_and_is_never_enlarged(self) -> None:
        def size(width: int, height: int) -> tuple[int, int]:
            return ShownLogo.of(Logo("a" * 64, width, height))[1:]

        assert size(600, 160) == (150, 40)
        assert size(4000, 100) == (240, 6)
        assert size(30, 20) == (30, 20)
        assert size(4000, 1) == (240, 1)


class TestLinks:
    def test_site_has_the_address_of_the_language(self) -> None:
        site = Bilingual(en="https://boreale.example/en", fr="https://boreale.example/fr")
        assert links(page(site_url=site)).count("https://boreale.example/fr") == 2
        assert "Retour à notre site Web" in words(page(site_url=site))
        assert "https://boreale.example/en" in links(page(site_url=site, language="en"))
        assert "Retour à notre site" not in page()

    def test_contact_is_an_email_or_a_page(self) -> None:
        assert "mailto:aide@boreale.example" in links(page(contact="aide@boreale.example"))
        assert "https://boreale.example/aide" in links(page(contact="https://boreale.example/aide"))
        assert "Nous joindre" not in page()

    def test_privacy_policy_is_the_operators_or_the_page_of_renvoi(self) -> None:
        assert "/privacy/?lang=fr" in links(page())
        policy = Bilingual(fr="https://boreale.example/vie-privee")
        assert "https://boreale.example/vie-privee" in links(page(privacy_url=policy, language="en"))
        assert "/privacy/?lang=en" not in links(page(privacy_url=policy, language="en"))


class TestText:
    def test_text_is_escaped_and_isolated(self) -> None:
        html = page(text=Bilingual(fr="<b>Depuis 1998.</b>\n\nشركة"))
        assert '<p class="hint" dir="auto">&lt;b&gt;Depuis 1998.&lt;/b&gt;\n\nشركة</p>' in html

    def test_text_in_the_other_language_is_marked(self) -> None:
        assert '<p class="hint" dir="auto" lang="fr">Depuis 1998.</p>' in page(
            text=Bilingual(fr="Depuis 1998."), language="en"
        )

    def test_no_text_leaves_nothing(self) -> None:
        assert not re.search(r"<p class=\"hint\" dir", page())
