"""Short forms of the actions on one partner, and what the actions recorded."""

from typing import Any

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner


def newest_change() -> Change:
    return Change.objects.select_related("change_set__actor").latest("id")


def update(partner: Partner, values: PartnerValues, *, version: int | None = None, **more: Any) -> Partner:
    expected = partner.version if version is None else version
    return actions.update_partner(
        partner_id=partner.id, values=values, expected_version=expected, **{"actor": None, "channel": "console"} | more
    ).partner


def trash(partner: Partner) -> Partner:
    return actions.trash_partner(partner_id=partner.id, actor=None, channel="console").partner


def restore(partner: Partner) -> Partner:
    return actions.restore_partner(partner_id=partner.id, actor=None, channel="console").partner


def row(partner: Partner) -> dict[str, Any]:
    """Return all stored columns of the partner, and its countries."""
    (stored_row,) = Partner.objects.filter(id=partner.id).values()
    return stored_row | {"countries": Partner.objects.get(id=partner.id).countries}


IN_HISTORY = {
    "name": "Aló Brasil",
    "url_en": "https://alobrasil.example/en/signup",
    "url_fr": "https://inscription.alobrasil.example/fr",
    "description_en": "Portuguese and English, every day.",
    "description_fr": "Portugais et anglais, chaque jour.",
    "countries": ["BR", "PT"],
    "status": "active",
    "priority": 5,
    "agreement_reference": "ENT-2024-017",
    "agreement_starts_on": "2024-06-26",
    "agreement_ends_on": None,
    "version": 1,
    "trashed_at": None,
}
