"""Copies of a partner, and the undo of a pause on its settings page."""

from typing import Any

import pytest

from renvoi.history.models import ChangeSet
from renvoi.partners.actions import Saved, update_partner
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, stored, with_changes
from tests.console.browsing import Browsing, Page


class TestDuplicate:
    """A new partner that starts as a copy of another."""

    def test_copy_has_every_value_but_the_name(self, console: Browsing, alo_brasil: Partner) -> None:
        page = console.open(f"/console/partners/{alo_brasil.id}/")
        (link,) = [link for link in page.all("a") if link.text == "Dupliquer"]
        copy = console.open(link["href"])
        assert copy.one("input", id="name")["value"] == "Aló Brasil (copie)"
        assert "Copie d’Aló Brasil" in copy.html
        console.send(copy)
        made = Partner.objects.get(name="Aló Brasil (copie)")
        assert PartnerValues.of(made) == with_changes(PartnerValues.of(alo_brasil), name=made.name)
        assert made.id != alo_brasil.id

    def test_name_of_a_copy_is_numbered_and_truncated(self, console: Browsing, alo_brasil: Partner) -> None:
        stored(with_changes(ALO_BRASIL, name="ALO BRASIL (COPIE)"))
        page = console.open(f"/console/partners/new/?from={alo_brasil.id}")
        assert page.one("input", id="name")["value"] == "Aló Brasil (copie 2)"
        long = stored(with_changes(ALO_BRASIL, name="é" * 100))
        name = console.open(f"/console/partners/new/?from={long.id}").one("input", id="name")["value"]
        assert name == "é" * 92 + " (copie)"

    @pytest.mark.parametrize("id_", ["0", "x", "-1", "9" * 30, "٣"])
    def test_copy_of_an_invalid_id_is_an_empty_form(self, id_: str, console: Browsing) -> None:
        assert console.open(f"/console/partners/new/?from={id_}").one("input", id="name")["value"] == ""


class TestUndoPause:
    """Pausing or resuming on the page can be undone with one click; other changes can't."""

    def save(self, console: Browsing, partner: Partner, **typed: Any) -> Page:
        return console.send(console.open(f"/console/partners/{partner.id}/"), **typed)

    def test_pause_can_be_undone(self, console: Browsing, alo_brasil: Partner) -> None:
        saved = self.save(console, alo_brasil, status="paused")
        (form,) = [form for form in saved.all("form") if "/undo/" in form.get("action")]
        assert form.one("button").text == "Annuler la mise en pause"
        console.send(saved, action=form["action"])
        assert Partner.objects.get(id=alo_brasil.id).status == "active"

    def test_undo_is_of_the_own_step_if_somebody_saves_at_that_moment(
        self, console: Browsing, alo_brasil: Partner, wendy: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def save_and_be_overtaken(**arguments: Any) -> Saved:
            saved = update_partner(**arguments)
            by_wendy = with_changes(arguments["values"], priority=1)
            update_partner(
                partner_id=alo_brasil.id, values=by_wendy, expected_version=2, actor=wendy, channel="console"
            )
            return saved

        monkeypatch.setattr("renvoi.partners.actions.update_partner", save_and_be_overtaken)
        saved = self.save(console, alo_brasil, status="paused")
        (form,) = [form for form in saved.all("form") if "/undo/" in form.get("action")]
        own = ChangeSet.objects.get(actor__email="odile@boreale.example")
        assert str(own.id) in form["action"]
        # What Wendy saved since is left as it is.
        console.send(saved, action=form["action"])
        assert (Partner.objects.get().status, Partner.objects.get().priority) == ("paused", 1)

    def test_save_of_other_fields_has_no_undo(self, console: Browsing, alo_brasil: Partner) -> None:
        saved = self.save(console, alo_brasil, status="paused", priority="1")
        assert [form for form in saved.all("form") if "/undo/" in form.get("action")] == []
