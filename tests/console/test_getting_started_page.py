"""The page Getting started: steps are done by what is stored, and the console begins there until Renvoi is in use."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import override_settings

from renvoi.config import Config
from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.engines import open_store
from tests.cast import ALO_BRASIL, BOREALE, a_partner, set_operator, stored
from tests.console.browsing import Browsing, Page
from tests.ledger.cast import entries

ADDRESS, LIST = "/console/getting-started/", "/console/partners/"
STEPS = (
    "Votre entreprise",
    "Zone de couverture",
    "Vos premiers partenaires",
    "L’adresse à mettre sur votre site",
    "Essayer une visite",
)


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> Iterator[Config]:
    """The configuration of a Renvoi with an empty ledger of its own."""
    own = Config.model_validate({"data_dir": tmp_path / "data"})
    with closing(open_store(own)) as store:
        store.prepare()
    with override_settings(CONFIG=own):
        yield own


def record(config: Config, **fields: object) -> None:
    """Add one entry to the ledger."""
    entry: Entry = entries(1)[0]._replace(**fields)  # type: ignore[arg-type]
    with closing(open_store(config)) as store:
        store.append([entry])


def done(page: Page) -> list[str]:
    """Return the titles of the steps that are done."""
    heads = page.all("div", class_="step-head")
    return [head.one("h2").text for head in heads if head.one("p").text in {"Fait", "Done"}]


class TestSteps:
    """What each step is done by."""

    def test_nothing_is_done_in_an_empty_installation(self, console: Browsing) -> None:
        page = console.open(ADDRESS)
        assert (page.status, page.title, done(page)) == (200, "Mise en route", [])
        assert [head.one("h2").text for head in page.all("div", class_="step-head")] == [*STEPS]
        assert page.one("div", class_="page-title").one("p").text == "0 étape sur 5 est faite"
        (primary,) = page.one("main").all("a", class_="primary")
        assert primary.text == "Entrer les renseignements sur votre entreprise"

    def test_steps_are_ticked_by_what_is_stored(self, config: Config, console: Browsing) -> None:
        set_operator(BOREALE)
        assert done(console.open(ADDRESS)) == [*STEPS[:2]]
        stored(ALO_BRASIL)
        assert done(console.open(ADDRESS)) == [*STEPS[:3]]
        record(config, source=None)
        assert done(console.open(ADDRESS)) == [*STEPS[:3], STEPS[4]]
        record(config, source="accueil")
        page = console.open(ADDRESS)
        assert done(page) == [*STEPS]
        assert page.one("div", class_="page-title").one("p").text == "5 étapes sur 5 sont faites"
        (primary,) = page.one("main").all("a", class_="primary")
        assert (primary.text, primary["href"]) == ("Aller aux partenaires", LIST)

    def test_visitor_who_came_without_a_country_has_come_by_the_address(
        self, config: Config, console: Browsing
    ) -> None:
        record(config, source=None, country=None, country_source="unknown", decision="unknown", reason="no_country")
        assert done(console.open(ADDRESS)) == [*STEPS[3:]]

    def test_company_without_a_sign_up_address_is_not_done(self, console: Browsing) -> None:
        set_operator(replace(BOREALE, signup_url_en="", signup_url_fr="", areas=()))
        assert done(console.open(ADDRESS)) == []

    def test_page_is_in_english_as_well(self, english_console: Browsing) -> None:
        page = english_console.open(ADDRESS)
        assert (page.title, page.one("div", class_="page-title").one("p").text) == (
            "Getting started",
            "0 steps of 5 done",
        )


class TestAddress:
    """The address for the operator's site."""

    def test_source_is_put_into_address_and_html(self, console: Browsing) -> None:
        page = console.open(f"{ADDRESS}?src=pied")
        assert page.one("input", id="site-link")["value"] == "http://testserver/?src=pied"
        html = page.one("textarea", id="site-html").raw_text.strip()
        assert html == (
            '<a href="http://testserver/?src=pied">Vous êtes ailleurs? Voyez qui offre le service chez vous.</a>'
        )

    def test_address_is_plain_without_a_source(self, console: Browsing) -> None:
        assert console.open(ADDRESS).one("input", id="site-link")["value"] == "http://testserver/"

    @pytest.mark.parametrize("source", ["pied de page", "été", "a" * 65, '"><script>'])
    def test_source_that_would_be_dropped_is_refused(self, source: str, console: Browsing) -> None:
        page = Page(console.client.get(ADDRESS, {"src": source}))
        assert "Seulement des lettres sans accent" in page.errors["src"]
        assert page.one("input", id="src")["value"] == source
        assert page.one("input", id="site-link")["value"] == "http://testserver/"

    def test_public_address_is_used_where_it_is_set(self, tmp_path: Path, console: Browsing) -> None:
        public = Config.model_validate({"data_dir": tmp_path / "data", "public_url": "https://renvoi.example"})
        with override_settings(CONFIG=public):
            page = console.open(ADDRESS)
        assert page.one("input", id="site-link")["value"] == "https://renvoi.example/"
        assert "RENVOI_PUBLIC_URL" not in page.one("main").text

    def test_trials_lead_to_a_partner_to_the_own_area_and_to_nobody(self, console: Browsing) -> None:
        set_operator(BOREALE)
        stored(ALO_BRASIL)
        links = console.open(ADDRESS).one("ul", class_="trials").all("a")
        assert [link["href"] for link in links] == [
            f"http://testserver/?country={country}" for country in ("BR", "CA", "MN")
        ]


class TestLanding:
    """The first page after signing in."""

    def test_console_begins_with_the_page_until_a_prospect_was_answered(
        self, config: Config, console: Browsing
    ) -> None:
        assert console.open("/console/").location == ADDRESS
        stored(ALO_BRASIL)
        assert console.open("/console/").location == ADDRESS
        record(config)
        assert console.open("/console/").location == LIST

    def test_visit_without_a_partner_is_not_enough(self, config: Config, console: Browsing) -> None:
        record(config)
        assert console.open("/console/").location == ADDRESS

    def test_installation_with_many_partners_is_in_use(self, console: Browsing) -> None:
        for number in range(9):
            stored(a_partner(f"Partner {number}", "BR"))
        assert console.open("/console/").location == ADDRESS
        stored(a_partner("Partner 10", "BR"))
        assert console.open("/console/").location == LIST

    def test_unreadable_ledger_does_not_hide_the_list(self, config: Config, console: Browsing) -> None:
        stored(ALO_BRASIL)
        config.ledger_path.unlink()
        assert console.open("/console/").location == LIST
        assert console.open(ADDRESS).status == 200

    def test_empty_list_and_help_link_to_the_page(self, console: Browsing) -> None:
        for path in (LIST, "/console/help/"):
            assert ADDRESS in [link["href"] for link in console.open(path).one("main").all("a")]

    def test_message_after_a_step_leads_back(self, config: Config, console: Browsing) -> None:
        set_operator(BOREALE)
        stored(ALO_BRASIL)
        saved = console.send(console.open("/console/coverage/"), extent_CA="whole")
        assert saved.one("div", class_="messages").one("a")["href"] == ADDRESS
        record(config)
        saved = console.send(console.open("/console/coverage/"), extent_CA="part", regions=["CA-QC"])
        assert not saved.one("div", class_="messages").all("a")
