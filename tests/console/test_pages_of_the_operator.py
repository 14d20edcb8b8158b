"""What the operator adds to the pages that visitors see: its site, a text, a contact and its privacy policy."""

from dataclasses import replace
from typing import Any

import pytest

from renvoi.domain.table import Bilingual
from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.models import Operator
from renvoi.partners.values import OperatorValues
from tests.cast import BOREALE, only, published, set_operator, today
from tests.console.browsing import Browsing, Page, contents

SETTINGS = "/console/settings/"
SAVED = "Réglages généraux enregistrés."
TYPED: dict[str, Any] = {
    "site_url_en": "HTTPS://boreale.example/en",
    "site_url_fr": " https://boreale.example ",
    "text_en": "Since 1987.\r\n\r\nIn Québec.",
    "text_fr": "Depuis 1987.",
    "contact": "mailto:info@boreale.example",
    "privacy_url_en": "",
    "privacy_url_fr": "https://boreale.example/vie-privée",
}
STORED: dict[str, Any] = {
    "site_url_en": "https://boreale.example/en",
    "site_url_fr": "https://boreale.example/",
    "text_en": "Since 1987.\n\nIn Québec.",
    "text_fr": "Depuis 1987.",
    "contact": "info@boreale.example",
    "privacy_url_en": "",
    "privacy_url_fr": "https://boreale.example/vie-priv%C3%A9e",
}


@pytest.fixture
def page(console: Browsing) -> Page:
    set_operator(BOREALE)
    return console.open(SETTINGS)


def values() -> OperatorValues:
    return OperatorValues.of(Operator.objects.get(id=1))


def test_what_is_typed_is_stored_published_and_shown_again(page: Page, console: Browsing) -> None:
    saved = console.send(page, **TYPED)
    assert saved.notices == [SAVED]
    assert values() == replace(BOREALE, **STORED)
    operator = published().operator
    assert operator.site_url == Bilingual(STORED["site_url_en"], STORED["site_url_fr"])
    assert operator.text == Bilingual(STORED["text_en"], STORED["text_fr"])
    assert operator.privacy_url == Bilingual("", STORED["privacy_url_fr"])
    assert operator.contact == "info@boreale.example"
    shown = contents(saved.form())
    assert {name: shown[name][0].replace("\r\n", "\n") for name in STORED} == STORED


def test_history_has_each_field_in_words(page: Page, console: Browsing) -> None:
    console.send(page, **TYPED)
    step = Change.objects.latest("id").change_set
    text = console.open(f"/console/history/{step.id}/").text
    for label in ("Site Web en français", "Texte en anglais", "Pour vous joindre", "Politique de confidentialité"):
        assert label in text


def test_undo_takes_it_back(page: Page, console: Browsing) -> None:
    before = published().operator
    console.send(page, **TYPED)
    step = Change.objects.latest("id").change_set
    plan = actions.plan_undo([step.id], today=today())
    actions.undo_steps(step_ids=[step.id], digest=plan.digest, actor=None, channel="console", today=today())
    assert values() == BOREALE
    assert published().operator == before


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (
            "contact",
            "info@",
            "Ce n’est pas une adresse de courriel. Entrez-en une, comme info@example.com, ou une adresse Web.",
        ),
        (
            "contact",
            '"a b"@boreale.example',
            "Ce n’est pas une adresse de courriel. Entrez-en une, comme info@example.com, ou une adresse Web.",
        ),
        (
            "contact",
            "javascript:alert(1)",
            "Seules les adresses qui commencent par https:// ou http:// sont acceptées.",
        ),
        (
            "contact",
            "javascript:a@b.example",
            "Seules les adresses qui commencent par https:// ou http:// sont acceptées.",
        ),
        ("text_fr", "é" * 501, "Ce texte a 1 caractère de trop (la limite est de 500)."),
        ("site_url_fr", "boreale.example", "Une adresse commence par https:// ou http://."),
        ("privacy_url_en", "data:,x", "Seules les adresses qui commencent par https:// ou http:// sont acceptées."),
    ],
)
def test_refusal_is_beside_its_field_and_keeps_what_was_typed(
    field: str, text: str, sentence: str, page: Page, console: Browsing
) -> None:
    refused = console.send(page, **only(field, text))
    assert (refused.status, refused.errors) == (422, {field: sentence})
    assert contents(refused.form())[field][0].strip("\n") == text
    assert values() == BOREALE


def test_longest_text_is_saved(page: Page, console: Browsing) -> None:
    assert console.send(page, text_fr="é" * 500).notices == [SAVED]
    assert values().text_fr == "é" * 500


@pytest.mark.parametrize(
    ("field", "text", "suggested"),
    [
        ("site_url_fr", "boreale.example/fr", "https://boreale.example/fr"),
        ("signup_url_fr", "boreale.example/fr", "https://boreale.example/fr"),
        ("contact", "boreale.example/contact", "https://boreale.example/contact"),
        ("privacy_url_fr", "https://https://boreale.example/", "https://boreale.example/"),
    ],
)
def test_what_was_probably_meant_is_one_click_away(
    field: str, text: str, suggested: str, page: Page, console: Browsing
) -> None:
    asked = console.send(page, **only(field, text), name="Boréale")
    taken = console.send(asked, press=f"suggest={field}")
    shown = contents(taken.form())
    assert (taken.errors, shown[field][0], shown["name"][0]) == ({}, suggested, "Boréale")
    assert console.send(taken).notices == [SAVED]
    assert getattr(values(), field) == suggested


def test_doubtful_address_is_asked_about_once(page: Page, console: Browsing) -> None:
    asked = console.send(page, site_url_fr="https://intranet/", contact="https://10.1.1.1/")
    assert (asked.status, set(asked.errors)) == (422, {"site_url_fr", "contact"})
    assert console.send(asked, press="confirm_address=on").notices == [SAVED]
    assert (values().site_url_fr, values().contact) == ("https://intranet/", "https://10.1.1.1/")
    assert console.send(console.open(SETTINGS), name="Boréale").notices == [SAVED]


def test_e_mail_address_is_no_doubtful_address(page: Page, console: Browsing) -> None:
    assert console.send(page, contact="info@boreale.example").notices == [SAVED]


def test_conflict_shows_both_texts(page: Page, console: Browsing) -> None:
    set_operator(replace(BOREALE, text_fr="Le leur."))
    conflict = console.send(page, text_fr="Le mien.")
    assert conflict.status == 409
    assert console.send(conflict, keep_text_fr="mine").notices == [SAVED]
    assert values().text_fr == "Le mien."
