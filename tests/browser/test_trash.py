"""The guide's chapter on the trash: searching it, restoring several partners at once, and emptying it."""

import re
from collections.abc import Iterator, Sequence
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.phone import PhoneReader
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser

_SERIAL = count(1)
TITLES = {"fr": "Restaurer 2 partenaires?", "en": "Restore 2 partners?"}
DONE = {"fr": "2 partenaires restaurés.", "en": "2 partners restored."}
UNDO = {"fr": "Annuler la restauration", "en": "Undo the restoration"}
AS_BEFORE = {"fr": "2 partenaires rétablis tels qu’ils étaient.", "en": "2 partners are as they were."}

EMPTY = {"fr": "Vider la corbeille", "en": "Empty the trash"}
PURGE = {"fr": "Supprimer définitivement", "en": "Delete for good"}
PURGE_2 = {"fr": "Supprimer définitivement 2 partenaires?", "en": "Delete 2 partners for good?"}
PURGED = {"fr": "{} partenaires supprimés définitivement.", "en": "{} partners deleted for good."}
IS_EMPTY = {"fr": "La corbeille est vide", "en": "The trash is empty"}


@pytest.fixture
def pair(staff: Staff) -> Iterator[Sequence[str]]:
    """Two partners in the trash; the page shows them, the last one first."""
    # All tests share one trash.
    word = f"Revenant{next(_SERIAL)}x"
    names = [f"Aló {word} 2", f"Aló {word} 1"]
    ids = [staff.create(name, countries=["GY"]) for name in names[::-1]]
    for partner in ids:
        staff.trash(partner)
    staff.page.goto(f"/console/trash/?name={word}")
    yield names
    for partner in ids:
        staff.trash(partner)


def word_of(pair: Sequence[str]) -> str:
    """Return the word that only their names have."""
    return pair[0].split()[1]


def expect_names(reader: Reader, names: Sequence[str]) -> None:
    expect(reader.page.locator("#rows .col-name")).to_have_text(list(names))


class Chapter:
    """The section on several partners, in each language and without scripts."""

    @pytest.mark.performs("restore-several-1", "restore-several-2", "restore-several-3")
    def test_several_partners_are_restored_and_put_back(self, reader: Reader, pair: Sequence[str]) -> None:
        page, words = reader.page, reader.words
        expect_names(reader, pair)
        reader.tick(*(reader.selection_box(name) for name in pair))
        reader.click(page.locator(".list-foot").get_by_role("button", name=words.restore, exact=True))
        window = reader.window(TITLES[words.language])
        reader.click(window.get_by_role("button", name=words.ok, exact=True))
        reader.expect_message(DONE[words.language])
        assert page.url.endswith(f"/console/trash/?name={word_of(pair)}")
        expect_names(reader, [])
        reader.click(page.get_by_role("button", name=UNDO[words.language], exact=True))
        reader.expect_message(AS_BEFORE[words.language])
        expect_names(reader, pair)

    @pytest.mark.performs("empty-1", "empty-2", "empty-3")
    def test_trash_is_emptied(self, reader: Reader, pair: Sequence[str]) -> None:
        page, words = reader.page, reader.words
        reader.open(words.trash)
        shown = page.locator(".list-line")
        expect(shown).to_be_visible()
        count = int(re.findall("[0-9]+", shown.inner_text())[0])
        assert count >= len(pair)
        reader.click(page.get_by_role("link", name=EMPTY[words.language], exact=True))
        window = reader.window(f"{EMPTY[words.language]}?")
        page.locator("[name=confirm_count]").fill(str(count))
        reader.click(window.get_by_role("button", name=words.ok, exact=True))
        reader.expect_message(PURGED[words.language].format(count))
        expect(page.get_by_role("heading", name=IS_EMPTY[words.language])).to_be_visible()

    def test_some_partners_are_deleted_for_good(self, reader: Reader, pair: Sequence[str]) -> None:
        page, words = reader.page, reader.words
        reader.staff.trash(reader.staff.create(f"Autre {word_of(pair)}", countries=["GY"]))
        page.reload()
        reader.tick(*(reader.selection_box(name) for name in pair))
        reader.click(page.locator(".list-foot").get_by_role("button", name=PURGE[words.language], exact=True))
        window = reader.window(PURGE_2[words.language])
        page.locator("[name=confirm_count]").fill("2")
        reader.click(window.get_by_role("button", name=words.ok, exact=True))
        reader.expect_message(PURGED[words.language].format(2))
        expect_names(reader, [f"Autre {word_of(pair)}"])


class TestInFrench(Chapter):
    """« Corbeille »."""


class TestWithoutScripts(Chapter):
    """A page takes the place of the window."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)

    def test_enter_searches_and_keeps_the_order(self, staff: Staff, pair: Sequence[str]) -> None:
        page = staff.page
        page.goto("/console/trash/?sort=name&name=aucun")
        page.locator("#search-name").fill(word_of(pair))
        page.keyboard.press("Enter")
        expect(page.locator("#rows .col-name")).to_have_text(list(pair[::-1]))


class TestInEnglish(Chapter):
    """“Trash”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH


def test_keyboard_searches_sorts_and_ticks(staff: Staff, reader: Reader, pair: Sequence[str]) -> None:
    page = staff.page
    page.goto("/console/trash/")
    page.keyboard.press("/")
    expect(page.locator("#search-name")).to_be_focused()
    page.keyboard.type(word_of(pair))
    with reader.expect_new_rows():
        page.keyboard.press("Enter")
    expect_names(reader, pair)
    expect(page).to_have_title("Corbeille · Renvoi")
    assert page.url.endswith(f"/console/trash/?name={word_of(pair)}")
    page.locator("#sort-name").focus()
    with reader.expect_new_rows():
        page.keyboard.press("Enter")
    expect_names(reader, pair[::-1])
    page.locator("#pick-all").focus()
    with reader.expect_new_rows():
        page.keyboard.press("Space")
    expect(page.locator("#selection")).to_contain_text("Les 2 partenaires sont sélectionnés")
    page.locator("#restore-selected").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(TITLES["fr"])
    page.keyboard.press("Escape")
    expect(page.locator("#restore-selected")).to_be_focused()


def test_button_of_a_row_restores_its_partner_after_a_search(staff: Staff, reader: Reader, pair: Sequence[str]) -> None:
    """The form of the button is outside of the part that a search replaces."""
    page = staff.page
    page.locator("#search-name").fill(f"{word_of(pair)} 2")
    with reader.expect_new_rows():
        page.keyboard.press("Enter")
    page.get_by_role("button", name=f"{staff.words.restore} {pair[0]}", exact=True).click()
    reader.expect_message(staff.words.restored.format(pair[0]))
    expect(page.locator("#rows tr.saved")).to_have_count(1)


def test_cards_on_a_phone_are_sorted_and_ticked(open_staff: StaffMaker) -> None:
    staff = open_staff(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for name in ("Aló Téléphone 1", "Aló Téléphone 2"):
        staff.trash(staff.create(name, countries=["GY"]))
    page, reader = staff.page, PhoneReader(staff)
    page.goto("/console/trash/?name=telephone")
    expect(page.locator("#rows tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    reader.sort("Nom")
    expect(page.locator("#rows .col-name").first).to_have_text("Aló Téléphone 1")
    with reader.expect_new_rows():
        page.get_by_label("Tout (2)").tap()
    button = page.locator("#restore-selected")
    expect(button).to_be_in_viewport()
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
