"""Undo a step from the history: what follows is shown first; the result is proved; several steps as one."""

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Operator, Partner
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, generation, set_operator, stored, stored_many, with_changes
from tests.console.browsing import Browsing, Page
from tests.partners.acting import newest_change, trash, update

pytestmark = pytest.mark.django_db
HISTORY = "/console/history/"
SINCE = f"{HISTORY}undo/"
RENAMED = with_changes(ALO_BRASIL, name="Olá Brasil")


def path(step: uuid.UUID | None = None) -> str:
    return f"{HISTORY}{step or newest_change().change_set_id}/undo/"


def text(page: Page) -> str:
    return re.sub(r"\s+", " ", page.one("main").text)


def values_of(partner: Partner) -> PartnerValues:
    return PartnerValues.of(Partner.objects.get(id=partner.id))


def test_page_of_a_step_leads_to_its_undo_and_back_to_the_proof(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    before = generation()
    update(alo, RENAMED)
    step = console.open(f"{HISTORY}{newest_change().change_set_id}/")
    (link,) = [one for one in step.all("a") if one.text.strip() == "Annuler ce changement"]
    question = console.open(link.get("href"))
    assert (question.one("h1").text.strip(), values_of(alo)) == ("Annuler ce changement?", RENAMED)
    assert "Rien d’autre n’a été modifié depuis." in text(question)
    assert "Nom Olá Brasil Aló Brasil" in text(question)
    done = console.send(question)
    assert values_of(alo) == ALO_BRASIL
    assert done.path == f"{HISTORY}{newest_change().change_set_id}/"
    assert done.notices == ["Annulation faite\u00a0: Olá Brasil\u00a0: nom modifié"]
    assert f"La table est identique à la version {before}, du " in text(done)


def test_consequences_are_shown_before(console: Browsing) -> None:
    trash(stored(ALO_BRASIL))
    assert "Brésil et Portugal personne →puis Aló Brasil" in text(console.open(path()))
    assert Partner.objects.get().trashed_at is not None


def test_partner_changed_since_is_left_with_a_link_to_the_later_step(console: Browsing, odile: User) -> None:
    alo = update(stored(ALO_BRASIL), RENAMED)
    step = newest_change().change_set_id
    update(alo, with_changes(RENAMED, priority=1), actor=odile)
    question = console.open(path(step))
    assert "Olá Brasil\u00a0: changement plus récent par Odile, le 20" in question.one("main").text
    assert "Rien ne peut être rétabli comme avant." in text(question)
    later = f"{HISTORY}{newest_change().change_set_id}/"
    assert [one.get("href") for one in question.one("ul", class_="remarks").all("a")] == [later]
    assert not question.all("button", class_="button primary")


def test_partner_whose_name_is_taken_is_left_with_a_link_to_the_other(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    update(alo, RENAMED)
    step = newest_change().change_set_id
    other = stored(with_changes(ALO_BRASIL, url_fr="https://other.example/"))
    question = console.open(path(step))
    assert "Aló Brasil\u00a0: nom repris par un autre partenaire." in question.one("main").text
    assert question.one("ul", class_="remarks").one("a").get("href") == f"/console/partners/{other.id}/"


def test_partner_that_is_no_more_has_a_sentence_of_its_own(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    update(alo, RENAMED)
    Partner.objects.filter(id=alo.id).delete()
    assert "Olá Brasil\u00a0: n’existe plus, car la corbeille a été vidée." in console.open(path()).one("main").text


def test_rest_of_a_step_is_undone_and_the_proof_names_what_differs(console: Browsing, odile: User) -> None:
    alo, _ = stored_many(ALO_BRASIL, AZULEJO)
    actions.pause_partners(partners=Partner.objects.all(), actor=odile, channel="console")
    step = newest_change().change_set_id
    update(Partner.objects.get(id=alo.id), with_changes(ALO_BRASIL, status="paused", priority=2), actor=odile)
    done = console.send(console.open(path(step)))
    assert done.notices == [
        "1 partenaire est resté tel quel, car il a été modifié depuis\u00a0: Aló Brasil.",
        "Annulation faite\u00a0: 2 partenaires mis en pause",
    ]
    assert "La table n’est pas identique à la version" in text(done)
    assert "Aló Brasil\u00a0: changement par Odile, le 20" in done.one("main").text
    assert values_of(alo).status == "paused"


def test_change_in_between_is_asked_again(console: Browsing) -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    actions.trash_partners(partners=Partner.objects.all(), actor=None, channel="console")
    step = newest_change().change_set_id
    question = console.open(path(step))
    actions.restore_partner(partner_id=azulejo.id, actor=None, channel="cli")
    again = console.send(question)
    assert (again.status, "Les conséquences ont changé." in text(again)) == (409, True)
    assert Partner.objects.get(id=alo.id).trashed_at is not None
    assert console.send(again).status == 200
    assert Partner.objects.get(id=alo.id).trashed_at is None


def test_double_click_undoes_once(console: Browsing) -> None:
    trash(stored(ALO_BRASIL))
    question = console.open(path())
    first = console.send(question)
    assert console.send(question).path == first.path
    assert ChangeSet.objects.exclude(undoes=None).count() == 1


def test_undone_step_leads_to_its_undo_and_that_can_be_undone(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    trash(alo)
    step = newest_change().change_set_id
    done = console.send(console.open(path(step)))
    assert console.follow(console.open(path(step))).path == done.path
    assert "Annuler ce changement" not in text(console.open(f"{HISTORY}{step}/"))
    console.send(console.open(path()))
    assert Partner.objects.get(id=alo.id).trashed_at is not None
    assert "Annuler ce changement" in text(console.open(f"{HISTORY}{step}/"))


def test_step_of_a_colleague_can_be_undone(console: Browsing, odile: User) -> None:
    alo = stored(ALO_BRASIL)
    actions.trash_partner(partner_id=alo.id, actor=odile, channel="console")
    console.send(console.open(path()))
    assert Partner.objects.get(id=alo.id).trashed_at is None


def test_proof_names_a_partner_that_was_deleted_for_good(console: Browsing) -> None:
    """The partner is in the table of before only: in the cells that differ, and among what differs."""
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    update(azulejo, with_changes(AZULEJO, priority=9))
    step = newest_change().change_set_id
    trash(alo)
    actions.purge_partners(partners=Partner.objects.filter(id=alo.id), actor=None, channel="console")
    page = text(console.send(console.open(path(step))))
    assert "Brésil Aló Brasil →puis personne" in page
    assert f"#{alo.id}" not in page


def test_unknown_step_is_not_found(console: Browsing) -> None:
    assert console.open(path(uuid.uuid4())).status == 404


def test_shorter_period_of_the_trash_is_warned_of(console: Browsing) -> None:
    set_operator()
    operator = Operator.objects.get(id=1)
    Operator.objects.filter(id=1).update(trash_period=30)
    values = OperatorValues.of(Operator.objects.get(id=1))
    actions.update_operator(
        values=replace(values, trash_period=0), expected_version=operator.version, actor=None, channel="cli"
    )
    step = newest_change().change_set_id
    alo = trash(stored(ALO_BRASIL))
    assert "supprimé définitivement" not in text(console.open(path(step)))
    Partner.objects.filter(id=alo.id).update(trashed_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "supprimé définitivement" in text(console.open(path(step)))


class TestSeveral:
    """« Annuler tout ce que X a fait depuis 14 h »."""

    def test_all_that_an_account_did_is_undone_as_one(self, console: Browsing, odile: User) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        update(alo, RENAMED, actor=odile)
        actions.trash_partner(partner_id=azulejo.id, actor=odile, channel="console")
        before = generation()
        form = console.open(SINCE)
        question = console.open(f"{SINCE}?by={odile.id}&on=2026-01-01&at=00:00")
        assert [one.text.strip() for one in form.one("select", id="by").all("option")] == ["Odile (vous)"]
        assert "Tous les changements d’Odile depuis le 2026-01-01 à 0\u00a0h\u00a000" in question.one("main").text
        done = console.send(question)
        assert (values_of(alo), Partner.objects.get(id=azulejo.id).trashed_at) == (ALO_BRASIL, None)
        assert generation() == before + 1
        assert f"La table est identique à la version {before - 2}" in text(done)

    def test_nothing_to_undo_is_said(self, console: Browsing, odile: User) -> None:
        stored(ALO_BRASIL)
        page = console.open(f"{SINCE}?by={odile.id}&on=2026-01-01&at=00:00")
        assert "Il n’y a rien à annuler" in text(page)
        assert not page.all("button", class_="button primary")

    @pytest.mark.parametrize("hour", ["0", "0:00", "0h00", "0 h 00"])
    def test_hour_is_read_as_people_write_it(self, hour: str, console: Browsing, odile: User) -> None:
        stored(ALO_BRASIL, actor=odile)
        page = console.open(f"{SINCE}?by={odile.id}&on=2026-01-01&at={hour}")
        assert "depuis le 2026-01-01 à 0 h 00" in text(page).replace("\u00a0", " ")

    @pytest.mark.parametrize(
        "query",
        [
            "by=7&on=2026-01-01",
            "by=x&on=2026-01-01",
            "by=999999999999999999999&on=2026-01-01",
            "by={}&on=9999-12-31&at=23:59",
            "by={}&on=",
            "by={}&on=2026-13-01",
            "by={}&on=2026-01-01&at=25:00",
            "by={}&on=0001-01-01&at=00:00",
            "by={}&on=%00&at=%00",
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field(self, query: str, console: Browsing, odile: User) -> None:
        stored(ALO_BRASIL, actor=odile)
        refused = console.open(f"{SINCE}?{query.format(odile.id)}")
        assert refused.status in {200, 422}
        if refused.status == 422:
            assert 0 < len(refused.errors) <= 2
        assert not Change.objects.filter(verb="undo").exists()
