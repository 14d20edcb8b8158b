"""The manual, chapter by chapter, as tests. The chapters on selecting and exporting are in manual_exports.

The modules test_manual_… run all of them in French, in English and on a phone; test_without_javascript runs them too.
Docstrings in « » quote the manual.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader, Sample, follow_partner_link
from tests.browser.people import Staff, VisitorMaker
from tests.browser.words import ENGLISH, FRENCH


class ManualChapters:
    """One test for each chapter."""

    def test_overview_of_the_list(self, staff: Staff, reader: Reader) -> None:
        """« Cette page affiche la liste de vos partenaires avec les renseignements suivants »."""
        words = staff.words
        staff.create("Aló Aperçu", countries=["BR", "NO"], url_fr="http://partnername.com/signup_fr/welcome")
        reader.open_partners()
        reader.expect_columns(words.name, words.url_en, words.url_fr, words.countries)
        reader.search("Aperçu", column=words.name)
        row = reader.row("Aló Aperçu")
        for address in ("http://signup.partnername.com/en/welcome", "http://partnername.com/signup_fr/welcome"):
            self._open_partner_site(reader, name="Aló Aperçu", address=address)
        expect(row.get_by_role("link", name=words.delete.format("Aló Aperçu"), exact=True)).to_be_visible()
        reader.click(row.get_by_role("link", name=re.compile(words.country["BR"])))
        reader.expect_settings()
        expect(reader.field(words.name)).to_have_value("Aló Aperçu")

    def _open_partner_site(self, reader: Reader, *, name: str, address: str) -> None:
        """« Cliquez sur ce lien pour accéder à la page Web du partenaire. »."""
        link_text = address.removeprefix("http://")
        with reader.page.expect_popup() as opened:
            reader.click(reader.row(name).get_by_role("link", name=link_text))
        opened.value.wait_for_load_state()
        assert opened.value.url == address
        opened.value.close()

    @pytest.mark.performs("add-1", "add-2", "add-3", "add-4")
    def test_adding_a_partner(self, staff: Staff, reader: Reader, open_visitor: VisitorMaker) -> None:
        """« Ajouter un partenaire », then the page of a visitor in its country."""
        words = staff.words
        sample = Sample("Aló Ajouté", countries=["UY", "ZM"])
        reader.open_partners()
        reader.click_new()
        reader.fill(sample)
        reader.save(message=words.created.format(sample.name))
        expect(reader.row(sample.name)).to_be_visible()
        for visitor_words, address, description in (
            (FRENCH, sample.url_fr, sample.description_fr),
            (ENGLISH, sample.url_en, sample.description_en),
        ):
            visitor = open_visitor(locale=visitor_words.locale)
            visitor.arrive("UY", sees=sample.name)
            expect(visitor.page.locator("main")).to_contain_text(description)
            expect(visitor.page.locator("main")).to_contain_text(visitor_words.country["UY"])
            follow_partner_link(visitor, name=sample.name, to=address, words=visitor_words)

    @pytest.mark.performs("delete-1", "delete-2", "delete-3", "delete-4")
    def test_deleting_a_partner(self, staff: Staff, reader: Reader, open_visitor: VisitorMaker) -> None:
        """« Supprimer un partenaire de la liste et cesser de lui acheminer des clients potentiels »."""
        words, visitor = staff.words, open_visitor(locale=staff.words.locale)
        staff.create("Aló Supprimé", countries=["BO"])
        visitor.arrive("BO", sees="Aló Supprimé")
        reader.open_partners()
        window = reader.click_delete_icon("Aló Supprimé")
        assert window.locator(".dialog-actions > *").all_inner_texts() == [words.ok, words.cancel]
        expect(window).to_contain_text(words.country["BO"])
        reader.click(window.get_by_text(words.cancel, exact=True))
        expect(reader.page.get_by_role("dialog")).to_have_count(0)
        expect(reader.row("Aló Supprimé")).to_be_visible()
        reader.delete("Aló Supprimé")
        visitor.arrive("BO", sees=words.nobody)

    @pytest.mark.performs("restore-1", "restore-2")
    def test_restoring_from_trash(self, staff: Staff, reader: Reader, open_visitor: VisitorMaker) -> None:
        """Not in the manual: a partner deleted by mistake is restored completely."""
        words, visitor = staff.words, open_visitor(locale=staff.words.locale)
        staff.create("Aló Corbeille", countries=["PY"])
        reader.open_partners()
        reader.delete("Aló Corbeille")
        reader.open(words.trash)
        reader.click(reader.page.get_by_role("button", name=f"{words.restore} Aló Corbeille", exact=True))
        reader.expect_message(words.restored.format("Aló Corbeille"))
        expect(reader.row("Aló Corbeille")).to_be_visible()
        visitor.arrive("PY", sees="Aló Corbeille")
        reader.delete("Aló Corbeille")
        reader.click(reader.page.get_by_role("button", name=words.undo, exact=True))
        expect(reader.row("Aló Corbeille")).to_be_visible()

    @pytest.mark.performs("edit-1", "edit-2", "edit-3", "edit-4")
    def test_changing_partner_settings(self, staff: Staff, reader: Reader, open_visitor: VisitorMaker) -> None:
        """« Dans la liste des partenaires, cliquez sur le nom de celui que vous souhaitez modifier. »."""
        words = staff.words
        staff.create("Aló Avant", countries=["PE"])
        reader.open_partners()
        reader.click(reader.page.get_by_role("link", name="Aló Avant", exact=True))
        reader.expect_settings()
        changed = Sample(
            "Aló Après",
            countries=["EC"],
            url_fr="http://nouveau.partnername.com/fr",
            url_en="http://new.partnername.com/en",
        )
        reader.fill(changed)
        reader.save(message=words.saved.format("Aló Après"))
        expect(reader.row("Aló Avant")).to_have_count(0)
        visitor = open_visitor(locale=words.locale)
        visitor.arrive("EC", sees="Aló Après")
        address = changed.url_fr if words.language == "fr" else changed.url_en
        follow_partner_link(visitor, name="Aló Après", to=address, words=words)

    @pytest.mark.performs("countries-1", "countries-2")
    def test_partner_settings_keep_their_values(self, staff: Staff, reader: Reader) -> None:
        """« Réglages d’un partenaire »: every field has its label and keeps its value."""
        words = staff.words
        sample = Sample("Aló Réglages", countries=["IS", "NO", "ZM"], description_fr="é" * 255)
        reader.open_partners()
        reader.click_new()
        reader.fill(sample)
        reader.remove_country("NO")
        reader.save(message=words.created.format(sample.name))
        reader.click(reader.page.get_by_role("link", name=sample.name, exact=True))
        for label, value in (
            (words.name, sample.name),
            (words.url_en, sample.url_en),
            (words.url_fr, sample.url_fr),
            (words.description_en, sample.description_en),
            (words.description_fr, sample.description_fr),
        ):
            expect(reader.field(label)).to_have_value(value)
        expect(reader.chosen_countries).to_have_text([re.compile(words.country["IS"]), re.compile(words.country["ZM"])])

    def test_description_over_255_characters_is_refused(self, staff: Staff, reader: Reader) -> None:
        """« Ce champ est limité à 255 caractères. »: nothing is truncated, and the page reports the error."""
        words = staff.words
        reader.open_partners()
        reader.click_new()
        reader.fill(Sample("Aló Long", countries=["IS"], description_en="x" * 256))
        staff.watch.expected_statuses.add(422)
        reader.click(reader.page.get_by_role("button", name=words.save, exact=True))
        expect(reader.page.get_by_role("alert")).to_contain_text(words.description_en)
        expect(reader.field(words.description_en)).to_have_value("x" * 256)
        reader.field(words.description_en).fill("x" * 255)
        reader.save(message=words.created.format("Aló Long"))

    @pytest.mark.performs("search-1", "search-2", "search-3")
    def test_searching(self, staff: Staff, reader: Reader) -> None:
        """« Entrez « Canada » dans la colonne Pays et appuyez sur la touche Entrée »."""
        words = staff.words
        reader.open_partners()
        before = reader.names()
        first = reader.first_row().get_by_role("textbox")
        assert [field.input_value() for field in first.all()] == [""] * 6
        for keyword in ("Canada", "« Canada »"):
            reader.search(keyword, column=words.countries)
            assert reader.names() == [
                "Eelgrass Answering",
                "Éperlan Téléphonie",
                "Loonwater Reception",
                "Muskeg Voice Co-op",
            ]
            expect(reader.page.locator("#rows mark")).to_have_text(["Canada"] * 4)
        reader.search("", column=words.countries)
        assert reader.names() == before

    def test_searching_in_each_column(self, staff: Staff, reader: Reader) -> None:
        """« Vous pouvez trouver rapidement des partenaires à l'aide d'un mot-clé. »."""
        words = staff.words
        reader.open_partners()
        for column, keyword, names in (
            (words.name, "eperlan", ["Éperlan Téléphonie"]),
            (words.url_en, "kkachi", ["Kkachi Sori"]),
            (words.url_fr, "fr/whanau", []),
            (words.url_fr, "fr/FAMILLE", ["Pīwakawaka Voice"]),
        ):
            reader.search(keyword, column=column)
            assert reader.names() == names
            if not names:
                expect(reader.page.get_by_role("heading", level=2)).to_have_text(words.no_match)
            reader.search("", column=column)

    @pytest.mark.performs("sort-1", "sort-2")
    def test_sorting(self, staff: Staff, reader: Reader) -> None:
        """« Cliquez sur l'entête d'une colonne pour modifier son ordre de tri. »."""
        words = staff.words
        for name, country in (("Tri Été", "NO"), ("Tri eau", "ZM"), ("Tri Zèbre", "AR"), ("Tri étage", "US")):
            staff.create(name, countries=[country])
        reader.open_partners()
        reader.search("Tri", column=words.name)
        by_name = ["Tri eau", "Tri étage", "Tri Été", "Tri Zèbre"]
        self._assert_sorted(reader, words.name, "ascending", by_name)
        reader.sort(words.name)
        self._assert_sorted(reader, words.name, "descending", by_name[::-1])
        by_country = {
            "fr": ["Tri Zèbre", "Tri étage", "Tri Été", "Tri eau"],
            "en": ["Tri Zèbre", "Tri Été", "Tri étage", "Tri eau"],
        }[words.language]
        reader.sort(words.countries)
        self._assert_sorted(reader, words.countries, "ascending", by_country)
        reader.sort(words.countries)
        self._assert_sorted(reader, words.countries, "descending", by_country[::-1])
        for column in (words.url_en, words.url_fr, words.state):
            reader.sort(column)
            self._assert_sorted(reader, column, "ascending", by_name)

    def _assert_sorted(self, reader: Reader, column: str, order: str, names: list[str]) -> None:
        assert reader.names() == names
        reader.expect_order(column, order)
