"""Nothing typed is lost and nothing is done twice: double clicks, ended sessions, two editors, long texts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader, fill_new_partner
from tests.browser.people import Staff, StaffMaker
from tests.browser.prepare import EDITOR
from tests.running import EMAIL, PASSWORD

pytestmark = pytest.mark.browser


def test_double_click_creates_one_partner(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Double")
    reader.page.get_by_role("button", name=staff.words.save, exact=True).dblclick()
    reader.expect_message(staff.words.created.format("Aló Double"))
    staff.open_list(name="Aló Double")
    assert reader.names() == ["Aló Double"]


def test_resent_form_creates_one_partner(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Deux fois")
    # As a browser resends it, after going back or when the first response was lost.
    again = staff.page.locator("form.form").evaluate("form => new URLSearchParams(new FormData(form)).toString()")
    reader.save(message=staff.words.created.format("Aló Deux fois"))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = staff.page.context.request.post("/console/partners/new/", data=again, headers=headers)
    assert response.ok
    staff.open_list(name="Aló Deux fois")
    assert reader.names() == ["Aló Deux fois"]


def test_saving_again_after_back_creates_one_partner(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Retour")
    reader.save(message=staff.words.created.format("Aló Retour"))
    reader.page.go_back()
    staff.watch.expected_statuses.add(422)
    save = reader.page.get_by_role("button", name=staff.words.save, exact=True)
    if reader.field(staff.words.name).input_value():
        save.click()
        reader.page.wait_for_load_state()
    staff.watch.expect_dialog(accept=True)
    staff.open_list(name="Aló Retour")
    assert reader.names() == ["Aló Retour"]


def test_expired_session_keeps_typed_values(staff: Staff) -> None:
    reader, page = fill_new_partner(staff, "Aló Session"), staff.page
    page.context.clear_cookies(name="renvoi_session")
    page.get_by_role("button", name=staff.words.save, exact=True).click()
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(reader.field(staff.words.name)).to_have_value("Aló Session")
    expect(reader.field(staff.words.url_fr)).to_have_value("http://partnername.com/signup_fr/welcome")
    expect(reader.chosen_countries).to_have_count(1)
    reader.save(message=staff.words.created.format("Aló Session"))
    assert "sort=-name" in page.url


def test_expired_session_returns_to_list_after_search(staff: Staff) -> None:
    reader, page = Reader(staff), staff.page
    staff.open_list()
    page.context.clear_cookies(name="renvoi_session")
    reader.search_field(staff.words.name).fill("Aló")
    page.keyboard.press("Enter")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(staff.words.partners)
    expect(reader.heading(staff.words.name)).to_be_visible()


def test_expired_session_asks_to_sign_in_before_deleting(staff: Staff) -> None:
    page = staff.page
    staff.create("Aló Terminé")
    staff.open_list(name="Aló Terminé")
    page.context.clear_cookies(name="renvoi_session")
    staff.watch.expected_statuses |= {401, 403}
    page.get_by_role("link", name=staff.words.delete.format("Aló Terminé"), exact=True).click()
    expect(page.locator("#password")).to_be_visible()
    expect(page.locator("dialog")).to_have_count(0)


def test_conflicting_edits_of_partner_lose_nothing(staff: Staff, open_staff: StaffMaker) -> None:
    second = open_staff(account=EDITOR)
    partner = staff.create("Aló Conflit", description_fr="Au début.", description_en="At first.")
    mine, theirs = Reader(staff), Reader(second)
    for reader in (mine, theirs):
        reader.staff.open_settings(partner)
    theirs.field(staff.words.description_fr).fill("La leur.")
    theirs.field(staff.words.url_fr).fill("http://theirs.partnername.com/")
    theirs.add_country("IS")
    theirs.save(message=staff.words.saved.format("Aló Conflit"))
    mine.field(staff.words.description_fr).fill("La mienne.")
    mine.field(staff.words.name).fill("Aló Conflit, la mienne")
    staff.watch.expected_statuses.add(409)
    mine.page.get_by_role("button", name=staff.words.save, exact=True).click()
    summary = mine.page.get_by_role("alert")
    expect(summary).to_contain_text("Anne Éditrice")
    expect(summary).to_be_focused()
    for name, left, right in (
        ("name", "Aló Conflit, la mienne", "Aló Conflit"),
        ("description_fr", "La mienne.", "La leur."),
        ("url_fr", "–", "http://theirs.partnername.com/"),
        ("countries", "Uruguay", "Islande, Uruguay"),
    ):
        both = mine.page.locator(f"#conflict-{name} label")
        expect(both.nth(0)).to_contain_text(left)
        expect(both.nth(1)).to_contain_text(right)
    # A field that only one of the two changed defaults to the changed value.
    assert _checked_choices(mine.page) == {
        "name": "mine",
        "description_fr": "mine",
        "url_fr": "theirs",
        "countries": "theirs",
    }
    mine.page.locator("#conflict-description_fr input[value=theirs]").check()
    mine.save(message=staff.words.saved.format("Aló Conflit, la mienne"))
    staff.open_settings(partner)
    expect(mine.field(staff.words.name)).to_have_value("Aló Conflit, la mienne")
    expect(mine.field(staff.words.description_fr)).to_have_value("La leur.")
    expect(mine.field(staff.words.url_fr)).to_have_value("http://theirs.partnername.com/")
    expect(mine.chosen_countries).to_have_text([re.compile("Islande"), re.compile("Uruguay")])


def _checked_choices(page: Page) -> dict[str, str]:
    checked = page.locator(".conflict input:checked").all()
    return {str(one.get_attribute("name")).removeprefix("keep_"): one.input_value() for one in checked}


def test_concurrently_deleted_partner_can_be_restored_with_changes(staff: Staff, open_staff: StaffMaker) -> None:
    second, reader = open_staff(account=EDITOR), Reader(staff)
    partner = staff.create("Aló Parti")
    staff.open_settings(partner)
    second.trash(partner)
    reader.field(staff.words.name).fill("Aló Revenu")
    staff.watch.expected_statuses.add(409)
    reader.page.get_by_role("button", name=staff.words.save, exact=True).click()
    expect(reader.field(staff.words.name)).to_have_value("Aló Revenu")
    expect(reader.page.get_by_role("main").get_by_role("status").filter(has_text="corbeille")).to_be_visible()
    reader.page.get_by_role("button", name=staff.words.restore, exact=True).click()
    reader.expect_message(staff.words.restored.format("Aló Revenu"))


def test_restoring_taken_name_opens_settings_with_error(staff: Staff) -> None:
    reader, words = Reader(staff), staff.words
    partner = staff.create("Aló Même nom")
    staff.trash(partner)
    staff.create("alo meme NOM")
    staff.page.goto("/console/trash/")
    staff.page.get_by_role("button", name=f"{words.restore} Aló Même nom", exact=True).click()
    expect(reader.field(words.name)).to_have_attribute("aria-invalid", "true")
    reader.field(words.name).fill("Aló Autre nom")
    reader.page.get_by_role("button", name=words.restore, exact=True).click()
    reader.expect_message(words.restored.format("Aló Autre nom"))


def test_address_without_scheme_is_corrected_with_one_click(staff: Staff) -> None:
    reader, words = fill_new_partner(staff, "Aló Sans schéma"), staff.words
    reader.field(words.url_fr).fill("partnername.com/signup_fr")
    staff.watch.expected_statuses.add(422)
    reader.page.get_by_role("button", name=words.save, exact=True).click()
    reader.page.get_by_role("button", name="https://partnername.com/signup_fr").click()
    expect(reader.field(words.url_fr)).to_have_value("https://partnername.com/signup_fr")
    expect(reader.field(words.url_fr)).to_be_focused()
    reader.save(message=words.created.format("Aló Sans schéma"))


COUNTED = {
    "ordinary": ("é" * 255, "é" * 256),
    "emoji": ("👩🏽‍🚀" * 63 + "abc", "👩🏽‍🚀" * 64),
    "astral": ("𝔸" * 255, "𝔸" * 256),
    "line ends": ("a\n" * 127 + "b", "a\n" * 127 + "bc"),
    "combining": ("e\u0301" * 255, "e\u0301" * 256),
    "blanks around": ("\u3000\ufeff " + "x" * 255 + "\n\n", " " + "x" * 256 + " "),
}


@pytest.mark.parametrize("kind", COUNTED)
def test_counter_agrees_with_server(kind: str, staff: Staff) -> None:
    fits, one_over = COUNTED[kind]
    reader, words = fill_new_partner(staff, f"Aló Compte {kind}"), staff.words
    description, counter = reader.field(words.description_fr), staff.page.locator("#description_fr-count")
    description.fill(one_over)
    expect(counter).to_have_text(words.over.format(1))
    staff.watch.expected_statuses.add(422)
    reader.page.get_by_role("button", name=words.save, exact=True).click()
    expect(description).to_have_attribute("aria-invalid", "true")
    expect(description).to_have_value(one_over)
    description.fill(fits)
    expect(counter).to_have_text(words.left_none)
    reader.save(message=words.created.format(f"Aló Compte {kind}"))


def test_long_paste_is_not_truncated(staff: Staff) -> None:
    reader, words = fill_new_partner(staff, "Aló Collé"), staff.words
    description = reader.field(words.description_en)
    description.clear()
    staff.page.keyboard.insert_text("é" * 999)
    expect(description).to_have_value("é" * 999)
    expect(staff.page.locator("#description_en-count")).to_have_text(words.over.format(744))
    expect(description).not_to_have_attribute("maxlength", re.compile("."))
    staff.watch.expect_dialog(accept=True)
    staff.open_list()
