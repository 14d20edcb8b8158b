"""The guide's chapter on saving time, step by step: several at once, views, copies, pasted countries, last days."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Labels:
    """What these pages say; `{}` stands for a name or a number."""

    pause: str
    resume: str
    delete: str
    pause_2: str
    resume_2: str
    delete_2: str
    without_partner: str
    paused_2: str
    resumed_2: str
    deleted_2: str
    undo_pause: str
    undo_resumption: str
    undo_deletion: str
    as_before: str
    view_name: str
    save_view: str
    edit_view: str
    edit_this_view: str
    view_saved: str
    view_deleted: str
    delete_view: str
    replace: str
    all: str
    duplicate: str
    paste: str
    countries_list: str
    add_list: str
    pasted: str
    added: str
    unknown: str
    not_added: str
    ending: re.Pattern[str]
    ends_soon: str
    help: str


LABELS = {
    "fr": Labels(
        pause="Mettre en pause",
        resume="Réactiver",
        delete="Supprimer",
        pause_2="Mettre 2 partenaires en pause?",
        resume_2="Réactiver 2 partenaires?",
        delete_2="Supprimer 2 partenaires?",
        without_partner="n’aura plus de partenaire",
        paused_2="2 partenaires mis en pause.",
        resumed_2="2 partenaires réactivés.",
        deleted_2="2 partenaires supprimés.",
        undo_pause="Annuler la mise en pause",
        undo_resumption="Annuler la réactivation",
        undo_deletion="Annuler la suppression",
        as_before="2 partenaires sont de nouveau comme avant.",
        view_name="Nom de la vue",
        save_view="Enregistrer cette vue",
        edit_view="Renommer ou supprimer la vue {}",
        edit_this_view="Renommer ou supprimer la vue",
        view_saved="Vue {} enregistrée.",
        view_deleted="Vue {} supprimée.",
        delete_view="Supprimer la vue",
        replace="La remplacer",
        all="Tous",
        duplicate="Dupliquer",
        paste="Coller plusieurs pays",
        countries_list="Liste de pays",
        add_list="Ajouter la liste",
        pasted="Brésil; Norvège, ZM, Brézil",
        added="Brésil, Norvège et Zambie ajoutés, 4 pays.",
        unknown="Brézil",
        not_added="La liste de pays n’a pas été ajoutée.",
        ending=re.compile(r"^\d+ ententes? se termine(nt)? d’ici 30 jours$"),
        ends_soon="Se termine bientôt",
        help="Aide\u00a0: {}",
    ),
    "en": Labels(
        pause="Pause",
        resume="Resume",
        delete="Delete",
        pause_2="Pause 2 partners?",
        resume_2="Resume 2 partners?",
        delete_2="Delete 2 partners?",
        without_partner="will have no partner left",
        paused_2="2 partners paused.",
        resumed_2="2 partners resumed.",
        deleted_2="2 partners deleted.",
        undo_pause="Undo the pause",
        undo_resumption="Undo the resumption",
        undo_deletion="Undo the deletion",
        as_before="2 partners are as they were.",
        view_name="Name of the view",
        save_view="Save this view",
        edit_view="Rename or delete the view {}",
        edit_this_view="Rename or delete the view",
        view_saved="View {} saved.",
        view_deleted="View {} deleted.",
        delete_view="Delete the view",
        replace="Replace it",
        all="All",
        duplicate="Duplicate",
        paste="Paste several countries",
        countries_list="List of countries",
        add_list="Add the list",
        pasted="Brazil; Norway, ZM, Brasul",
        added="Brazil, Norway and Zambia added, 4 countries.",
        unknown="Brasul",
        not_added="The list of countries was not added.",
        ending=re.compile(r"^\d+ agreements? ends? within 30 days$"),
        ends_soon="Ends soon",
        help="Help: {}",
    ),
}
PAIR = ("Aló Ensemble 1", "Aló Ensemble 2")


@pytest.fixture
def labels(words: Words) -> Labels:
    """In the language of the console."""
    return LABELS[words.language]


@pytest.fixture
def pair(staff: Staff) -> Iterator[Sequence[str]]:
    """Two partners alone in a country, which nobody else changes; the list shows them."""
    made = [staff.create(name, countries=["UY"]) for name in PAIR]
    staff.open_list(name="Ensemble")
    yield PAIR
    for partner in made:
        staff.trash(partner)


def click_bulk_button(reader: Reader, button: str, title: str) -> Locator:
    """One of the buttons above the list; the window that opens, or the page."""
    reader.click(reader.page.locator("#listing").get_by_role("button", name=button, exact=True))
    return reader.window(title)


def unique_name(reader: Reader, name: str) -> str:
    """That name, unlike in the same test's other runs."""
    return f"{name} {reader.words.language}{reader.staff.has_script:d}"


def expect_state(page: Page, state: str) -> None:
    expect(page.locator(f"#rows .state[data-state={state}]")).to_have_count(2)


class Chapter:
    """One test a section, with scripts and without."""

    @pytest.mark.performs("bulk-1", "bulk-2", "bulk-3", "bulk-4", "bulk-undo-1")
    def test_several_are_paused_and_resumed_at_once(self, reader: Reader, labels: Labels, pair: Sequence[str]) -> None:
        page, words = reader.page, reader.words
        for button, title, done, state, undo in (
            (labels.pause, labels.pause_2, labels.paused_2, "paused", labels.undo_pause),
            (labels.pause, labels.pause_2, labels.paused_2, "paused", ""),
            (labels.resume, labels.resume_2, labels.resumed_2, "active", labels.undo_resumption),
        ):
            reader.staff.open_list(name="Ensemble")
            reader.tick(*(reader.selection_box(name) for name in pair))
            window = click_bulk_button(reader, button, title)
            if state == "paused":
                expect(window).to_contain_text(f"{words.country['UY']} {labels.without_partner}")
            reader.click(window.get_by_role("button", name=words.ok, exact=True))
            reader.expect_message(done)
            # What was paused can be gone on with.
            expect(page.locator("#selection")).to_be_visible()
            assert reader.names() == [*pair]
            expect_state(page, state)
            if undo:
                reader.click(page.get_by_role("button", name=undo, exact=True))
                reader.expect_message(labels.as_before)
                expect_state(page, "active" if state == "paused" else "paused")

    def test_several_are_deleted_at_once(self, reader: Reader, labels: Labels, pair: Sequence[str]) -> None:
        page, words = reader.page, reader.words
        reader.tick(*(reader.selection_box(name) for name in pair))
        window = click_bulk_button(reader, labels.delete, labels.delete_2)
        expect(window).to_contain_text(f"{words.country['UY']} {labels.without_partner}")
        reader.click(window.get_by_text(words.cancel, exact=True))
        assert reader.names() == [*pair]
        if not reader.staff.has_script:
            reader.staff.open_list(name="Ensemble")
            reader.tick(*(reader.selection_box(name) for name in pair))
        window = click_bulk_button(reader, labels.delete, labels.delete_2)
        reader.click(window.get_by_role("button", name=words.ok, exact=True))
        reader.expect_message(labels.deleted_2)
        expect(page.locator("#rows tr")).to_have_count(0)
        reader.click(page.get_by_role("button", name=labels.undo_deletion, exact=True))
        reader.expect_message(labels.as_before)
        assert reader.names() == [*pair]

    @pytest.mark.performs("views-1", "views-2", "views-3", "open-view-1", "open-view-2")
    @pytest.mark.performs("edit-view-1", "edit-view-2")
    def test_a_view_is_saved_opened_renamed_and_deleted(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        reader.open_partners()
        reader.search("Canada", column=words.countries)
        reader.sort(words.url_en)
        names, address = reader.names(), page.url
        reader.click(page.get_by_role("link", name=labels.save_view, exact=True))
        window = reader.window(labels.save_view)
        reader.field(labels.view_name).fill("Nord")
        reader.click(window.get_by_role("button", name=words.save, exact=True))
        reader.expect_message(labels.view_saved.format("Nord"))
        self._expect_current_view(page, "Nord", [labels.all, "Nord"])
        assert page.url == address
        assert reader.names() == names
        reader.click(self._tabs(page).get_by_role("link", name=labels.all, exact=True))
        self._expect_current_view(page, labels.all, [labels.all, "Nord"])
        assert len(reader.names()) > len(names)
        reader.click(self._tabs(page).get_by_role("link", name="Nord", exact=True))
        self._expect_current_view(page, "Nord", [labels.all, "Nord"])
        for again in (page.reload, page.go_back, page.go_forward):
            again()
        self._expect_current_view(page, "Nord", [labels.all, "Nord"])
        assert reader.names() == names
        reader.click(page.get_by_role("link", name=labels.edit_view.format("Nord"), exact=True))
        window = reader.window(labels.edit_this_view)
        expect(reader.field(labels.view_name)).to_have_value("Nord")
        reader.field(labels.view_name).fill("Boréal")
        reader.click(window.get_by_role("button", name=words.save, exact=True))
        reader.expect_message(labels.view_saved.format("Boréal"))
        self._expect_current_view(page, "Boréal", [labels.all, "Boréal"])
        reader.click(page.get_by_role("link", name=labels.edit_view.format("Boréal"), exact=True))
        reader.click(reader.window(labels.edit_this_view).get_by_role("button", name=labels.delete_view, exact=True))
        reader.expect_message(labels.view_deleted.format("Boréal"))
        expect(self._tabs(page).get_by_role("link")).to_have_text([labels.all])
        assert reader.names() == names

    def test_a_name_that_is_taken_is_chosen_again_or_replaced(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        for query in ({"countries": "Canada"}, {"name": "Éperlan"}):
            reader.staff.open_list(**query)
            reader.click(page.get_by_role("link", name=labels.save_view, exact=True))
            window = reader.window(labels.save_view)
            reader.field(labels.view_name).fill("Deux fois")
            reader.staff.watch.expected_statuses.add(422)
            reader.click(window.get_by_role("button", name=words.save, exact=True))
            if "name" in query:
                expect(reader.field(labels.view_name)).to_have_attribute("aria-invalid", "true")
                expect(reader.field(labels.view_name)).to_have_value("Deux fois")
                reader.click(page.get_by_role("button", name=labels.replace, exact=True))
            reader.expect_message(labels.view_saved.format("Deux fois"))
        self._expect_current_view(page, "Deux fois", [labels.all, "Deux fois"])
        assert reader.names() == ["Éperlan Téléphonie"]
        reader.click(page.get_by_role("link", name=labels.edit_view.format("Deux fois"), exact=True))
        reader.click(page.get_by_role("button", name=labels.delete_view, exact=True))
        reader.expect_message(labels.view_deleted.format("Deux fois"))

    @pytest.mark.performs("duplicate-1", "duplicate-2", "duplicate-3", "duplicate-4")
    def test_a_partner_is_duplicated(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        model = unique_name(reader, "Aló Modèle")
        reader.staff.create(model, countries=["IS", "NO"], description_fr="Elle répond.")
        reader.staff.open_list(name=model)
        reader.click(page.get_by_role("link", name=model, exact=True))
        reader.expect_settings()
        reader.click(page.get_by_role("link", name=labels.duplicate, exact=True))
        expect(page).to_have_url(re.compile(r"/console/partners/new/\?from="))
        reader.expect_settings()
        expect(reader.chosen_countries).to_contain_text([words.country["IS"], words.country["NO"]])
        expect(reader.field(words.description_fr)).to_have_value("Elle répond.")
        reader.field(words.name).fill(f"{model} bis")
        reader.save(message=words.created.format(f"{model} bis"))
        assert reader.names() == [model, f"{model} bis"]
        for name in reader.names():
            expect(reader.row(name)).to_contain_text(words.country["IS"])

    @pytest.mark.performs("paste-1", "paste-2", "paste-3", "paste-4")
    def test_several_countries_are_pasted(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        name = unique_name(reader, "Aló Collé")
        reader.staff.open_settings(reader.staff.create(name, countries=["IS"]))
        reader.click(page.locator("summary", has_text=labels.paste))
        field = page.get_by_role("textbox", name=labels.countries_list, exact=True)
        field.fill(labels.pasted)
        reader.staff.watch.expected_statuses.add(422)
        reader.click(page.get_by_role("button", name=labels.add_list, exact=True))
        expect(reader.chosen_countries).to_have_count(4)
        expect(field).to_have_value(labels.unknown)
        expect(page.locator("#countries-error")).to_contain_text(labels.unknown)
        if reader.staff.has_script:
            expect(page.locator("#announcement")).to_contain_text(labels.added)
            expect(field).to_be_focused()
        # What was not added is not lost by Save.
        reader.click(page.get_by_role("button", name=words.save, exact=True))
        expect(page.get_by_role("alert")).to_contain_text(labels.not_added)
        field.fill("")
        reader.save(message=words.saved.format(name))
        reader.staff.open_list(name=name)
        expect(reader.row(name).locator(".more")).to_have_text("+1")

    @pytest.mark.performs("ending-1")
    def test_the_line_of_ending_agreements_leads_to_them(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        last_day = (datetime.now(UTC) + timedelta(days=12)).date().isoformat()
        name = unique_name(reader, "Aló Finissant")
        reader.staff.create(name, countries=["IS"], agreement_ends_on=last_day)
        reader.open_partners()
        reader.click(page.get_by_role("link", name=labels.ending))
        expect(reader.search_field(words.state)).to_have_value(labels.ends_soon)
        expect(reader.row(name)).to_contain_text(last_day)
        assert len(reader.names()) == page.locator("#rows .state-date[data-soon]").count()
        names = reader.names()
        reader.search("", column=words.state)
        reader.search(labels.ends_soon, column=words.state)
        assert reader.names() == names

    def _tabs(self, page: Page) -> Locator:
        return page.locator(".views nav")

    def _expect_current_view(self, page: Page, name: str, names: Sequence[str]) -> None:
        expect(page.locator(".views [aria-current]")).to_have_text([name])
        expect(page.locator(".views li > a:first-child")).to_have_text([*names])


class TestInFrench(Chapter):
    """« Gagner du temps »."""


class TestWithoutScripts(Chapter):
    """Whatever is a window is then a page, whose question mark opens its own section."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """Somebody whose browser runs no script."""
        return open_staff(java_script_enabled=False)

    def test_the_question_mark_of_these_pages_opens_their_sections(
        self, reader: Reader, labels: Labels, pair: Sequence[str]
    ) -> None:
        page = reader.page
        reader.tick(*(reader.selection_box(name) for name in pair))
        click_bulk_button(reader, labels.pause, labels.pause_2)
        self._expect_help_section(reader, "bulk")
        reader.staff.open_list(countries="Canada")
        reader.click(page.get_by_role("link", name=labels.save_view, exact=True))
        self._expect_help_section(reader, "views")

    def _expect_help_section(self, reader: Reader, anchor: str) -> None:
        mark = reader.page.locator("main .title-line a.icon-button")
        expect(mark).to_have_accessible_name(re.compile(f"^{re.escape(LABELS['fr'].help.format(''))}"))
        reader.click(mark)
        expect(reader.page).to_have_url(re.compile(rf"/console/help/time/#{anchor}$"))
        expect(reader.page.locator(f"#{anchor}")).to_be_in_viewport()


class TestInEnglish(Chapter):
    """“Saving time”."""

    @pytest.fixture
    def words(self) -> Words:
        """The other language."""
        return ENGLISH


def test_the_window_of_several_keeps_the_focus_safe(reader: Reader, labels: Labels, pair: Sequence[str]) -> None:
    page = reader.page
    reader.tick(*(reader.selection_box(name) for name in pair))
    button = page.locator("#selection").get_by_role("button", name=labels.delete, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    window = reader.window(labels.delete_2)
    expect(window.get_by_role("button", name=reader.words.cancel, exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    assert reader.names() == [*pair]
    expect(page.locator(".selection")).to_have_text(reader.words.selected[1].format(2))
