"""The journey of the manual without a mouse: every stop has a visible focus, and the focus is never lost."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.exported import rows_in, text_of, without_spaces
from tests.browser.journeys import Reader
from tests.browser.keyboard import Keyboard
from tests.browser.people import Staff

pytestmark = pytest.mark.browser


@pytest.fixture
def keyboard(staff: Staff) -> Keyboard:
    """The keyboard of the staff's page."""
    return Keyboard(staff.page)


def test_skip_link_focuses_content(staff: Staff, keyboard: Keyboard) -> None:
    staff.open_list()
    assert keyboard.tab().name == staff.words.skip
    keyboard.press("Enter")
    assert keyboard.stop.id == "content"
    first = keyboard.tab()
    assert staff.page.locator("#content :focus").count() == 1, first


def test_journey_by_keyboard(staff: Staff, keyboard: Keyboard) -> None:
    staff.page.goto("/console/coverage/")
    keyboard.tab_to(staff.words.partners)
    keyboard.press_and_navigate()
    _create(staff, keyboard)
    _search(staff, keyboard)
    _sort(staff, keyboard)
    _change(staff, keyboard)
    _delete(staff, keyboard)


def _create(staff: Staff, keyboard: Keyboard) -> None:
    words = staff.words
    keyboard.tab_to(words.new)
    keyboard.press_and_navigate()
    expect(staff.page.get_by_role("heading", level=1)).to_have_text(words.settings)
    expect(staff.page.locator("#name")).to_be_focused()
    keyboard.type_text("Aló Clavier")
    keyboard.tab_to(words.url_en)
    keyboard.type_text("http://signup.partnername.com/en/welcome")
    keyboard.tab_to(words.description_fr)
    keyboard.type_text("Elle répond.")
    for code in ("NO", "ZM"):
        if keyboard.stop.id != "country":
            keyboard.tab_to_id("country")
        keyboard.type_text(words.country[code])
        keyboard.tab_to(words.add)
        keyboard.press("Space" if code == "NO" else "Enter")
        expect(staff.page.locator(".chips")).to_contain_text(words.country[code])
        expect(staff.page.locator("#announcement")).to_contain_text(words.country[code])
        expect(staff.page.locator("#country")).to_be_focused()
    keyboard.tab_to(words.remove.format(words.country["NO"]))
    keyboard.press("Enter")
    expect(staff.page.locator(".chips")).not_to_contain_text(words.country["NO"])
    expect(staff.page.locator("#country")).to_be_focused()
    keyboard.tab_to_id("priority")
    keyboard.press("ArrowUp")
    expect(staff.page.locator("#priority")).to_have_value("4")
    keyboard.tab_to(words.save)
    keyboard.press_and_navigate()
    Reader(staff).expect_message(words.created.format("Aló Clavier"))


def _search(staff: Staff, keyboard: Keyboard) -> None:
    reader, words = Reader(staff), staff.words
    keyboard.tab_to_id("search-countries")
    keyboard.type_text(words.country["ZM"])
    with reader.expect_new_rows():
        keyboard.press("Enter")
    assert keyboard.stop.id == "search-countries"
    assert reader.names() == ["Aló Clavier"]
    keyboard.press("Control+a")
    keyboard.press("Delete")
    with reader.expect_new_rows():
        keyboard.press("Enter")
    assert keyboard.stop.id == "search-countries"
    assert len(reader.names()) > 1


def _sort(staff: Staff, keyboard: Keyboard) -> None:
    reader, words = Reader(staff), staff.words
    keyboard.tab_to_id("sort-name", back=True)
    for key, order in (("Space", "descending"), ("Enter", "ascending")):
        with reader.expect_new_rows():
            keyboard.press(key)
        expect(reader.heading(words.name)).to_have_attribute("aria-sort", order)
        assert keyboard.stop.id == "sort-name"


def _change(staff: Staff, keyboard: Keyboard) -> None:
    words = staff.words
    keyboard.tab_to("Aló Clavier", tag="a")
    keyboard.press_and_navigate()
    expect(staff.page.get_by_role("heading", level=1)).to_have_text(f"Aló Clavier – {words.settings}")
    keyboard.tab_to_id("name")
    keyboard.press("End")
    keyboard.type_text(" changé")
    keyboard.press_and_navigate()
    Reader(staff).expect_message(words.saved.format("Aló Clavier changé"))


def _delete(staff: Staff, keyboard: Keyboard) -> None:
    words, page = staff.words, staff.page
    icon = words.delete.format("Aló Clavier changé")
    keyboard.tab_to(icon)
    keyboard.press("Enter")
    window = page.get_by_role("dialog")
    expect(window).to_be_visible()
    assert keyboard.stop.name == words.cancel
    keyboard.press("Escape")
    expect(window).to_have_count(0)
    assert keyboard.stop.name == icon
    keyboard.press("Enter")
    expect(window).to_be_visible()
    keyboard.press("Space")
    expect(window).to_have_count(0)
    assert keyboard.stop.name == icon
    keyboard.press("Enter")
    expect(window).to_be_visible()
    # The focus is in place once htmx has settled the new content.
    expect(page.locator(".htmx-settling, .htmx-added")).to_have_count(0)
    assert keyboard.tab(back=True).name == words.ok
    keyboard.press_and_navigate()
    Reader(staff).expect_message(words.deleted.format("Aló Clavier changé"))
    keyboard.tab_to(words.undo)
    keyboard.press_and_navigate()
    Reader(staff).expect_message(words.restored.format("Aló Clavier changé"))


def test_selecting_and_exporting_by_keyboard(
    staff: Staff, keyboard: Keyboard, sixty: Sequence[str], tmp_path: Path
) -> None:
    staff.open_list(name="Soixante", sort="-name")
    _tick(staff, keyboard, sixty)
    _save_csv(staff, keyboard, sixty, tmp_path)
    _save_pdf(staff, keyboard, sixty, tmp_path)


def _tick(staff: Staff, keyboard: Keyboard, sixty: Sequence[str]) -> None:
    reader, words = Reader(staff), staff.words
    for id_, message in (("pick-all", words.all_selected.format(60)), ("", words.some_selected.format(59, 60))):
        if id_:
            keyboard.tab_to_id(id_)
        else:
            keyboard.tab_to(words.tick.format(sixty[58]))
        ticked = keyboard.stop.id
        with reader.expect_new_rows():
            keyboard.press("Space")
        expect(staff.page.locator("#selection")).to_contain_text(message)
        assert keyboard.stop.id == ticked


def _save_csv(staff: Staff, keyboard: Keyboard, sixty: Sequence[str], folder: Path) -> None:
    words, page = staff.words, staff.page
    keyboard.tab_to("CSV", back=True)
    keyboard.press("Enter")
    window = page.get_by_role("dialog", name=words.export_window, exact=True)
    expect(window).to_contain_text(words.exported[1].format(59))
    if keyboard.stop.id != "file_name":
        keyboard.tab_to_id("file_name")
    keyboard.press("Control+a")
    keyboard.type_text(words.renamed_file)
    keyboard.tab_to(words.separators[0])
    for key, chosen in (("ArrowDown", words.separators[1]), ("ArrowUp", words.separators[0])):
        keyboard.press(key)
        expect(window.get_by_role("radio", name=chosen, exact=True)).to_be_checked()
    with page.expect_download() as saving:
        keyboard.tab_to(words.save)
        keyboard.press("Enter")
    expect(window).to_have_count(0)
    assert keyboard.stop.name == "CSV"
    assert saving.value.suggested_filename == words.renamed_file
    rows = rows_in(saving.value, folder)
    assert [row[words.name] for row in rows] == [name for name in reversed(sixty) if name != sixty[58]]


def _save_pdf(staff: Staff, keyboard: Keyboard, sixty: Sequence[str], folder: Path) -> None:
    keyboard.tab_to("PDF")
    with staff.page.expect_popup() as opening:
        keyboard.press("Enter")
    with opening.value.expect_download(timeout=60_000) as saving:
        opening.value.wait_for_url("**/Partners.pdf", timeout=60_000)
    saving.value.save_as(folder / "Partners.pdf")
    text = text_of(folder / "Partners.pdf")
    places = [text.index(without_spaces(name)) for name in reversed(sixty) if name != sixty[58]]
    assert places == sorted(places)
    assert without_spaces(sixty[58]) not in text


def test_window_keeps_the_focus(staff: Staff, keyboard: Keyboard) -> None:
    words = staff.words
    staff.create("Aló Fenêtre", countries=["IS"])
    staff.open_list(name="Aló Fenêtre")
    Reader(staff).click_delete_icon("Aló Fenêtre")
    for back in (False, True):
        seen = set()
        for _ in range(10):
            keyboard.press("Shift+Tab" if back else "Tab")
            # Between the last stop of a dialog and its first, the focus is on the browser's own toolbar.
            inside = staff.page.evaluate(
                "document.activeElement === document.body ? 'bar' : document.activeElement.closest('dialog')?.localName"
            )
            assert inside in {"dialog", "bar"}
            if inside == "dialog":
                seen.add(keyboard.stop.name)
        assert seen == {words.ok, words.cancel, "Ce qu’obtiendront les clients potentiels"}


def test_every_focus_of_list_is_visible(staff: Staff, keyboard: Keyboard) -> None:
    staff.open_list(per_page="25")
    keyboard.tab_to_id("page-next")


def test_every_focus_of_settings_is_visible(staff: Staff, keyboard: Keyboard) -> None:
    staff.open_settings(staff.create("Aló Arrêts", countries=["IS", "NO"]))
    keyboard.tab_to(staff.words.delete.removesuffix(" {}"))


def test_account_menu_opens_by_keyboard(staff: Staff, keyboard: Keyboard) -> None:
    staff.open_list()
    keyboard.tab_to("demo@renvoi.example", tag="summary")
    keyboard.press("Enter")
    assert [keyboard.tab().tag for _ in range(4)] == ["a", "a", "a", "button"]


def test_arrow_keys_change_radio_buttons(staff: Staff, keyboard: Keyboard) -> None:
    staff.page.goto("/console/partners/new/")
    keyboard.tab_to_id("country_name")
    while keyboard.tab().tag != "input":
        pass
    keyboard.press("ArrowDown")
    expect(staff.page.locator("input[name=status][value=paused]")).to_be_checked()
