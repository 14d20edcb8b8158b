"""The form of a new partner that is sent again, with other values: it never makes a second partner."""

from typing import Any

import pytest

from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.filling import LIST, filled, path_of, value

pytestmark = pytest.mark.django_db


def created(console: Browsing) -> Page:
    """Create Aló Brasil, and return the form that did, as a browser still has it."""
    form = filled(console)
    assert console.send(form).notices == ["Partenaire Aló Brasil créé."]
    return form


@pytest.mark.parametrize(
    "typed", [{"agreement_ends_on": "2099-12-31"}, {"name": "Aló Portugal", "countries": ["PT"]}, {"priority": "1"}]
)
def test_other_values_update_the_partner_just_created(typed: dict[str, Any], console: Browsing) -> None:
    form = created(console)
    page = console.send(form, **typed)
    assert page.path == LIST
    assert page.notices == [f"Partenaire {typed.get('name', 'Aló Brasil')} enregistré."]
    partner = Partner.objects.get()
    stored = {name: str(getattr(partner, name)) for name in typed if name != "countries"}
    assert stored == {name: text for name, text in typed.items() if name != "countries"}
    assert partner.countries == tuple(typed.get("countries", ["BR", "PT"]))


def test_it_shows_the_difference_once_someone_else_has_saved(console: Browsing, wendy: User) -> None:
    form = created(console)
    theirs = with_changes(ALO_BRASIL, priority=9)
    actions.update_partner(
        partner_id=Partner.objects.get().id, values=theirs, expected_version=1, actor=wendy, channel="console"
    )
    conflict = console.send(form, description_fr="Bonjour")
    assert (conflict.status, value(conflict, "description_fr")) == (409, "Bonjour")
    assert conflict.form()["action"] == path_of(Partner.objects.get())
    assert console.send(conflict, keep_priority="theirs").path == LIST
    assert PartnerValues.of(Partner.objects.get()) == with_changes(theirs, description_fr="Bonjour")


def test_it_offers_to_restore_a_partner_deleted_meanwhile(console: Browsing) -> None:
    form = created(console)
    actions.trash_partner(partner_id=Partner.objects.get().id, actor=None, channel="console")
    gone = console.send(form, name="Aló Encore")
    assert (gone.status, value(gone, "name")) == (409, "Aló Encore")
    assert console.send(gone).notices == ["Partenaire Aló Encore restauré."]
    assert Partner.objects.get().trashed_at is None


def test_saved_settings_sent_again_are_not_refused_by_their_own_save(console: Browsing) -> None:
    created(console)
    form = console.open(path_of(Partner.objects.get()))
    for priority in ("1", "2", "1"):
        assert console.send(form, priority=priority).path == LIST
        assert str(Partner.objects.get().priority) == priority
