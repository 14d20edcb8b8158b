"""The cast of the Django tests: the operator, its staff and its partners, and functions that store and read them."""

import os
import random
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from renvoi.domain.names.keys import fold, sort_key
from renvoi.domain.places import CountryCode, RegionCode
from renvoi.domain.table import Candidate, operator_day
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Operator, Partner, ServedCountry
from renvoi.partners.values import OperatorValues
from renvoi.people.actions import create_account
from renvoi.people.models import User
from renvoi.publication.models import Generation, PublishedTable

PASSWORD = "huit-castors-pressés"
"""The password of every account of the cast."""

Case = TypeVar("Case")


def country(code: str) -> CountryCode:
    return CountryCode(code)


ALO_BRASIL = PartnerValues(
    name="Aló Brasil",
    url_en="https://alobrasil.example/en/signup",
    url_fr="https://inscription.alobrasil.example/fr",
    description_en="Portuguese and English, every day.",
    description_fr="Portugais et anglais, chaque jour.",
    countries=(country("BR"), country("PT")),
    status="active",
    priority=5,
    agreement_reference="ENT-2024-017",
    agreement_starts_on=date(2024, 6, 26),
    agreement_ends_on=None,
)
"""Serves Brazil and Portugal. Every field but the last day is set."""


def a_partner(name: str, *codes: str, **fields_: Any) -> PartnerValues:
    """Return a partner that serves those countries, with an English address and defaults, overridden by `fields_`."""
    host = name.encode("idna" if name.isascii() else "punycode").decode().strip("-").replace(" ", "-").lower()
    return PartnerValues(
        name=name,
        countries=tuple(country(code) for code in sorted(codes)),
        **{  # type: ignore[arg-type]
            "url_en": f"https://{host}.example/",
            "url_fr": "",
            "description_en": "",
            "description_fr": "",
            "status": "active",
            "priority": 5,
            "agreement_reference": "",
            "agreement_starts_on": None,
            "agreement_ends_on": None,
        }
        | fields_,
    )


AZULEJO = a_partner("Azulejo Chamadas", "AO", "PT", url_fr="https://azulejo.example/fr", priority=3)
PRAIRIE = a_partner("Prairie Answers", "US", "CA", url_en="https://prairie.example/start")
TUNDRA = a_partner("Tundra", "US", status="paused")

BOREALE = OperatorValues(
    name="Téléphonie Boréale",
    signup_url_en="https://signup.boreale.example/en",
    signup_url_fr="https://abonnement.boreale.example/fr",
    mode="present",
    default_language="fr",
    time_zone="America/Toronto",
    areas=((country("CA"), RegionCode("CA-QC")),),
)
"""Covers Québec only."""


def with_changes(values: PartnerValues, **changes: Any) -> PartnerValues:
    """Return a copy of the partner's values with other values in some fields."""
    return replace(values, **changes)


def typed(values: PartnerValues | OperatorValues, **changes: str) -> dict[str, str]:
    """Return the form fields for these values: each field that is submitted as one text."""
    texts = {field.name: getattr(values, field.name) for field in fields(values)}
    for name in ("countries", "areas", "logo", "golden_visitors"):
        texts.pop(name, None)
    return {name: "" if value is None else str(value) for name, value in texts.items()} | changes


def only(field: str, text: str) -> dict[str, Any]:
    """Return one field as keyword arguments, for a field name that is a variable."""
    return {field: text}


def stored(values: PartnerValues, *, actor: User | None = None) -> Partner:
    """Create the partner in the database, and publish it."""
    return actions.create_partner(values=values, actor=actor, channel="console").partner


def stored_many(*all_values: PartnerValues) -> list[Partner]:
    return [stored(values) for values in all_values]


def stored_at_once(*all_values: PartnerValues) -> None:
    """Create the partners in one change set."""
    actions.create_partners(many=all_values, actor=None, channel="cli")


def crowd(count: int) -> None:
    """Insert partners named Partner 0001, Partner 0002 …, without actions: fast enough for long lists."""
    template = stored(a_partner("Partner 0001", "BR", "PT"))
    template_row: dict[str, Any] = {**Partner.objects.filter(id=template.id).values().get()}
    del template_row["id"]
    names = [f"Partner {number:04}" for number in range(2, count + 1)]
    rows = [template_row | {"name": name, "name_key": fold(name), "name_sort": sort_key(name)} for name in names]
    partners = Partner.objects.bulk_create([Partner(**row) for row in rows])
    ServedCountry.objects.bulk_create(
        [ServedCountry(partner=partner, country=code) for partner in partners for code in template.countries]
    )


def set_operator(values: OperatorValues = BOREALE) -> Operator:
    """Update the operator to these values, and return it."""
    current = Operator.objects.get(id=1)
    return actions.update_operator(
        values=values, expected_version=current.version, actor=None, channel="console"
    ).operator


def with_trash_period(days: int) -> OperatorValues:
    """Return the operator BOREALE, whose trash is emptied after so many days."""
    return replace(BOREALE, trash_period=days)


def colleague(
    email: str = "odile@boreale.example",
    *,
    role: User.Role = User.Role.ADMINISTRATOR,
    name: str = "",
    language: str = "fr",
) -> User:
    """Create an account of the operator's staff that can sign in with PASSWORD."""
    return create_account(email=email, password=PASSWORD, role=role, name=name, language=language)


def today() -> date:
    """Return today's date in the operator's time zone."""
    return operator_day(datetime.now(UTC), time_zone=Operator.objects.get(id=1).time_zone)


def generation() -> int:
    return Generation.objects.get(id=1).number


def published() -> RoutingTable:
    """Return the newest published table."""
    return RoutingTable(bytes(PublishedTable.objects.order_by("-generation")[0].content))


def candidates_in(table: RoutingTable) -> dict[CountryCode, tuple[Candidate, ...]]:
    """Return all candidates of the table, by country."""
    return {code: table.candidates(code) for code in table.countries}


def sample(cases: Sequence[Case], count: int) -> Sequence[Case]:
    """Return a random sample of the cases, which depends on the printed seed; with FULL=1, all of them."""
    return cases if os.environ.get("FULL") or len(cases) <= count else random.sample(cases, count)
