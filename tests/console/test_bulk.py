"""Bulk actions: pause, resume or delete the selected partners after a confirmation, and undo it with one click."""

from dataclasses import replace

import pytest

from renvoi.partners import actions
from renvoi.partners.models import Partner
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    BOREALE,
    PRAIRIE,
    TUNDRA,
    a_partner,
    country,
    crowd,
    set_operator,
    stored,
    stored_many,
    with_changes,
)
from tests.console.browsing import Browsing, Page
from tests.partners.acting import update

pytestmark = pytest.mark.django_db

LIST = "/console/partners/"
PAUSE, RESUME, DELETE = f"{LIST}pause/", f"{LIST}resume/", f"{LIST}delete/"


def sentences_of(page: Page) -> list[str]:
    return [paragraph.text for box in page.all("div", id="window-text") for paragraph in box.all("p")]


def states() -> dict[str, str]:
    return {one.name: "trash" if one.trashed_at else one.status for one in Partner.objects.all()}


def confirm(browsing: Browsing, page: Page) -> Page:
    """Press OK."""
    return browsing.send(page, action=page.path.partition("?")[0])


def undo(browsing: Browsing, page: Page) -> Page:
    (form,) = [form for form in page.all("form") if "/undo/" in form.get("action")]
    return browsing.send(page, action=form["action"])


class TestQuestion:
    """The confirmation: the count and the consequences."""

    @pytest.mark.parametrize("verb", ["pause", "delete"])
    def test_countries_that_operator_covers_are_served_by_it(self, verb: str, console: Browsing) -> None:
        stored_many(a_partner("Prairie", "PM"), a_partner("Tundra", "PM"))
        set_operator(replace(BOREALE, areas=((country("PM"), ""),)))
        sentence = "Leurs pays resteront desservis, par d’autres partenaires ou par votre entreprise."
        assert sentence in console.open(f"{LIST}{verb}/?selected=all").text

    @pytest.mark.parametrize(
        ("path", "title", "sentences"),
        [
            (
                PAUSE,
                "Mettre 3 partenaires en pause?",
                ["L’Angola, le Brésil et le Portugal n’auront plus de partenaire.", "1 est déjà en pause."],
            ),
            (
                RESUME,
                "Réactiver 3 partenaires?",
                [
                    "Ils recevront de nouveau des clients potentiels, dans les limites de leur entente.",
                    "2 ne sont pas en pause.",
                ],
            ),
            (
                DELETE,
                "Supprimer 3 partenaires?",
                [
                    "L’Angola, le Brésil et le Portugal n’auront plus de partenaire.",
                    "Vous pourrez les restaurer depuis la corbeille.",
                ],
            ),
        ],
    )
    def test_window_states_count_and_consequences(
        self, path: str, title: str, sentences: list[str], console: Browsing
    ) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        page = console.open(f"{path}?selected=all")
        assert (page.title, sentences_of(page)) == (title, sentences)
        window = console.open(f"{path}?selected=all", htmx=True)
        assert window.one("dialog").one("h2").text == title
        assert sentences_of(window) == sentences
        assert [button.text for button in window.one("dialog").all("button")] == ["OK", "Annuler"]

    def test_selection_is_limited_to_the_search(self, english_console: Browsing) -> None:
        alo, _azulejo, _prairie = stored_many(ALO_BRASIL, AZULEJO, PRAIRIE)
        assert english_console.open(f"{DELETE}?countries=portugal&selected=all").title == "Delete 2 partners?"
        page = english_console.open(f"{DELETE}?countries=portugal&selected=all&except={alo.id}")
        assert page.title == "Delete Azulejo Chamadas?"
        assert sentences_of(page)[
            0
        ] == "Angola will have no partner left. In Portugal, no address in French will be left." or sentences_of(page)[
            :1
        ] == ["Angola will have no partner left."]

    def test_many_lost_countries_are_all_listed(self, console: Browsing) -> None:
        stored(a_partner("Monde", "AO", "BR", "CL", "DK", "EG", "MX", "PT"))
        page = console.open(f"{PAUSE}?selected=all")
        listed, answers = page.all("details", class_="lost")
        assert answers.one("summary").text == "Ce qu’obtiendront les clients potentiels"
        assert listed.one("summary").text == "Pays sans partenaire (7)"
        assert listed.one("p").text == "Angola, Brésil, Chili, Danemark, Égypte, Mexique, Portugal"

    def test_empty_selection_has_no_ok_button(self, console: Browsing) -> None:
        stored(ALO_BRASIL)
        page = console.open(PAUSE)
        assert sentences_of(page) == ["Rien n’est sélectionné. Cochez d’abord la case à côté de chaque partenaire."]
        assert [button.text for button in page.form(PAUSE).all("button")] == []

    def test_selection_deleted_meanwhile_is_reported(self, console: Browsing) -> None:
        alo = stored(ALO_BRASIL)
        actions.trash_partner(partner_id=alo.id, actor=None, channel="console")
        page = console.open(f"{PAUSE}?selected={alo.id}")
        assert page.title == "Rien n’est sélectionné"
        assert sentences_of(page)[0].startswith("Ce que vous aviez sélectionné n’est plus dans la liste")
        assert page.form(PAUSE).all("button") == []

    def test_pausing_paused_partners_has_no_ok_button(self, console: Browsing) -> None:
        stored(TUNDRA)
        page = console.open(f"{PAUSE}?selected=all")
        assert sentences_of(page) == ["1 est déjà en pause."]
        assert page.form(PAUSE).all("button") == []

    def test_inactive_partners_cause_no_loss(self, console: Browsing) -> None:
        stored(TUNDRA)
        assert sentences_of(console.open(f"{DELETE}?selected=all"))[0] == (
            "Il ne reçoit pas de clients potentiels pour le moment."
        )


class TestDone:
    """The action, its message and its undo."""

    @pytest.mark.parametrize(
        ("path", "notice", "after"),
        [
            (
                PAUSE,
                "2 partenaires mis en pause. Ils ne reçoivent plus de clients potentiels.",
                {"Aló Brasil": "paused", "Azulejo Chamadas": "paused", "Tundra": "paused"},
            ),
            (
                RESUME,
                "1 partenaire réactivé. Il reçoit de nouveau des clients potentiels, dans les limites de son entente.",
                {"Aló Brasil": "active", "Azulejo Chamadas": "active", "Tundra": "active"},
            ),
            (
                DELETE,
                "3 partenaires supprimés. Ils ne reçoivent plus de clients potentiels.",
                {"Aló Brasil": "trash", "Azulejo Chamadas": "trash", "Tundra": "trash"},
            ),
        ],
    )
    def test_action_shows_a_message_and_can_be_undone(
        self, path: str, notice: str, after: dict[str, str], console: Browsing
    ) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        before = states()
        done = confirm(console, console.open(f"{path}?selected=all&sort=-name"))
        assert (states(), done.notices) == (after, [notice])
        # Nothing stays selected.
        assert done.path == f"{LIST}?sort=-name"
        undone = undo(console, done)
        assert states() == before
        assert "rétabli" in undone.notices[0]

    def test_changed_count_asks_again(self, console: Browsing) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        page = console.open(f"{DELETE}?selected=all")
        stored(PRAIRIE)
        again = confirm(console, page)
        assert (again.status, again.title) == (409, "Supprimer 3 partenaires?")
        assert again.one("div", class_="message").text == (
            "La sélection a changé\u00a0: Prairie Answers en fait maintenant partie."
        )
        assert "trash" not in states().values()
        confirm(console, again)
        assert set(states().values()) == {"trash"}

    def test_double_submission_makes_one_change_set(self, console: Browsing) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        page = console.open(f"{PAUSE}?selected=all")
        confirm(console, page)
        again = confirm(console, page)
        assert (again.status, set(states().values())) == (200, {"paused"})
        assert sorted(one.version for one in Partner.objects.all()) == [2, 2]

    def test_undo_names_partners_changed_since(self, console: Browsing) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        done = confirm(console, console.open(f"{PAUSE}?selected=all"))
        update(Partner.objects.get(id=alo.id), with_changes(ALO_BRASIL, status="paused", priority=1))
        assert undo(console, done).notices == [
            "1 partenaire rétabli tel qu’il était.",
            "1 partenaire est resté tel quel, car il a été modifié depuis\u00a0: Aló Brasil.",
        ]
        assert Partner.objects.get(id=alo.id).status == "paused"

    def test_undo_names_partners_whose_names_were_taken(self, console: Browsing) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        done = confirm(console, console.open(f"{DELETE}?selected=all"))
        stored(with_changes(ALO_BRASIL, url_en="https://other.example/"))
        undone = undo(console, done)
        assert undone.notices == [
            "1 partenaire rétabli tel qu’il était.",
            "1 partenaire est resté tel quel, car son nom a été repris\u00a0: Aló Brasil.",
        ]
        assert Partner.objects.get(id=alo.id).trashed_at is not None

    def test_undo_by_a_colleague_is_not_found(self, console: Browsing, english_console: Browsing) -> None:
        stored(ALO_BRASIL)
        done = confirm(console, console.open(f"{PAUSE}?selected=all"))
        (form,) = [form for form in done.all("form") if "/undo/" in form.get("action")]
        sent = {"csrfmiddlewaretoken": english_console.open(LIST).all("input", name="csrfmiddlewaretoken")[0]["value"]}
        assert english_console.post(form["action"], sent).status == 404
        assert states() == {"Aló Brasil": "paused"}


def test_bulk_buttons_appear_with_a_selection(console: Browsing) -> None:
    crowd(30)
    offered = [f'formaction="{path}"' for path in (PAUSE, RESUME, DELETE)]
    page = console.open(f"{LIST}?selected=all")
    bar = page.one("div", id="selection")
    assert [button["formaction"] for button in bar.all("button")] == [PAUSE, RESUME, DELETE]
    assert page.one("div", id="selection").one("strong").text == "Les 30 partenaires sont sélectionnés"
    plain = console.open(LIST)
    assert plain.all("div", id="selection") == []
    # Without JavaScript the server does not know of a tick before a button is pressed.
    assert all(one in plain.html for one in offered)
