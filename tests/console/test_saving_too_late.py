"""Saving a partner after a colleague, after the session has ended, or twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import Draft, User
from tests.cast import ALO_BRASIL, PASSWORD, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.filling import LIST, NEW, chips, filled, path_of, value


class TestStaleVersion:
    """A colleague saved first."""

    @pytest.fixture
    def conflict(self, alo_brasil: Partner, console: Browsing, wendy: User) -> Page:
        """Odile changes name and priority; Wendy has changed priority, countries and the French description."""
        page = console.open(path_of(alo_brasil))
        theirs = with_changes(ALO_BRASIL, priority=2, countries=ALO_BRASIL.countries[:1], description_fr="De Wendy.")
        actions.update_partner(
            partner_id=alo_brasil.id, values=theirs, expected_version=1, actor=wendy, channel="console"
        )
        return console.send(page, name="Alô d’Odile", priority="1")

    def test_stale_save_writes_nothing_and_shows_both_values(self, conflict: Page) -> None:
        assert conflict.status == 409
        summary = conflict.one("div", class_="error-summary")
        assert summary.one("h2").text == "Wendy a enregistré cette page pendant que vous la modifiiez"
        assert [link.text for link in summary.all("a")] == ["Nom", "Description en français", "Pays", "Priorité"]
        shown = conflict.one(id="conflict-name")
        assert [label.text for label in shown.all("label")] == [
            "La mienne Alô d’Odile",
            "Enregistrée par Wendy Aló Brasil",
        ]
        countries = conflict.one(id="conflict-countries")
        assert [label.text for label in countries.all("label")] == [
            "La mienne Brésil, Portugal",
            "Enregistrée par Wendy Brésil",
        ]
        assert Partner.objects.get().priority == 2

    def test_conflict_names_a_colleague_whose_account_is_deleted_since(
        self, alo_brasil: Partner, console: Browsing, wendy: User
    ) -> None:
        page = console.open(path_of(alo_brasil))
        theirs = with_changes(ALO_BRASIL, priority=2)
        actions.update_partner(
            partner_id=alo_brasil.id, values=theirs, expected_version=1, actor=wendy, channel="console"
        )
        wendy.delete()
        conflict = console.send(page, priority="1")
        summary = conflict.one("div", class_="error-summary")
        assert summary.one("h2").text == "Wendy a enregistré cette page pendant que vous la modifiiez"

    def test_conflict_proposes_the_only_changed_value(self, conflict: Page) -> None:
        chosen = {name: value(conflict, f"keep_{name}") for name in ("name", "priority", "description_fr", "countries")}
        assert chosen == {"name": "mine", "priority": "mine", "description_fr": "theirs", "countries": "theirs"}

    def test_saving_as_proposed_keeps_both_changes(self, conflict: Page, console: Browsing) -> None:
        saved = console.send(conflict)
        assert saved.notices == ["Partenaire Alô d’Odile enregistré."]
        partner = Partner.objects.get()
        assert (partner.name, partner.priority, partner.description_fr, partner.countries, partner.version) == (
            "Alô d’Odile",
            1,
            "De Wendy.",
            ("BR",),
            3,
        )

    def test_value_of_each_field_can_be_chosen(self, conflict: Page, console: Browsing) -> None:
        choices: dict[str, Any] = {"keep_name": "theirs", "keep_priority": "theirs"}
        console.send(conflict, **choices, keep_description_fr="mine", keep_countries="mine")
        assert PartnerValues.of(Partner.objects.get()) == with_changes(ALO_BRASIL, priority=2)

    def test_second_stale_save_is_a_conflict_again(
        self, conflict: Page, alo_brasil: Partner, console: Browsing
    ) -> None:
        actions.update_partner(
            partner_id=alo_brasil.id,
            values=with_changes(ALO_BRASIL, priority=9),
            expected_version=2,
            actor=None,
            channel="console",
        )
        page = console.send(conflict)
        assert page.status == 409
        assert Partner.objects.get().priority == 9

    @pytest.mark.parametrize("version", ["", "0", "x", "999999999999", "-1", "1.0"])
    def test_malformed_version_is_stale(self, version: str, alo_brasil: Partner, console: Browsing) -> None:
        page = console.send(console.open(path_of(alo_brasil)), version=version, name="Alô")
        assert page.status == 409
        assert Partner.objects.get().name == "Aló Brasil"

    def test_identical_change_by_a_colleague_is_no_conflict(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        same = with_changes(ALO_BRASIL, priority=1)
        actions.update_partner(partner_id=alo_brasil.id, values=same, expected_version=1, actor=None, channel="console")
        again = console.send(page, priority="1")
        assert (again.status, again.errors, again.all("fieldset", class_="conflict")) == (409, {}, [])
        assert console.send(again).path == LIST
        assert PartnerValues.of(Partner.objects.get()) == same

    def test_partner_that_is_again_as_it_was_is_saved(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        actions.restore_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        saved = console.send(page, priority="2")
        assert saved.notices == ["Partenaire Aló Brasil enregistré."]
        assert PartnerValues.of(Partner.objects.get()) == with_changes(ALO_BRASIL, priority=2)
        assert Partner.objects.get().version == 4

    def test_partner_that_was_restored_with_other_values_is_a_conflict(
        self, alo_brasil: Partner, console: Browsing
    ) -> None:
        page = console.open(path_of(alo_brasil))
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        theirs = with_changes(ALO_BRASIL, priority=9)
        actions.restore_partner_as(partner_id=alo_brasil.id, values=theirs, actor=None, channel="console")
        assert console.send(page, priority="2").status == 409
        assert PartnerValues.of(Partner.objects.get()) == theirs


class TestDeletedMeanwhile:
    """A colleague deleted the partner while it was being changed."""

    def test_deleted_partner_keeps_typed_values_and_is_restored_by_saving(
        self, alo_brasil: Partner, console: Browsing
    ) -> None:
        page = console.open(path_of(alo_brasil))
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        page = console.send(page, name="Alô")
        assert (page.status, value(page, "name")) == (409, "Alô")
        assert "Ce partenaire est dans la corbeille" in page.text
        assert Partner.objects.get().trashed_at is not None
        page = console.send(page)
        assert page.notices == ["Partenaire Alô restauré."]
        partner = Partner.objects.get()
        assert (partner.name, partner.trashed_at) == ("Alô", None)


class TestSentTwice:
    """A double click, or Back and Save again."""

    def test_creation_sent_twice_makes_one_partner(self, console: Browsing) -> None:
        page = filled(console)
        for _ in range(2):
            assert console.send(page).notices[-1] == "Partenaire Aló Brasil créé."
        assert (Partner.objects.count(), Change.objects.count()) == (1, 1)

    def test_creation_with_another_name_makes_no_other_partner(self, console: Browsing) -> None:
        page = filled(console)
        console.send(page)
        console.send(page, name="Aló Angola")
        assert list(Partner.objects.values_list("name", flat=True)) == ["Aló Angola"]

    def test_update_sent_twice_is_one_change(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        for _ in range(2):
            assert console.send(page, name="Alô").path == LIST
        assert (Partner.objects.get().version, Change.objects.filter(verb="update").count()) == (2, 1)

    @pytest.mark.parametrize("idempotency_key", ["", "x", "0" * 40])
    def test_malformed_idempotency_key_saves_once(self, idempotency_key: str, console: Browsing) -> None:
        assert console.send(filled(console), idempotency_key=idempotency_key).path == LIST
        assert Partner.objects.count() == 1


class TestExpiredSession:
    """Typed values survive the end of the session."""

    def expire(self, browsing: Browsing) -> None:
        del browsing.client.cookies["renvoi_session"]

    def test_signing_in_again_restores_the_filled_form(self, odile: User, console: Browsing) -> None:
        page = filled(console)
        self.expire(console)
        sign_in = console.send(page, name="Aló <Brasil>", agreement_ends_on="never")
        assert sign_in.title == "Ouvrir une session"
        assert "Ce que vous aviez tapé est conservé" in sign_in.text
        assert Partner.objects.count() == 0
        page = console.send(sign_in, email=odile.email, password=PASSWORD)
        assert page.path == NEW
        assert (value(page, "name"), value(page, "agreement_ends_on")) == ("Aló <Brasil>", "never")
        assert (value(page, "description_fr"), chips(page)) == (ALO_BRASIL.description_fr, ["Brésil", "Portugal"])
        assert "enregistrez-le maintenant" in page.text
        saved = console.send(page, agreement_ends_on="")
        assert saved.notices == ["Partenaire Aló <Brasil> créé."]

    def test_restored_form_is_shown_once_and_on_its_own_page(self, odile: User, console: Browsing) -> None:
        page = filled(console)
        self.expire(console)
        sign_in = console.send(page)
        assert console.send(sign_in, email=odile.email, password=PASSWORD).path == NEW
        assert value(console.open(NEW), "name") == ""

    def test_restored_form_expires_after_two_hours(self, odile: User, console: Browsing) -> None:
        page = filled(console)
        self.expire(console)
        sign_in = console.send(page)
        Draft.objects.update(typed_at=timezone.now() - timedelta(hours=2))
        assert value(console.send(sign_in, email=odile.email, password=PASSWORD), "name") == ""

    def test_restored_form_keeps_its_version(self, odile: User, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(path_of(alo_brasil))
        self.expire(console)
        sign_in = console.send(page, name="Alô")
        actions.update_partner(
            partner_id=alo_brasil.id,
            values=with_changes(ALO_BRASIL, priority=9),
            expected_version=1,
            actor=None,
            channel="console",
        )
        back = console.send(sign_in, email=odile.email, password=PASSWORD)
        assert value(back, "name") == "Alô"
        assert console.send(back).status == 409
