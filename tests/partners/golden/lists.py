"""Golden visitors for tests."""

from datetime import date
from typing import Any

from renvoi.domain.golden.visitors import Case, ExpectedKind, GoldenVisitor, with_golden
from renvoi.domain.places import Language, RegionCode
from renvoi.partners import actions
from tests.cast import country


def golden(
    code: str,
    language: Language = "fr",
    *,
    region: str = "",
    day: date | None = None,
    decision: ExpectedKind | None = None,
    partner: int | None = None,
) -> GoldenVisitor:
    case = Case(country(code), RegionCode(region) if region else None, language, day)
    return GoldenVisitor(case, decision, partner)


def list_golden(*more: GoldenVisitor, **options: Any) -> actions.SavedOperator:
    """Add golden visitors to the stored list."""
    return actions.update_golden_visitors(
        edit=lambda listed: with_golden(listed, *more), **{"actor": None, "channel": "console"} | options
    )
