"""Delete partners in the trash for good: the question, the typed number, and what is shown to others afterwards."""

import pytest
from django.utils import timezone

from renvoi.history.models import ChangeSet
from renvoi.partners import actions
from renvoi.partners.models import Operator, Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, a_partner, stored
from tests.console.browsing import Browsing, Page
from tests.console.confirming import LIST, TRASH, change_on, press_ok, states

pytestmark = pytest.mark.django_db

PURGE = f"{TRASH}purge/"


@pytest.fixture
def trashed(odile: User) -> dict[str, int]:
    """Name → id of three partners in the trash. A fourth one, Aló Brasil, is in the list."""
    stored(ALO_BRASIL)
    ids = {name: stored(a_partner(name, "PT")).id for name in ("Œuvre", "Éperlan", "Fado")}
    for id_ in ids.values():
        actions.trash_partner(partner_id=id_, actor=odile, channel="console")
    return ids


def purge(partner_id: int) -> None:
    partners = Partner.objects.filter(id=partner_id)
    actions.purge_partners(partners=partners, actor=None, channel="cli")


def text_of(page: Page) -> str:
    return page.one("div", id="window-text").text


class TestEmptying:
    """« Vider la corbeille »."""

    def test_button_asks_about_all_partners_in_the_trash(self, trashed: dict[str, int], console: Browsing) -> None:
        (link,) = [link for link in console.open(f"{TRASH}?name=fado").all("a") if link.text == "Vider la corbeille"]
        question = console.open(link["href"])
        assert question.title == "Vider la corbeille?"
        assert text_of(question).startswith("3 partenaires\u00a0: Éperlan, Fado et Œuvre.")
        assert "Leurs noms, leurs adresses, leurs descriptions" in text_of(question)
        assert "ne pourra plus être annulé" in text_of(question)
        assert "pourrez" not in text_of(question)
        (button,) = [button for button in question.all("button") if button.text == "OK"]
        assert button["class"] == "button danger"
        done = press_ok(console, question, confirm_count="3")
        assert done.notices == ["3 partenaires supprimés définitivement."]
        assert [form for form in done.all("form") if "/undo/" in form.get("action")] == []
        assert done.one("h2").text == "La corbeille est vide"
        assert (states(), len(trashed)) == ({"Aló Brasil": "active"}, 3)

    @pytest.mark.parametrize("typed", ["", "2", "trois"])
    def test_number_must_be_typed(self, typed: str, trashed: dict[str, int], console: Browsing) -> None:
        refused = press_ok(console, console.open(f"{PURGE}?selected=all"), confirm_count=typed)
        assert (refused.status, set(refused.errors)) == (422, {"confirm_count"})
        assert refused.one("input", name="confirm_count").get("value") == typed
        assert len(states()) == len(trashed) + 1

    def test_empty_trash_has_no_button(self, console: Browsing) -> None:
        assert "Vider la corbeille" not in console.open(TRASH).html
        assert "Rien n’est sélectionné" in console.open(f"{PURGE}?selected=all").html


class TestSelected:
    """« Supprimer définitivement »."""

    def test_one_partner_is_named_and_needs_no_number(self, trashed: dict[str, int], english_console: Browsing) -> None:
        question = english_console.open(f"{PURGE}?selected={trashed['Fado']}&sort=name")
        assert question.title == "Delete Fado for good?"
        assert question.all("input", name="confirm_count") == []
        done = press_ok(english_console, question)
        assert done.notices == ["1 partner deleted for good."]
        assert (done.path, "Fado" in states(), len(states())) == (f"{TRASH}?sort=name", False, 3)

    def test_partner_outside_the_trash_is_never_selected(self, trashed: dict[str, int], console: Browsing) -> None:
        alo = Partner.objects.get(name="Aló Brasil")
        question = console.open(f"{PURGE}?selected={alo.id}")
        assert "n’est plus dans la corbeille" in text_of(question)
        assert (len(states()), len(trashed)) == (4, 3)

    def test_partner_that_came_meanwhile_is_asked_about(self, trashed: dict[str, int], console: Browsing) -> None:
        question = console.open(f"{PURGE}?selected=all")
        late = stored(a_partner("Tardif", "PT"))
        actions.trash_partner(partner_id=late.id, actor=None, channel="cli")
        again = press_ok(console, question, confirm_count="3")
        assert (again.status, len(states())) == (409, 5)
        assert change_on(again) == "La sélection a changé\u00a0: Tardif en fait maintenant partie."
        assert len(trashed) == 3

    def test_form_sent_twice_acts_once(self, trashed: dict[str, int], console: Browsing) -> None:
        question = console.open(f"{PURGE}?selected={trashed['Fado']}")
        first, second = (press_ok(console, question) for _time in range(2))
        assert (first.notices, second.notices) == (["1 partenaire supprimé définitivement."],) * 2


def test_history_names_what_was_deleted_for_good(trashed: dict[str, int], console: Browsing) -> None:
    press_ok(console, console.open(f"{PURGE}?selected={trashed['Fado']}"))
    press_ok(console, console.open(f"{PURGE}?selected=all"), confirm_count="2")
    history = console.open("/console/history/").one("main").text
    assert "Fado\u00a0: supprimé définitivement" in history
    assert "2 partenaires supprimés définitivement" in history


class TestPeriod:
    """« Vider la corbeille » in Réglages généraux."""

    def test_shorter_period_says_first_how_many_would_go(self, trashed: dict[str, int], console: Browsing) -> None:
        Partner.objects.filter(id__in=list(trashed.values())[:2]).update(trashed_at="2020-01-01T00:00Z")
        page = console.open("/console/settings/")
        asked = console.send(page, name="Boréale", trash_period="90")
        assert (asked.status, set(asked.errors)) == (422, {"trash_period"})
        sentence = "2 partenaires sont dans la corbeille depuis plus longtemps\u00a0: ils seront supprimés"
        assert asked.errors["trash_period"].startswith(sentence)
        assert Operator.objects.get(id=1).trash_period == 0
        Partner.objects.filter(id=trashed["Fado"]).update(trashed_at="2020-01-01T00:00Z")
        again = console.send(asked, press="confirm_trash=2")
        assert again.errors["trash_period"].startswith("3 partenaires")
        saved = console.send(again, press="confirm_trash=3")
        assert saved.notices == ["Réglages généraux enregistrés."]
        assert Operator.objects.get(id=1).trash_period == 90
        longer = console.send(console.open("/console/settings/"), trash_period="365")
        assert longer.notices == ["Réglages généraux enregistrés."]

    def test_period_that_is_none_of_the_choices_is_refused(self, console: Browsing) -> None:
        page = console.open("/console/settings/")
        refused = console.send(page, name="Boréale", trash_period="1")
        assert (refused.status, set(refused.errors)) == (422, {"trash_period"})

    def test_history_shows_the_period_in_words(self, console: Browsing) -> None:
        page = console.open("/console/settings/")
        console.send(page, name="Boréale", trash_period="30")
        step = ChangeSet.objects.latest("position")
        assert "Après 30 jours" in console.open(f"/console/history/{step.id}/").html

    def test_renvoi_itself_is_named_as_who_did_it(self, trashed: dict[str, int], console: Browsing) -> None:
        Operator.objects.update(trash_period=30)
        Partner.objects.filter(id=trashed["Fado"]).update(trashed_at="2020-01-01T00:00Z")
        assert actions.purge_due(at=timezone.now()) == 1
        history = console.open("/console/history/").one("main").text
        assert "Fado\u00a0: supprimé définitivement" in history
        assert "Renvoi (automatique)" in history


class TestOthers:
    """Pages of partners that somebody else has deleted for good meanwhile."""

    def test_restoration_says_what_happened(self, trashed: dict[str, int], console: Browsing) -> None:
        question = console.open(f"{TRASH}restore/?selected=all")
        purge(trashed["Fado"])
        again = press_ok(console, question)
        assert (again.status, again.title) == (409, "Restaurer 2 partenaires?")
        assert change_on(again) == "La sélection a changé\u00a0: Fado a été supprimé définitivement."

    def test_selection_that_is_gone_is_explained(self, trashed: dict[str, int], console: Browsing) -> None:
        purge(trashed["Fado"])
        assert "supprimé définitivement" in text_of(console.open(f"{PURGE}?selected={trashed['Fado']}"))

    @pytest.mark.parametrize("verb", ["delete", "restore"])
    def test_button_of_an_old_page_says_so(self, verb: str, trashed: dict[str, int], console: Browsing) -> None:
        page = console.open(TRASH)
        purge(trashed["Fado"])
        token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
        answer = console.follow(console.post(f"{LIST}{trashed['Fado']}/{verb}/", {"csrfmiddlewaretoken": token}))
        assert answer.notices == [
            "Le partenaire Fado a été supprimé définitivement\u00a0: il ne peut pas être restauré."
        ]

    def test_what_was_typed_becomes_a_new_partner(self, odile: User, console: Browsing) -> None:
        partner = stored(a_partner("Fado", "PT"))
        form = console.open(f"{LIST}{partner.id}/")
        actions.trash_partner(partner_id=partner.id, actor=odile, channel="console")
        purge(partner.id)
        offered = console.send(form, name="Fado du Minho")
        assert (offered.status, offered.notices[0].startswith("Le partenaire Fado")) == (409, True)
        created = console.send(offered)
        assert created.notices == ["Partenaire Fado du Minho créé."]
        assert Partner.objects.get().id > partner.id

    @pytest.mark.parametrize("page", ["", "delete/"])
    def test_address_of_a_partner_that_is_gone_is_not_found(
        self, page: str, trashed: dict[str, int], console: Browsing
    ) -> None:
        purge(trashed["Fado"])
        assert console.open(f"{LIST}{trashed['Fado']}/{page}").status == 404

    def test_undo_of_a_deletion_names_who_is_gone(self, console: Browsing) -> None:
        partner = stored(a_partner("Fado", "PT"))
        done = press_ok(console, console.open(f"{LIST}delete/?selected=all"))
        purge(partner.id)
        (form,) = [form for form in done.all("form") if "/undo/" in form.get("action")]
        undone = console.send(done, action=form["action"])
        assert undone.notices == ["1 partenaire n’existe plus, car la corbeille a été vidée\u00a0: Fado."]
