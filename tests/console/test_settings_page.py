"""The settings of a partner: filling in the form, countries, errors and suggestions."""

import pytest

from renvoi.history.models import Change
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, only, published, stored, typed, with_changes
from tests.console.browsing import Browsing, contents
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
    ("agreement_starts_on", "Début", "First day"),
    ("agreement_ends_on", "Fin (inclusivement)", "Last day"),
]


class TestNew:
    """The manual's chapter “Ajouter un partenaire”."""

    def test_steps_of_the_manual_create_a_partner(self, console: Browsing) -> None:
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

    def test_fields_are_labelled_in_both_languages(self, console: Browsing, english_console: Browsing) -> None:
        for browsing, index in ((console, 1), (english_console, 2)):
            form = browsing.open(NEW).form()
            assert [(name, form.one("label", for_=name).text) for name, *_ in LABELS] == [
                (labels[0], labels[index]) for labels in LABELS
            ]

    def test_new_partner_is_active_with_priority_five(self, console: Browsing) -> None:
        page = console.open(NEW)
        assert (value(page, "status"), value(page, "priority")) == ("active", "5")

    def test_page_shows_author_and_moment_of_the_last_change(self, console: Browsing) -> None:
        console.send(filled(console))
        meta = console.open(path_of(Partner.objects.get())).one("div", class_="page-title").one("p", class_="meta").text
        assert meta.startswith("Modifié le 20")
        assert " par Odile · " in meta
        assert f"{NBSP}h{NBSP}" in meta


class TestEdit:
    """The manual's chapter “Modifier les réglages”."""

    def test_form_contains_the_stored_values(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        assert {name: value(page, name) for name in typed(ALO_BRASIL)} == typed(ALO_BRASIL)
        assert chips(page) == ["Brésil", "Portugal"]

    def test_saving_unchanged_values_writes_no_history(self, console: Browsing) -> None:
        texts = with_changes(
            ALO_BRASIL, description_fr="\nUne ligne vide devant", description_en="a\n\nb <b>&amp;</b>\n \n'\""
        )
        partner = stored(with_changes(texts, description_fr=texts.description_fr.strip()))
        page = console.send(console.open(path_of(partner)))
        assert page.notices == ["Partenaire Aló Brasil enregistré."]
        assert (Partner.objects.get().version, Change.objects.count()) == (1, 1)

    def test_multiline_description_is_saved_exactly(self, alo_brasil: Partner, console: Browsing) -> None:
        text = "Un\n\n  deux <b>&amp;</b>\n\ttrois 🥐"
        console.send(console.open(path_of(alo_brasil)), description_fr=text.replace("\n", "\r\n"))
        assert Partner.objects.get().description_fr == text
        assert value(console.open(path_of(alo_brasil)), "description_fr") == text

    def test_mixed_scripts_in_a_host_show_a_warning(self, alo_brasil: Partner, console: Browsing) -> None:
        console.send(console.open(path_of(alo_brasil)), url_en="https://аlobrasil.example/")
        assert Partner.objects.get().url_en.startswith("https://xn--")
        page = console.open(path_of(alo_brasil))
        assert "mêle les lettres de plusieurs alphabets" in page.one("p", id="url_en-warning").text


class TestErrors:
    """Errors appear beside their fields, and typed values stay."""

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
                "Seules les adresses qui commencent par https:// ou http:// sont acceptées.",
                "Only addresses that begin with https:// or http:// are accepted.",
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
                "Entrez le jour sous la forme année-mois-jour, par exemple 2026-11-22.",
                "Enter the day as year-month-day, for example 2026-11-22.",
            ),
            (
                "agreement_ends_on",
                "2020-01-01",
                "La fin de l’entente précède son début. Corrigez un des deux jours.",
                "The last day is before the first day. Correct one of them.",
            ),
        ],
    )
    def test_error_is_beside_its_field_in_both_languages(
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
            ("status", "gone", "Choisissez une des valeurs proposées."),
        ],
    )
    def test_values_that_no_browser_offers_are_refused(
        self, field: str, text: str, sentence: str, alo_brasil: Partner, console: Browsing
    ) -> None:
        page = console.send(console.open(path_of(alo_brasil)), **only(field, text))
        assert (page.status, page.errors) == (422, {field: sentence})

    def test_all_errors_are_shown_and_summarized(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), url_en="x", agreement_ends_on="never")
        assert set(page.errors) == {"name", "url_en", "countries", "agreement_ends_on"}
        summary = page.one("div", class_="error-summary")
        assert summary.one("h2").text == "4 champs sont à corriger"
        assert [link["href"] for link in summary.all("a")] == ["#name", "#url_en", "#country", "#agreement_ends_on"]
        assert summary.all("a")[0].text == f"Nom{NBSP}: Entrez un nom."
        assert all(page.all(id=link["href"][1:]) for link in summary.all("a"))

    def test_refused_form_keeps_typed_values_exactly(self, console: Browsing) -> None:
        text = "\n\n  un\n\tdeux  \n"
        page = console.send(console.open(NEW), description_fr=text, description_en=text[1:], name=" ")
        assert (value(page, "description_fr"), value(page, "description_en")) == (text, text[1:])
        assert value(page, "name") == " "

    def test_taken_name_error_names_the_other_partner(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.send(filled(console, with_changes(AZULEJO, name="alo brasil")))
        assert page.errors == {"name": "Il y a déjà un partenaire nommé Aló Brasil."}
        assert chips(page) == ["Angola", "Portugal"]
        assert Partner.objects.get() == alo_brasil

    def test_no_field_has_maxlength(self, console: Browsing) -> None:
        assert [one for one in console.open(NEW).all() if "maxlength" in one.attributes] == []


class TestSuggestion:
    """The suggestion for an address without a scheme."""

    def test_suggestion_is_applied_with_one_click(self, console: Browsing) -> None:
        page = console.send(filled(console), url_en="alobrasil.example/en")
        assert page.one("button", name="suggest", value="url_en").text == "Utiliser https://alobrasil.example/en"
        page = console.send(page, press="suggest=url_en")
        assert (page.status, page.errors) == (200, {})
        assert value(page, "url_en") == "https://alobrasil.example/en"
        console.send(page)
        assert Partner.objects.get().url_en == "https://alobrasil.example/en"

    def test_suggestion_keeps_the_other_typed_values(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), url_fr="a.example", name="Solo", agreement_ends_on="never")
        page = console.send(page, press="suggest=url_fr")
        assert (value(page, "name"), value(page, "agreement_ends_on")) == ("Solo", "never")
        assert page.errors == {}


class TestCountries:
    """The list of countries, the Add button, and the icons to remove them."""

    def test_countries_are_added_and_removed_without_javascript(self, console: Browsing) -> None:
        page = add(console, console.open(NEW), "US", name="Solo")
        page = add(console, page, "BR")
        assert (chips(page), value(page, "name")) == (["Brésil", "États-Unis"], "Solo")
        offered = [option["value"] for option in page.one("select", id="country").all("option")]
        assert "BR" not in offered
        assert "FR" in offered
        page = console.send(page, press="remove_country=BR")
        assert chips(page) == ["États-Unis"]
        assert Partner.objects.count() == 0

    def test_choices_are_sorted_and_complete(self, console: Browsing) -> None:
        names = [option.text for option in console.open(NEW).one("select", id="country").all("option")]
        assert len(names) == 251
        assert names[0] == "Sélectionner un pays"
        assert names.index("Danemark") < names.index("Égypte") < names.index("Espagne")

    def test_script_gets_the_whole_page(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        pressed = contents(page.form()) | {"country": ["AO"], "add_country": ["1"]}
        answer = console.post(path_of(alo_brasil), pressed, htmx=True)
        assert (answer.title, chips(answer)) == (
            "Aló Brasil\u00a0– Réglages du partenaire",
            ["Angola", "Brésil", "Portugal"],
        )
        assert answer.one("p", **{"data-announce": ""}).text == "Angola ajouté, 3 pays."

    def test_adding_without_a_country_is_an_error(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), press="add_country=1")
        assert page.errors == {"countries": "Sélectionnez d’abord un pays dans la liste."}

    def test_unknown_country_is_refused_by_name(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.send(console.open(path_of(alo_brasil)), countries=["BR", "XX"])
        assert page.errors == {"countries": "XX n’est pas un pays."}

    @pytest.mark.parametrize(
        ("press", "countries"), [("save=with", ("AO", "BR", "PT")), ("save=without", ("BR", "PT")), ("", ("BR", "PT"))]
    )
    def test_selected_but_not_added_country_asks_once_before_saving(
        self, press: str, countries: tuple[str, ...], alo_brasil: Partner, console: Browsing
    ) -> None:
        page = console.send(console.open(path_of(alo_brasil)), country="AO", priority="1")
        assert (page.status, page.errors) == (422, {"countries": "Pays sélectionné, mais pas ajouté\u00a0: Angola."})
        assert value(page, "country") == "AO"
        assert Partner.objects.get().version == 1
        buttons = [button.text for button in page.form().one("div", class_="suggestion").all("button")]
        assert buttons == ["L’ajouter et enregistrer", "Enregistrer sans lui"]
        saved = console.send(page, press=press)
        assert saved.path == LIST
        assert (Partner.objects.get().countries, Partner.objects.get().priority) == (countries, 1)
