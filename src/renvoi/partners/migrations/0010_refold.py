"""Compute the folded and sort keys anew: letters such as ø, typographic marks and invisible characters now fold.

Two partners outside the trash may then have the same name (Aydın, AYDIN). One of them then keeps its old key, which
no other name can have, until one is renamed.
"""

import logging
from collections.abc import Iterable
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from renvoi.domain.places import LANGUAGES, CountryCode, country_sort_key
from renvoi.domain.names.keys import fold, sort_key

logger = logging.getLogger(__name__)


def refold(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    _refold_partners(apps.get_model("partners", "Partner"))
    _refold_views(apps.get_model("partners", "SavedView"))


def _refold_partners(partner_model: Any) -> None:
    partners = list(partner_model.objects.order_by("id").prefetch_related("served"))
    meeting = _refold_names([partner for partner in partners if partner.trashed_at is None])
    for partner in partners:
        if partner.trashed_at is not None:
            partner.name_key = fold(partner.name)
        partner.name_sort = sort_key(partner.name)
        partner.url_en_key, partner.url_fr_key = fold(partner.url_en), fold(partner.url_fr)
        codes = [CountryCode(served.country) for served in partner.served.all()]
        for language in LANGUAGES:
            keys = sorted(country_sort_key(code, language=language) for code in codes)
            setattr(partner, f"countries_sort_{language}", "\n".join(keys))
    fields = ["name_key", "name_sort", "url_en_key", "url_fr_key", "countries_sort_en", "countries_sort_fr"]
    partner_model.objects.bulk_update(partners, fields, batch_size=100)
    for first, second in meeting:
        logger.warning("Partners %d and %d now have the same name, but for its writing.", first.id, second.id)


def _refold_views(view_model: Any) -> None:
    views = list(view_model.objects.order_by("id"))
    by_account: dict[int, list[Any]] = {}
    for view in views:
        by_account.setdefault(view.account_id, []).append(view)
    for account_views in by_account.values():
        _refold_names(account_views)
    view_model.objects.bulk_update(views, ["name_key"], batch_size=100)


def _refold_names(named: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Set `name_key` of each, and return the pairs whose names meet. The second of a pair keeps its old key.

    A row whose key does not change comes first: its key would otherwise stay with another row.
    """
    first_of: dict[str, Any] = {}
    meeting = []
    for row in sorted(named, key=lambda row: (row.name_key != fold(row.name), row.id)):
        key = fold(row.name)
        if key in first_of:
            meeting.append((first_of[key], row))
        else:
            first_of[key] = row
            row.name_key = key
    return meeting


class Migration(migrations.Migration):
    dependencies = [("partners", "0009_channel")]
    operations = [migrations.RunPython(refold, migrations.RunPython.noop)]
