"""The page Réglages du partenaire: filling, countries, errors, suggestions, and sending it twice or too late."""

from typing import Any

import pytest

from renvoi.partners.models import Change, Partner
from renvoi.partners.values import PartnerValues
from tests.cast import ALO_BRASIL, AZULEJO, only, published, stored, typed, with_changes
from tests.console.browsing import Browsing, Page, contents
from tests.console.filling import LIST, NEW, add, chips, filled, path_of, value

NBSP = "\u00a0"
LABELS = [
    ("name", "Nom", "Name"),
    ("url_en", "URL en anglais", "URL in English"),
    ("url_fr", "URL en français", "URL in French"),
    ("description_en", "Description en anglais", "Description in English"),
    ("description_fr", "Description en français", "Description in French"),
    ("country", "Pays desservis", "Countries served"),
    ("priority", "Priorité", "Priority"),
    ("agreement_reference", "Référence", "Reference"),
    ("agreement_starts_on", "Premier jour", "First day"),
    ("agreement_ends_on", "Dernier jour", "Last day"),
]


class TestNew:
    """The manual's « Ajouter un partenaire »."""

    def test_followed_word_for_word_it_makes_a_partner(self, console: Browsing) -> None:
        page = console.open(LIST)
        form = next(form for form in page.all("form") if [button.text for button in form.all("button")] == ["Nouveau"])
        page = console.open(f"{form['action']}?list={form.one('input', name='list')['value']}")
        for code in ("BR", "PT"):
            page = add(console, page, code, **typed(ALO_BRASIL))
        saved = console.send(page)
        assert saved.path == LIST
        assert saved.notices == ["Partenaire Aló Brasil créé."]
        assert PartnerValues.of(Partner.objects.get()) == ALO_BRASIL
        assert [row["id"] for row in saved.all("tr", class_="saved")] == [f"partner-{Partner.objects.get().id}"]
        assert published().countries == {"BR", "PT"}

    def test_every_field_has_its_label_in_both_languages(self, console: Browsing, english_console: Browsing) -> None:
        for browsing, index in ((console, 1), (english_console, 2)):
            form = browsing.open(NEW).form()
            assert [(name, form.one("label", for_=name).text) for name, *_ in LABELS] == [
                (labels[0], labels[index]) for labels in LABELS
            ]

    def test_it_begins_active_with_the_middle_priority(self, console: Browsing) -> None:
        page = console.open(NEW)
        assert (value(page, "status"), value(page, "priority")) == ("active", "5")

    def test_who_made_it_and_when_stands_on_its_page(self, console: Browsing) -> None:
        console.send(filled(console))
        meta = console.open(path_of(Partner.objects.get())).one("div", class_="page-title").one("p", class_="meta").text
        assert meta.startswith("Modifié le 20")
        assert meta.endswith(" par Odile")
        assert f"{NBSP}h{NBSP}" in meta


class TestEdit:
    """The manual's « Modifier les réglages »."""

    def test_the_page_holds_what_is_stored(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        assert {name: value(page, name) for name in typed(ALO_BRASIL)} == typed(ALO_BRASIL)
        assert chips(page) == ["Brésil", "Portugal"]

    def test_saved_as_it_is_it_changes_nothing(self, console: Browsing) -> None:
        texts = with_changes(
            ALO_BRASIL, description_fr="\nUne ligne vide devant", description_en="a\n\nb <b>&amp;</b>\n \n'\""
        )
        partner = stored(with_changes(texts, description_fr=texts.description_fr.strip()))
        page = console.send(console.open(path_of(partner)))
        assert page.notices == ["Partenaire Aló Brasil enregistré."]
        assert (Partner.objects.get().version, Change.objects.count()) == (1, 1)

    def test_a_description_of_several_lines_is_kept_exactly(self, alo_brasil: Partner, console: Browsing) -> None:
        text = "Un\n\n  deux <b>&amp;</b>\n\ttrois 🥐"
        console.send(console.open(path_of(alo_brasil)), description_fr=text.replace("\n", "\r\n"))
        assert Partner.objects.get().description_fr == text
        assert value(console.open(path_of(alo_brasil)), "description_fr") == text

    def test_a_page_that_shows_mixed_scripts_warns(self, alo_brasil: Partner, console: Browsing) -> None:
        console.send(console.open(path_of(alo_brasil)), url_en="https://аlobrasil.example/")
        assert Partner.objects.get().url_en.startswith("https://xn--")
        page = console.open(path_of(alo_brasil))
        assert "mêle les lettres de plusieurs alphabets" in page.one("p", id="url_en-warning").text


class TestErrors:
    """What is wrong is said beside its field, and what was typed is still there."""

    @pytest.mark.parametrize(
        ("field", "text", "french", "english"),
        [
            ("name", "", "Entrez un nom.", "Enter a name."),
            (
                "name",
                " n" * 101,
                "Ce texte a 101 caractères de trop (la limite est de 100).",
                "This text is 101 characters too long (the limit is 100).",
            ),
            (
                "url_en",
                "ftp://a.example",
                "Seules les adresses qui commencent par https:// ou http:// peuvent servir.",
                "Only addresses that begin with https:// or http:// can be used.",
            ),
            (
                "url_fr",
                "alobrasil",
                "Une adresse commence par https:// ou http://.",
                "An address begins with https:// or http://.",
            ),
            (
                "description_en",
                "x\n" * 200,
                "Ce texte a 144 caractères de trop (la limite est de 255).",
                "This text is 144 characters too long (the limit is 255).",
            ),
            (
                "description_fr",
                "🥐" * 256,
                "Ce texte a 1 caractère de trop (la limite est de 255).",
                "This text is 1 character too long (the limit is 255).",
            ),
            (
                "agreement_reference",
                "r" * 101,
                "Ce texte a 1 caractère de trop (la limite est de 100).",
                "This text is 1 character too long (the limit is 100).",
            ),
            (
                "agreement_starts_on",
                "hier",
                "Un jour s’écrit année-mois-jour, comme 2026-11-22.",
                "A day is written year-month-day, like 2026-11-22.",
            ),
            (
                "agreement_ends_on",
                "2020-01-01",
                "Le dernier jour précède le premier jour.",
                "The last day is before the first day.",
            ),
        ],
    )
    def test_beside_its_field_in_both_languages(
        self,
        field: str,
        text: str,
        french: str,
        english: str,
        alo_brasil: Partner,
        console: Browsing,
        english_console: Browsing,
    ) -> None:
        for browsing, sentence in ((console, french), (english_console, english)):
            page = browsing.send(browsing.open(path_of(alo_brasil)), **only(field, text))
            assert (page.status, page.errors) == (422, {field: sentence})
            assert value(page, field) == text
            assert page.one(id=field)["aria-invalid"] == "true"
            assert f"{field}-error" in page.one(id=field)["aria-describedby"].split()
            assert page.one("div", class_="error-summary").one("a")["href"] == f"#{field}"
        assert PartnerValues.of(Partner.objects.get()) == ALO_BRASIL

    @pytest.mark.parametrize(
        ("field", "text", "sentence"),
        [
            ("priority", "12", "La priorité est un nombre de 1 (en premier) à 9."),
            ("status", "gone", "Sélectionnez un des choix."),
        ],
    )
    def test_what_no_browser_offers_is_refused_too(
        self, field: str, text: str, sentence: str, alo_brasil: Partner, console: Browsing
    ) -> None:
        page = console.send(console.open(path_of(alo_brasil)), **only(field, text))
        assert (page.status, page.errors) == (422, {field: sentence})

    def test_everything_wrong_is_said_at_once_and_summed_up(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), url_en="x", agreement_ends_on="never")
        assert set(page.errors) == {"name", "url_en", "countries", "agreement_ends_on"}
        summary = page.one("div", class_="error-summary")
        assert summary.one("h2").text == "4 champs sont à corriger"
        assert [link["href"] for link in summary.all("a")] == ["#name", "#url_en", "#country", "#agreement_ends_on"]
        assert summary.all("a")[0].text == f"Nom{NBSP}: Entrez un nom."
        assert all(page.all(id=link["href"][1:]) for link in summary.all("a"))

    def test_what_was_typed_comes_back_to_the_last_blank(self, console: Browsing) -> None:
        text = "\n\n  un\n\tdeux  \n"
        page = console.send(console.open(NEW), description_fr=text, description_en=text[1:], name=" ")
        assert (value(page, "description_fr"), value(page, "description_en")) == (text, text[1:])
        assert value(page, "name") == " "

    def test_a_name_that_is_taken_names_who_has_it(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.send(filled(console, with_changes(AZULEJO, name="alo brasil")))
        assert page.errors == {"name": "Il y a déjà un partenaire nommé Aló Brasil."}
        assert chips(page) == ["Angola", "Portugal"]
        assert Partner.objects.get() == alo_brasil

    def test_no_field_cuts_what_is_pasted(self, console: Browsing) -> None:
        assert [one for one in console.open(NEW).all() if "maxlength" in one.attributes] == []


class TestSuggestion:
    """An address without its scheme."""

    def test_one_click_puts_it_right(self, console: Browsing) -> None:
        page = console.send(filled(console), url_en="alobrasil.example/en")
        assert page.one("button", name="suggest", value="url_en").text == "Utiliser https://alobrasil.example/en"
        page = console.send(page, press="suggest=url_en")
        assert (page.status, page.errors) == (200, {})
        assert value(page, "url_en") == "https://alobrasil.example/en"
        console.send(page)
        assert Partner.objects.get().url_en == "https://alobrasil.example/en"

    def test_what_else_was_typed_is_still_there(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), url_fr="a.example", name="Solo", agreement_ends_on="never")
        page = console.send(page, press="suggest=url_fr")
        assert (value(page, "name"), value(page, "agreement_ends_on")) == ("Solo", "never")
        assert page.errors == {}


class TestCountries:
    """A list, Ajouter, and an icon to remove each."""

    def test_add_and_remove_without_a_script(self, console: Browsing) -> None:
        page = add(console, console.open(NEW), "US", name="Solo")
        page = add(console, page, "BR")
        assert (chips(page), value(page, "name")) == (["Brésil", "États-Unis"], "Solo")
        offered = [option["value"] for option in page.one("select", id="country").all("option")]
        assert "BR" not in offered
        assert "FR" in offered
        page = console.send(page, press="remove_country=BR")
        assert chips(page) == ["États-Unis"]
        assert Partner.objects.count() == 0

    def test_the_list_offers_every_country_in_alphabetical_order(self, console: Browsing) -> None:
        names = [option.text for option in console.open(NEW).one("select", id="country").all("option")]
        assert len(names) == 251
        assert names[0] == "Sélectionner un pays"
        assert names.index("Danemark") < names.index("Égypte") < names.index("Espagne")

    def test_with_htmx_only_the_countries_are_exchanged(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        pressed = contents(page.form()) | {"country": ["AO"], "add_country": ["1"]}
        part = console.post(path_of(alo_brasil), pressed, htmx=True)
        assert part.all("html") == []
        assert part.all("fieldset")[0]["id"] == "countries"
        assert chips(part) == ["Angola", "Brésil", "Portugal"]
        assert part.one("p", id="announcement").text == "Angola ajouté, 3 pays."

    def test_adding_nothing_is_said(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), press="add_country=1")
        assert page.errors == {"countries": "Sélectionnez d’abord un pays dans la liste."}

    def test_what_is_no_country_is_refused_by_name(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.send(console.open(path_of(alo_brasil)), countries=["BR", "XX"])
        assert page.errors == {"countries": "XX n’est pas un pays."}

    @pytest.mark.parametrize(
        ("answer", "countries"), [("save=with", ("AO", "BR", "PT")), ("save=without", ("BR", "PT")), ("", ("BR", "PT"))]
    )
    def test_one_chosen_but_not_added_stops_save_once_and_asks(
        self, answer: str, countries: tuple[str, ...], alo_brasil: Partner, console: Browsing
    ) -> None:
        page = console.send(console.open(path_of(alo_brasil)), country="AO", priority="1")
        assert (page.status, page.errors) == (422, {"countries": "Angola est sélectionné, mais pas ajouté."})
        assert value(page, "country") == "AO"
        assert Partner.objects.get().version == 1
        buttons = [button.text for button in page.form().one("div", class_="suggestion").all("button")]
        assert buttons == ["L’ajouter et enregistrer", "Enregistrer sans lui"]
        saved = console.send(page, press=answer)
        assert saved.path == LIST
        assert (Partner.objects.get().countries, Partner.objects.get().priority) == (countries, 1)


class TestDuplicate:
    """A new partner that begins as a copy of another."""

    def test_the_copy_has_every_value_but_the_name(self, console: Browsing, alo_brasil: Partner) -> None:
        page = console.open(f"/console/partners/{alo_brasil.id}/")
        (link,) = [link for link in page.all("a") if link.text == "Dupliquer"]
        copy = console.open(link["href"])
        assert copy.one("input", id="name")["value"] == "Aló Brasil (copie)"
        assert "Copie de Aló Brasil" in copy.html
        console.send(copy)
        made = Partner.objects.get(name="Aló Brasil (copie)")
        assert PartnerValues.of(made) == with_changes(PartnerValues.of(alo_brasil), name=made.name)
        assert made.id != alo_brasil.id

    def test_a_name_that_is_taken_is_numbered_and_a_long_one_is_cut(
        self, console: Browsing, alo_brasil: Partner
    ) -> None:
        stored(with_changes(ALO_BRASIL, name="ALO BRASIL (COPIE)"))
        page = console.open(f"/console/partners/new/?from={alo_brasil.id}")
        assert page.one("input", id="name")["value"] == "Aló Brasil (copie 2)"
        long = stored(with_changes(ALO_BRASIL, name="é" * 100))
        name = console.open(f"/console/partners/new/?from={long.id}").one("input", id="name")["value"]
        assert name == "é" * 92 + " (copie)"

    @pytest.mark.parametrize("said", ["0", "x", "-1", "9" * 30, "٣"])
    def test_what_is_no_partner_gives_an_empty_page(self, said: str, console: Browsing) -> None:
        assert console.open(f"/console/partners/new/?from={said}").one("input", id="name")["value"] == ""


class TestUndoOfAPause:
    """Pausing or resuming on the page itself is undone in one click, and nothing else is."""

    def save(self, console: Browsing, partner: Partner, **typed: Any) -> Page:
        return console.send(console.open(f"/console/partners/{partner.id}/"), **typed)

    def test_a_pause_is_undone(self, console: Browsing, alo_brasil: Partner) -> None:
        saved = self.save(console, alo_brasil, status="paused")
        (form,) = [form for form in saved.all("form") if "/undo/" in form.get("action")]
        assert form.one("button").text == "Annuler la mise en pause"
        console.send(saved, action=form["action"])
        assert Partner.objects.get(id=alo_brasil.id).status == "active"

    def test_a_save_that_changed_more_has_no_undo(self, console: Browsing, alo_brasil: Partner) -> None:
        saved = self.save(console, alo_brasil, status="paused", priority="1")
        assert [form for form in saved.all("form") if "/undo/" in form.get("action")] == []
