"""One partner that a colleague changed, deleted or restored meanwhile; undoing a step; restoring from the trash."""

import pytest

from renvoi.lists.confirmation import Asked
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, a_partner, stored, stored_many, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.confirming import FADO, LIST, NBSP, PAUSE, TRASH, change_on, press_ok, states
from tests.partners.acting import restore, trash, update

pytestmark = pytest.mark.django_db


class TestOneDeletion:
    """The icon Delete."""

    def test_partner_changed_meanwhile_asks_again(self, console: Browsing, wendy: User) -> None:
        partner = stored(ALO_BRASIL)
        page = console.open(f"{LIST}{partner.id}/delete/")
        update(partner, with_changes(ALO_BRASIL, name="Samba"), actor=wendy)
        again = press_ok(console, page)
        assert (again.status, again.title) == (409, "Supprimer Samba?")
        assert change_on(again) == "Aló Brasil s’appelle maintenant Samba. Samba a été modifié entre-temps par Wendy."
        assert states() == {"Samba": "active"}
        press_ok(console, again)
        assert states() == {"Samba": "trash"}

    def test_english_page_says_what_changed(self, english_console: Browsing) -> None:
        partner = stored(ALO_BRASIL)
        page = english_console.open(f"{LIST}{partner.id}/delete/")
        update(partner, with_changes(ALO_BRASIL, priority=1))
        assert change_on(press_ok(english_console, page)) == "Aló Brasil was changed meanwhile."

    def test_consequence_changed_meanwhile_asks_again(self, console: Browsing) -> None:
        partner, other = stored_many(a_partner("Samba", "BR"), a_partner("Outro", "BR"))
        page = console.open(f"{LIST}{partner.id}/delete/")
        trash(other)
        again = press_ok(console, page)
        assert (again.status, change_on(again)) == (409, "Les conséquences ont changé.")
        assert "Le Brésil n’aura plus de partenaire." in again.text

    def test_deletion_by_a_colleague_is_not_claimed(self, console: Browsing, wendy: User) -> None:
        partner = stored(ALO_BRASIL)
        page = console.open(f"{LIST}{partner.id}/delete/")
        actions.trash_partner(partner_id=partner.id, actor=wendy, channel="console")
        done = press_ok(console, page)
        assert (done.path, done.notices) == (LIST, ["Partenaire Aló Brasil déjà supprimé par Wendy."])
        assert [button.text for button in done.one("div", class_="messages").all("button")] == ["Fermer ce message"]

    def test_deleted_partner_is_not_ticked_any_more(self, console: Browsing) -> None:
        partner, other = stored_many(ALO_BRASIL, FADO)
        page = console.open(f"{LIST}{partner.id}/delete/?list=selected%3D{partner.id}%26selected%3D{other.id}")
        assert press_ok(console, page).path == f"{LIST}?selected={other.id}"

    def test_confirmation_of_another_partner_asks_again(self, console: Browsing) -> None:
        partner, other = stored_many(ALO_BRASIL, FADO)
        page = console.open(f"{LIST}{partner.id}/delete/")
        again = console.send(page, action=f"{LIST}{partner.id}/delete/", asked_about=str(Asked(versions={other.id: 1})))
        assert (again.status, states()) == (409, {"Aló Brasil": "active", "Fado": "active"})


class TestUndo:
    """Undoing a step."""

    def undo(self, browsing: Browsing, page: Page) -> Page:
        (form,) = [form for form in page.all("form") if "/undo/" in form.get("action")]
        return browsing.send(page, action=form["action"])

    def test_nothing_stays_ticked_after_a_step_and_its_undo(self, console: Browsing) -> None:
        stored_many(ALO_BRASIL, AZULEJO, FADO)
        fado = Partner.objects.get(name="Fado").id
        done = press_ok(console, console.open(f"{PAUSE}?selected=all&except={fado}&sort=-name"))
        assert done.path == f"{LIST}?sort=-name"
        ticked = console.open(f"{LIST}?selected={fado}&sort=-name")
        assert self.undo(console, ticked).path == f"{LIST}?sort=-name"

    def test_undoing_twice_does_not_claim_what_changed_since(self, console: Browsing) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        done = press_ok(console, console.open(f"{PAUSE}?selected=all"))
        self.undo(console, done)
        update(Partner.objects.get(id=alo.id), with_changes(ALO_BRASIL, priority=1))
        assert self.undo(console, done).notices == [
            "1 partenaire rétabli tel qu’il était.",
            f"1 partenaire est resté tel quel, car il a été modifié depuis{NBSP}: Aló Brasil.",
        ]

    def test_partner_deleted_after_the_step_is_named(self, console: Browsing) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        done = press_ok(console, console.open(f"{PAUSE}?selected=all"))
        trash(Partner.objects.get(name="Aló Brasil"))
        assert self.undo(console, done).notices[-1].endswith(f"modifié depuis{NBSP}: Aló Brasil.")
        assert states() == {"Aló Brasil": "trash", "Azulejo Chamadas": "active"}


class TestRestore:
    """The trash, and the undo of one deletion."""

    @pytest.fixture
    def deleted(self, wendy: User) -> Partner:
        """A partner that Wendy has deleted."""
        return actions.trash_partner(partner_id=stored(ALO_BRASIL).id, actor=wendy, channel="console").partner

    def test_partner_changed_and_deleted_again_asks_first(
        self, deleted: Partner, console: Browsing, wendy: User
    ) -> None:
        page, path = console.open(TRASH), f"{LIST}{deleted.id}/restore/"
        restored = restore(deleted)
        trash(update(restored, with_changes(ALO_BRASIL, name="Samba"), actor=wendy))
        again = console.send(page, action=path)
        assert (again.status, again.title, states()) == (409, "Restaurer Samba?", {"Samba": "trash"})
        assert change_on(again).startswith("Aló Brasil s’appelle maintenant Samba.")
        assert "Il dessert le Brésil et le Portugal" in again.text
        assert press_ok(console, again).notices == ["Partenaire Samba restauré."]
        assert states() == {"Samba": "active"}

    def test_restoration_by_a_colleague_is_not_claimed(self, deleted: Partner, console: Browsing, wendy: User) -> None:
        page = console.open(TRASH)
        actions.restore_partner(partner_id=deleted.id, actor=wendy, channel="console")
        done = console.send(page, action=f"{LIST}{deleted.id}/restore/")
        assert (done.path, done.notices) == (LIST, ["Partenaire Aló Brasil déjà restauré par Wendy."])

    def test_partner_deleted_and_restored_unchanged_is_restored(self, deleted: Partner, console: Browsing) -> None:
        page = console.open(TRASH)
        trash(restore(deleted))
        assert console.send(page, action=f"{LIST}{deleted.id}/restore/").notices == ["Partenaire Aló Brasil restauré."]

    def test_undo_of_a_deletion_does_not_undo_a_colleagues(self, console: Browsing, wendy: User) -> None:
        partner = stored(ALO_BRASIL)
        done = press_ok(console, console.open(f"{LIST}{partner.id}/delete/"))
        restore(partner)
        actions.trash_partner(partner_id=partner.id, actor=wendy, channel="console")
        again = console.send(done, action=f"{LIST}{partner.id}/restore/")
        assert (again.status, change_on(again)) == (409, "Partenaire Aló Brasil déjà supprimé par Wendy.")
        assert states() == {"Aló Brasil": "trash"}
