"""Copies of a partner, and the undo of a pause on its settings page."""

from typing import Any

import pytest

from renvoi.partners.models import Partner
from renvoi.partners.values import PartnerValues
from tests.cast import ALO_BRASIL, stored, with_changes
from tests.console.browsing import Browsing, Page


class TestDuplicate:
    """A new partner that starts as a copy of another."""

    def test_copy_has_every_value_but_the_name(self, console: Browsing, alo_brasil: Partner) -> None:
        page = console.open(f"/console/partners/{alo_brasil.id}/")
        (link,) = [link for link in page.all("a") if link.text == "Dupliquer"]
        copy = console.open(link["href"])
        assert copy.one("input", id="name")["value"] == "Aló Brasil (copie)"
        assert "Copie de Aló Brasil" in copy.html
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

    def test_save_of_other_fields_has_no_undo(self, console: Browsing, alo_brasil: Partner) -> None:
        saved = self.save(console, alo_brasil, status="paused", priority="1")
        assert [form for form in saved.all("form") if "/undo/" in form.get("action")] == []
