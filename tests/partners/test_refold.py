"""The migration that computes folded keys anew: no name is lost, and names that meet are reported."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from renvoi.domain.names.keys import fold, sort_key
from renvoi.partners.models import Partner, SavedView
from tests.cast import a_partner, colleague, stored

pytestmark = pytest.mark.django_db
refold = import_module("renvoi.partners.migrations.0010_refold").refold


def stored_with_key(name: str, key: str) -> Partner:
    """Create a partner, and give it the key that an earlier version stored."""
    partner = stored(a_partner(f"{name} ({key})", "BR", "RE"))
    Partner.objects.filter(id=partner.id).update(name=name, name_key=key, name_sort="old", countries_sort_fr="old")
    return partner


def run() -> None:
    refold(apps, connection.schema_editor())


def keys_of(*partners: Partner) -> list[str]:
    return [Partner.objects.get(id=partner.id).name_key for partner in partners]


def test_stored_keys_become_those_of_a_new_partner() -> None:
    partner = stored_with_key("Ørsted – Télécom", "ørsted – telecom")
    run()
    row = Partner.objects.get(id=partner.id)
    assert (row.name_key, row.name_sort) == (fold(row.name), sort_key(row.name))
    assert row.countries_sort_fr == Partner.objects.get(id=stored(a_partner("Autre", "BR", "RE")).id).countries_sort_fr


@pytest.mark.parametrize("first_key", ["aydın", "aydin"])
def test_names_that_meet_keep_distinct_keys_and_are_reported(first_key: str, caplog: pytest.LogCaptureFixture) -> None:
    first = stored_with_key("Aydın" if first_key == "aydın" else "AYDIN", first_key)
    second = stored_with_key("AYDIN" if first_key == "aydın" else "Aydın", "aydin" if first_key == "aydın" else "aydın")
    run()
    assert sorted(keys_of(first, second)) == ["aydin", "aydın"]
    holder, other = sorted((first, second), key=lambda partner: keys_of(partner) != ["aydin"])
    assert caplog.messages == [f"Partners {holder.id} and {other.id} now have the same name, but for its writing."]


def test_partner_in_the_trash_meets_no_name() -> None:
    trashed, other = stored_with_key("Aydın", "aydın"), stored_with_key("AYDIN", "aydin")
    Partner.objects.filter(id=trashed.id).update(trashed_at=trashed.created_at)
    run()
    assert keys_of(trashed, other) == ["aydin", "aydin"]


def test_saved_views_of_one_account_keep_distinct_keys() -> None:
    account, other = colleague(), colleague("autre@boreale.example")
    for owner, name, key in ((account, "Łódź", "łodz"), (account, "LODZ", "lodz"), (other, "Łódź", "łodz")):
        SavedView.objects.create(account=owner, name=name, name_key=key, query="")
    run()
    assert list(SavedView.objects.order_by("id").values_list("name_key", flat=True)) == ["łodz", "lodz", "lodz"]
