"""All that is ticked: paused, resumed or deleted after one question, and undone in one click."""

import pytest

from renvoi.partners import actions
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA, a_partner, crowd, stored, stored_many, with_changes
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db

LIST = "/console/partners/"
PAUSE, RESUME, DELETE = f"{LIST}pause/", f"{LIST}resume/", f"{LIST}delete/"


def said(page: Page) -> list[str]:
    return [paragraph.text for box in page.all("div", id="window-text") for paragraph in box.all("p")]


def states() -> dict[str, str]:
    return {one.name: "trash" if one.trashed_at else one.status for one in Partner.objects.all()}


def confirm(browsing: Browsing, page: Page) -> Page:
    """OK."""
    return browsing.send(page, action=page.path.partition("?")[0])


def undo(browsing: Browsing, page: Page) -> Page:
    (form,) = [form for form in page.all("form") if "/undo/" in form.get("action")]
    return browsing.send(page, action=form["action"])


class TestQuestion:
    """One window, with the count and what follows."""

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
    def test_it_says_how_many_and_what_follows(
        self, path: str, title: str, sentences: list[str], console: Browsing
    ) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        page = console.open(f"{path}?selected=all")
        assert (page.title, said(page)) == (title, sentences)
        window = console.open(f"{path}?selected=all", htmx=True)
        assert window.one("dialog").one("h2").text == title
        assert said(window) == sentences
        assert [button.text for button in window.one("dialog").all("button")] == ["OK", "Annuler"]

    def test_only_what_is_ticked_among_what_is_searched_counts(self, english_console: Browsing) -> None:
        alo, _azulejo, _prairie = stored_many(ALO_BRASIL, AZULEJO, PRAIRIE)
        assert english_console.open(f"{DELETE}?countries=portugal&selected=all").title == "Delete 2 partners?"
        page = english_console.open(f"{DELETE}?countries=portugal&selected=all&except={alo.id}")
        assert page.title == "Delete 1 partner?"
        assert said(page)[
            0
        ] == "Angola will have no partner left. In Portugal, no address in French will be left." or said(page)[:1] == [
            "Angola will have no partner left."
        ]

    def test_many_countries_are_listed_whole(self, console: Browsing) -> None:
        stored(a_partner("Monde", "AO", "BR", "CL", "DK", "EG", "MX", "PT"))
        page = console.open(f"{PAUSE}?selected=all")
        (listed,) = page.all("details", class_="lost")
        assert listed.one("summary").text == "Plus de partenaire (7)"
        assert listed.one("p").text == "Angola, Brésil, Chili, Danemark, Égypte, Mexique, Portugal"

    def test_without_a_selection_there_is_nothing_to_confirm(self, console: Browsing) -> None:
        stored(ALO_BRASIL)
        page = console.open(PAUSE)
        assert said(page) == ["Rien n’est sélectionné. Cochez d’abord la case à côté de chaque partenaire."]
        assert [button.text for button in page.form(PAUSE).all("button")] == []

    def test_what_is_gone_meanwhile_is_said(self, console: Browsing) -> None:
        alo = stored(ALO_BRASIL)
        actions.trash_partner(partner_id=alo.id, actor=None, channel="console")
        page = console.open(f"{PAUSE}?selected={alo.id}")
        assert page.title == "Rien n’est sélectionné"
        assert said(page)[0].startswith("Ce que vous aviez sélectionné n’est plus dans la liste")
        assert page.form(PAUSE).all("button") == []

    def test_what_is_all_paused_is_not_paused_again(self, console: Browsing) -> None:
        stored(TUNDRA)
        page = console.open(f"{PAUSE}?selected=all")
        assert said(page) == ["1 est déjà en pause."]
        assert page.form(PAUSE).all("button") == []

    def test_those_that_receive_nobody_take_nothing_away(self, console: Browsing) -> None:
        stored(TUNDRA)
        assert said(console.open(f"{DELETE}?selected=all"))[0] == (
            "Ils ne reçoivent pas de clients potentiels pour le moment."
        )


class TestDone:
    """OK, and its undo."""

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
    def test_it_is_done_said_and_undone(self, path: str, notice: str, after: dict[str, str], console: Browsing) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        before = states()
        done = confirm(console, console.open(f"{path}?selected=all&sort=-name"))
        assert (states(), done.notices) == (after, [notice])
        # What was paused can be gone on with; what was deleted is not there any more.
        assert done.path == f"{LIST}?sort=-name" + ("" if path == DELETE else "&selected=all")
        undone = undo(console, done)
        assert states() == before
        assert undone.notices[0].endswith("de nouveau comme avant.")

    def test_another_number_than_was_asked_about_is_asked_again(self, console: Browsing) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        page = console.open(f"{DELETE}?selected=all")
        stored(PRAIRIE)
        again = confirm(console, page)
        assert (again.status, again.title) == (409, "Supprimer 3 partenaires?")
        assert said(again)[0] == "La sélection a changé entre-temps\u00a0: voici ce qu’elle contient maintenant."
        assert "trash" not in states().values()
        confirm(console, again)
        assert set(states().values()) == {"trash"}

    def test_a_double_click_is_one_step(self, console: Browsing) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        page = console.open(f"{PAUSE}?selected=all")
        confirm(console, page)
        again = confirm(console, page)
        assert (again.status, set(states().values())) == (200, {"paused"})
        assert sorted(one.version for one in Partner.objects.all()) == [2, 2]

    def test_what_was_changed_since_is_named(self, console: Browsing) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        done = confirm(console, console.open(f"{DELETE}?selected=all"))
        stored(with_changes(ALO_BRASIL, url_en="https://other.example/"))
        undone = undo(console, done)
        assert undone.notices == [
            "1 partenaire est de nouveau comme avant.",
            "1 partenaire est resté tel quel, car il a été modifié depuis ou son nom a été repris\u00a0: Aló Brasil.",
        ]
        assert Partner.objects.get(id=alo.id).trashed_at is not None

    def test_a_colleague_can_t_undo_it(self, console: Browsing, english_console: Browsing) -> None:
        stored(ALO_BRASIL)
        done = confirm(console, console.open(f"{PAUSE}?selected=all"))
        (form,) = [form for form in done.all("form") if "/undo/" in form.get("action")]
        sent = {"csrfmiddlewaretoken": english_console.open(LIST).all("input", name="csrfmiddlewaretoken")[0]["value"]}
        assert english_console.post(form["action"], sent).status == 404
        assert states() == {"Aló Brasil": "paused"}


def test_the_list_offers_it_once_something_is_ticked(console: Browsing) -> None:
    crowd(30)
    offered = [f'formaction="{path}"' for path in (PAUSE, RESUME, DELETE)]
    page = console.open(f"{LIST}?selected=all")
    bar = page.one("div", id="selection")
    assert [button["formaction"] for button in bar.all("button")] == [PAUSE, RESUME, DELETE]
    assert page.one("div", id="selection").one("strong").text == "Les 30 partenaires sont sélectionnés"
    plain = console.open(LIST)
    assert plain.all("div", id="selection") == []
    # Without JavaScript a tick is not known before a button is pressed.
    assert all(one in plain.html for one in offered)
