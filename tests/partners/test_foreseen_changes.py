"""What is foreseen of a change is what the published tables then decide: 200 random changes, cell by cell.

Planted faults that it catches: a changed partner that keeps its countries, or a coverage area that is not looked at.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from renvoi.domain.difference import CellChange, Outcome
from renvoi.domain.places import CountryCode, RegionCode
from renvoi.domain.routing import Decision, Visitor, cells_of, decide
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.partners.consequences import Foreseen, foresee, without
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.partners.values import OperatorValues
from tests.cast import BOREALE, a_partner, published, set_operator, stored, today
from tests.partners.acting import trash, update

pytestmark = pytest.mark.django_db

CHANGES = 200
CODES = tuple(map(CountryCode, ("AO", "BR", "CA", "PT", "US")))
REGIONS = {"CA": ("CA-QC", "CA-ON"), "US": ("US-NY",)}


def outcome_of(decision: Decision) -> Outcome:
    ids = tuple(sorted(partner.id for partner in decision.partners))
    return Outcome(decision.kind, decision.reason, ids, decision.destination, decision.destination_language)


def outcomes(table: RoutingTable, *others: RoutingTable) -> dict[Visitor, Outcome]:
    """Return the outcome of each cell that is one by this table or by one of the others, at noon today."""
    at = datetime.combine(today(), time(16), tzinfo=UTC)
    operators = [table.operator, *(other.operator for other in others)]
    visitors = [visitor for code in CODES for visitor in cells_of(code, operators=operators)]
    return {visitor: outcome_of(decide(table, visitor, at=at, draw=lambda _: b"")) for visitor in visitors}


def random_values(rng: random.Random, name: str) -> PartnerValues:
    starts_on, ends_on = (rng.choice([None, today() + timedelta(days=days)]) for days in (-1, 1))
    return a_partner(
        name,
        *rng.sample(CODES, rng.randint(1, 4)),
        status=rng.choice(["active", "active", "paused"]),
        priority=rng.randint(1, 3),
        url_fr=rng.choice(["", f"https://{name.lower()}.example/fr"]),
        agreement_starts_on=rng.choice([starts_on, today() + timedelta(days=2)]),
        agreement_ends_on=ends_on,
    )


def random_operator(rng: random.Random) -> OperatorValues:
    areas: list[tuple[CountryCode, RegionCode | str]] = []
    for code in rng.sample(CODES, rng.randint(0, 3)):
        regions = rng.sample(REGIONS.get(code, ()), rng.randint(0, len(REGIONS.get(code, ()))))
        areas += [(code, RegionCode(region)) for region in regions] or [(code, "")]
    return replace(BOREALE, areas=tuple(sorted(areas)))


def random_change(rng: random.Random) -> tuple[Foreseen, Callable[[], object]]:
    """Return what is foreseen of a change, and the change."""
    present = list(Partner.objects.filter(trashed_at=None).order_by("id").prefetch_related("served"))
    kind = rng.choice(["create", "save", "save", "delete", "coverage"]) if len(present) > 3 else "create"
    if kind == "coverage":
        operator = random_operator(rng)
        return foresee({}, today=today(), operator=operator), lambda: set_operator(operator)
    if kind == "create":
        values = random_values(rng, f"New{rng.getrandbits(40)}")
        # It gets the next id: what is foreseen of id 0 would be sorted before its equals otherwise, and is the same.
        return foresee({0: values}, today=today()), lambda: stored(values)
    partner = rng.choice(present)
    if kind == "delete" and len(present) > 5:
        return without([partner.id], today=today()), lambda: trash(partner)
    values = random_values(rng, partner.name)
    return foresee({partner.id: values}, today=today()), lambda: update(partner, values)


def as_pairs(cells: tuple[CellChange, ...], new_id: int) -> dict[Visitor, tuple[Outcome, Outcome]]:
    """Return before and after by cell, with the id that a new partner has got instead of 0."""

    def named(outcome: Outcome) -> Outcome:
        return outcome._replace(partners=tuple(sorted(id_ or new_id for id_ in outcome.partners)))

    return {change.cell: (change.before, named(change.after)) for change in cells}


@pytest.mark.parametrize("seed", range(4))
def test_foreseen_cells_are_those_in_which_the_published_tables_differ(seed: int) -> None:
    rng = random.Random(seed)
    set_operator(BOREALE)
    before = published()
    changed = 0
    for _ in range(CHANGES // 4):
        foreseen, change = random_change(rng)
        change()
        after = published()
        then, now = outcomes(before, after), outcomes(after, before)
        differing = {cell: (then[cell], now[cell]) for cell in then if then[cell] != now[cell]}
        newest = Partner.objects.latest("id").id
        assert as_pairs(foreseen.cells, newest) == differing
        changed += bool(differing)
        before = after
    # 28 to 34 of the 50 steps change a cell. If few did, the test would compare nothing.
    assert changed >= CHANGES // 16
