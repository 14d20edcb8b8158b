"""What a role is refused, and how: the typed form is not lost, and an undo can't reach what the role may not change."""

from dataclasses import replace

import pytest

from renvoi.history.models import ChangeSet
from renvoi.partners import actions
from renvoi.partners.fields import FIELDS
from renvoi.partners.models import Operator, Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, BOREALE, colleague, set_operator, stored, typed
from tests.console.browsing import Browsing, contents

pytestmark = pytest.mark.django_db
READER, MANAGER, ADMINISTRATOR = User.Role


def signed_in(role: User.Role) -> Browsing:
    return Browsing.signed_in(colleague("wendy@boreale.example", role=role, language="en"))


def csrf(browsing: Browsing) -> dict[str, str]:
    """Return the hidden fields of some form that a reader has."""
    form = browsing.open("/console/account/").form()
    return {name: form.one("input", name=name)["value"] for name in ("csrfmiddlewaretoken", "filled_by")}


def test_reader_who_posts_every_field_of_a_partner_changes_nothing() -> None:
    partner = stored(ALO_BRASIL)
    browsing = signed_in(READER)
    every = {field.name: "other" for field in FIELDS} | dict.fromkeys(("id", "status", "trashed_at"), "9")
    page = browsing.post(
        f"/console/partners/{partner.id}/", csrf(browsing) | every | {"version": "1", "idempotency_key": ""}
    )
    assert page.status == 403
    assert "This needs the role Manager. Your account has the role Reader." in page.one("div", class_="prose").text
    assert Partner.objects.filter(id=partner.id).values().get() == Partner.objects.values().get(id=partner.id)
    partner.refresh_from_db()
    assert (partner.name, partner.version) == (ALO_BRASIL.name, 1)


def test_refusal_is_logged_without_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    browsing = signed_in(READER)
    browsing.post("/console/partners/new/?secret=1", csrf(browsing) | {"name": "secret"})
    account = User.objects.get(email="wendy@boreale.example")
    assert [record.getMessage() for record in caplog.records if "role" in record.getMessage()] == [
        f"A role was not enough: account {account.pk}, POST console:partner_new"
    ]


def test_reader_who_posts_every_preference_keeps_the_role() -> None:
    browsing = signed_in(READER)
    more = {"role": "administrator", "is_active": "", "email": "a@b.example", "is_superuser": "on"}
    page = browsing.open("/console/account/")
    browsing.post(page.path, contents(page.form()) | {"theme": "dark"} | more)
    account = User.objects.get(email="wendy@boreale.example")
    assert (account.role, account.is_active, account.theme) == (READER, True, "dark")


def test_refused_form_can_be_sent_again_once_the_role_has_changed() -> None:
    partner = stored(ALO_BRASIL)
    browsing = signed_in(MANAGER)
    settings = browsing.open(f"/console/partners/{partner.id}/")
    User.objects.update(role=READER)
    refused = browsing.send(settings, name="Aló Portugal")
    assert refused.status == 403
    assert "nothing you typed is lost" in refused.html
    User.objects.update(role=MANAGER)
    again = next(form for form in refused.all("form") if form.all("textarea", name="name"))
    fields = {area["name"]: area.raw_text.removeprefix("\n") for area in again.all("textarea")}
    fields |= {field["name"]: field["value"] for field in again.all("input")}
    assert browsing.post(refused.path, fields).status == 302
    partner.refresh_from_db()
    assert partner.name == "Aló Portugal"


def test_role_applies_from_the_next_request_on() -> None:
    browsing = signed_in(MANAGER)
    assert browsing.open("/console/import/").status == 200
    User.objects.update(role=READER)
    assert browsing.open("/console/import/").status == 403


def test_manager_cannot_undo_a_change_of_the_general_settings() -> None:
    odile = colleague()
    set_operator()
    operator = Operator.objects.get(id=1)
    actions.update_operator(
        values=replace(BOREALE, name="Boréale 2"), expected_version=operator.version, actor=odile, channel="console"
    )
    step = ChangeSet.objects.order_by("-position").first()
    assert step is not None
    browsing = signed_in(MANAGER)
    assert "Undo this change" not in browsing.open(f"/console/history/{step.id}/").html
    assert browsing.open(f"/console/history/{step.id}/undo/").status == 403
    since = f"/console/history/undo/?by={odile.id}&on=2020-01-01"
    assert browsing.open(since).status == 403
    ChangeSet.objects.update(actor=User.objects.get(email="wendy@boreale.example"))
    for address in (f"/console/steps/{step.id}/undo/", f"/console/simulation/visitors/undo/{step.id}/"):
        assert browsing.post(address, csrf(browsing)).status == 403
    assert Operator.objects.get(id=1).name == "Boréale 2"
    User.objects.update(role=ADMINISTRATOR)
    assert browsing.open(f"/console/history/{step.id}/undo/").status == 200


def test_manager_can_undo_a_change_of_the_coverage_area() -> None:
    odile = colleague()
    set_operator()
    operator = Operator.objects.get(id=1)
    actions.update_operator(
        values=replace(BOREALE, areas=()), expected_version=operator.version, actor=odile, channel="console"
    )
    step = ChangeSet.objects.order_by("-position").first()
    assert step is not None
    assert signed_in(MANAGER).open(f"/console/history/{step.id}/undo/").status == 200


def test_reader_sees_the_settings_of_a_partner_without_any_button_that_changes_them() -> None:
    partner = stored(ALO_BRASIL)
    page = signed_in(READER).open(f"/console/partners/{partner.id}/")
    assert "Your role lets you see this page, not change it." in page.html
    fieldset = page.one("fieldset", class_="whole")
    assert "disabled" in fieldset.attributes
    assert fieldset.one("input", name="name")["value"] == typed(ALO_BRASIL)["name"]
    assert not [
        button
        for button in page.one("form", id="settings").all("button")
        if "Save" in button.text and button.get("aria-hidden") != "true"
    ]
