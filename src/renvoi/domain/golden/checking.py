"""Check golden visitors against a routing table: the published one, or one with changes that are not. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from renvoi.domain.days.zones import zone_of
from renvoi.domain.difference import Outcome, Overlay
from renvoi.domain.explanation import Fate, explain
from renvoi.domain.golden.visitors import GoldenVisitor
from renvoi.domain.routing import decide
from renvoi.domain.table import TableLike

_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Checked:
    """A golden visitor and what it gets.

    `fate` is what became of the partner that is expected, "not_serving" if it does not serve the country; None if no
    partner is expected.
    """

    golden: GoldenVisitor
    outcome: Outcome
    fate: Fate | Literal["not_serving"] | None

    @property
    def is_expected(self) -> bool:
        """Whether what the visitor gets is what is expected."""
        decision, partner = self.golden.decision, self.golden.partner
        if decision is not None and decision != self.outcome.kind:
            return False
        if partner is None:
            return True
        return partner in self.outcome.partners and (decision == "choice" or len(self.outcome.partners) == 1)


def check(golden: Iterable[GoldenVisitor], table: TableLike, *, today: date) -> list[Checked]:
    """Return what each of them gets, in their order. One without a day is checked on `today`, the operator's."""
    return [_check(one, table, today=today) for one in golden]


def differences(golden: Iterable[GoldenVisitor], table: TableLike, *, today: date) -> list[Checked]:
    """Return those that do not get what is expected, in their order."""
    return [checked for checked in check(golden, table, today=today) if not checked.is_expected]


def broken_by(golden: Iterable[GoldenVisitor], overlay: Overlay, *, today: date) -> list[Checked]:
    """Return those that get what is expected, and would no longer, by the changes of the overlay.

    Only those are decided whose country the change can concern.
    """
    is_operator_changed = overlay.operator != overlay.base.operator
    concerned = [one for one in golden if is_operator_changed or one.case.country in overlay.changed_countries]
    pairs = zip(check(concerned, overlay.base, today=today), check(concerned, overlay, today=today), strict=True)
    return [after for before, after in pairs if before.is_expected and not after.is_expected]


def _check(golden: GoldenVisitor, table: TableLike, *, today: date) -> Checked:
    at = datetime.combine(golden.case.day or today, _NOON, tzinfo=zone_of(table.operator.time_zone))
    decision = decide(table, golden.visitor, at=at, draw=_undrawn)
    outcome = Outcome(
        decision.kind,
        decision.reason,
        tuple(sorted(partner.id for partner in decision.partners)),
        decision.destination,
        decision.destination_language,
    )
    if golden.partner is None:
        return Checked(golden, outcome, None)
    if golden.partner in outcome.partners:
        return Checked(golden, outcome, "taken")
    # An explanation looks at every partner of the country: it is made only for a partner that receives nobody.
    standings = explain(table, golden.visitor, at=at, draw=_undrawn).standings
    fates = {standing.partner.id: standing.fate for standing in standings}
    return Checked(golden, outcome, fates.get(golden.partner, "not_serving"))


def _undrawn(_: object) -> bytes:
    """Leave partners of equal priority in one order: which of them comes first is not compared."""
    return b""
