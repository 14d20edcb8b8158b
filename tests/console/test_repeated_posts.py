"""A form whose response was lost is sent again, by a proxy or a person: it acts once, and one message says so."""

import uuid
from collections.abc import Mapping, Sequence

import pytest
from django.db.models import QuerySet
from django.test import Client

from renvoi.history.models import ChangeSet
from renvoi.lists.confirmation import Asked
from renvoi.partners import actions
from renvoi.partners.consequences import losses
from renvoi.partners.lists.saved_views import views_of
from renvoi.partners.models import Partner, SavedView
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, BOREALE, set_operator, stored, today, typed
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db

LIST = "/console/partners/"
Fields = Mapping[str, str | Sequence[str]]


def settings_form(**fields: str) -> Fields:
    values = typed(ALO_BRASIL) | {"countries": list(ALO_BRASIL.countries), "idempotency_key": str(uuid.uuid4())}
    return values | fields


def company_form() -> Fields:
    return {
        "name": "Boréale",
        "signup_url_fr": "https://boreale.example/",
        "mode": "direct",
        "default_language": "fr",
        "time_zone": "America/Toronto",
        "version": "1",
        "idempotency_key": str(uuid.uuid4()),
    }


def asked(partners: QuerySet[Partner]) -> str:
    """Return what the question about these partners sends back."""
    about = Asked.about(partners)
    return str(about.with_consequences(losses(about.versions, today=today())))


def post_twice(account: User, path: str, fields: Fields) -> list[str]:
    """Post the form twice. Both responses must be the same redirect, and the second must change no partner.

    Returns the messages of the page that follows.
    """
    client = Client()
    client.force_login(account)
    first = client.post(path, fields)
    steps = ChangeSet.objects.count()
    second = client.post(path, fields)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert ChangeSet.objects.count() == steps
    browsing = Browsing.signed_in(account)
    browsing.client = client
    return browsing.open(LIST).notices


def test_new_partner(odile: User) -> None:
    assert post_twice(odile, f"{LIST}new/", settings_form()) == ["Partenaire Aló Brasil créé."]


def test_saved_partner(odile: User) -> None:
    partner = stored(ALO_BRASIL)
    fields = settings_form(version=str(partner.version), description_fr="Bonjour")
    assert post_twice(odile, f"{LIST}{partner.id}/", fields) == ["Partenaire Aló Brasil enregistré."]


def test_deleted_partner(odile: User) -> None:
    partner = stored(ALO_BRASIL)
    asked_about = asked(Partner.objects.filter(id=partner.id))
    (message,) = post_twice(odile, f"{LIST}{partner.id}/delete/", {"asked_about": asked_about})
    assert message.startswith("Partenaire Aló Brasil supprimé.")


def test_restored_partner(odile: User) -> None:
    partner = actions.trash_partner(partner_id=stored(ALO_BRASIL).id, actor=odile, channel="console").partner
    assert post_twice(odile, f"{LIST}{partner.id}/restore/", {}) == ["Partenaire Aló Brasil restauré."]


@pytest.mark.parametrize(("verb", "done"), [("pause", "2 partenaires mis en pause."), ("delete", "2 partenaires supp")])
def test_bulk_action(odile: User, verb: str, done: str) -> None:
    stored(ALO_BRASIL), stored(AZULEJO)
    asked_about = asked(Partner.objects.all())
    fields = {"list": "selected=all", "asked_about": asked_about, "idempotency_key": str(uuid.uuid4())}
    (message,) = post_twice(odile, f"{LIST}{verb}/", fields)
    assert message.startswith(done)


def test_undone_bulk_action(odile: User) -> None:
    stored(ALO_BRASIL)
    step = actions.pause_partners(partners=Partner.objects.all(), actor=odile, channel="console")
    path = f"/console/steps/{step.change_set_id}/undo/"
    assert post_twice(odile, path, {}) == ["1 partenaire rétabli tel qu’il était."]


def test_general_settings(odile: User) -> None:
    assert post_twice(odile, "/console/settings/", company_form()) == ["Réglages généraux enregistrés."]


def test_coverage(odile: User) -> None:
    set_operator(BOREALE)
    fields = {"covered": "CA", "version": "2", "idempotency_key": str(uuid.uuid4())}
    assert post_twice(odile, "/console/coverage/", fields) == ["Zone de couverture enregistrée."]


def test_preferences(odile: User) -> None:
    fields = {"language": "fr", "theme": "dark", "csv_separator": ";", "uses_keys": "on"}
    assert post_twice(odile, "/console/account/", fields) == ["Préférences enregistrées."]


def test_new_view(odile: User) -> None:
    assert post_twice(odile, f"{LIST}views/new/", {"name": "Brésil", "list": "countries=br"}) == [
        "Vue Brésil enregistrée."
    ]
    assert views_of(odile).count() == 1


def saved_view(account: User) -> SavedView:
    client = Client()
    client.force_login(account)
    client.post(f"{LIST}views/new/", {"name": "Brésil", "list": "countries=br"})
    return views_of(account).get()


def test_deleted_view(odile: User) -> None:
    (message,) = post_twice(odile, f"{LIST}views/{saved_view(odile).id}/delete/", {})
    assert message.startswith("Vue Brésil supprimée.")


def test_restored_view(odile: User) -> None:
    view, client = saved_view(odile), Client()
    client.force_login(odile)
    client.post(f"{LIST}views/{view.id}/delete/")
    responses = [client.post(f"{LIST}views/{view.id}/restore/") for _time in range(2)]
    assert [response["Location"] for response in responses] == [f"{LIST}?countries=br"] * 2
    assert "Vue Brésil restaurée." in Page(client.get(LIST)).notices
    assert views_of(odile).get() == view
