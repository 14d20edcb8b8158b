"""The JSON schemas of the coverage area, of decisions about visitors, and of the ledger's entries."""

from typing import get_args

from renvoi.api.schemas.parts import (
    CODE,
    CODE_OR_NULL,
    COUNT,
    DAY,
    FLAG,
    ID_OR_NULL,
    LANGUAGE,
    MOMENT,
    NUMBER,
    NUMBER_OR_NULL,
    REGION,
    TEXT,
    TEXT_OR_NULL,
    Schema,
    choice,
    items,
    one_of_them,
    ref,
    shape,
)
from renvoi.domain.explanation import Fate, Step
from renvoi.domain.golden.visitors import EXPECTED_KINDS
from renvoi.domain.ledger_entry import Act
from renvoi.domain.routing import CountrySource, DecisionKind, Reason

RUNGS = ("country", "language", "coverage", "partners")
"""What is found out about a visitor, in this order."""
_KIND, _REASON = choice(*get_args(DecisionKind)), choice(*get_args(Reason))
_EXPECTED: Schema = {"type": ["string", "null"], "enum": [*EXPECTED_KINDS, None]}
_FATES = get_args(Fate)
_AREA: Schema = shape({"country": CODE, "region": REGION}, required=("country",))
_COUNTRY: Schema = shape({"code": CODE, "name_en": TEXT, "name_fr": TEXT})
_NAMED: Schema = shape({"id": NUMBER, "name": TEXT})
_ASKED: Schema = {"country": CODE, "region": REGION, "language": LANGUAGE, "day": DAY}
_GOLDEN: Schema = {**_ASKED, "decision": _EXPECTED, "partner": ID_OR_NULL}
_ANY_EXPECTED: Schema = one_of_them({"decision": TEXT}, {"partner": NUMBER})
_REQUIRED = ("country", "language")


def routing_schemas() -> dict[str, Schema]:
    """Return the schemas by name."""
    areas = items(shape({"country": CODE, "region": REGION}))
    change = {"areas": items(_AREA), "version": {**NUMBER, "readOnly": True}, "confirm_count": NUMBER}
    golden = {"id": {**TEXT, "readOnly": True}, **_GOLDEN}
    return {
        "Coverage": shape({"version": NUMBER, "areas": areas}),
        "CoverageReplacement": shape(change, required=("areas",)),
        "CountryList": shape({"count": NUMBER, "countries": items(_COUNTRY)}),
        "Simulation": _simulation(),
        "GoldenVisitor": shape(golden),
        "NewGoldenVisitor": shape(_GOLDEN, required=_REQUIRED) | _ANY_EXPECTED,
        "GoldenVisitorReplacement": shape(golden, required=_REQUIRED) | _ANY_EXPECTED,
        "CheckedVisitor": shape({**golden, **_checked()}),
        "CheckedVisitorList": shape({"count": COUNT, "differing": COUNT, "visitors": items(ref("CheckedVisitor"))}),
        "Referral": _referral(),
        "ReferralPage": shape({"referrals": items(ref("Referral")), "after": COUNT, "next": TEXT}),
    }


def _simulation() -> Schema:
    partner = {"id": NUMBER, "name": TEXT, "url": TEXT, "url_language": TEXT}
    rung = {"rung": choice(*RUNGS), "outcome": TEXT_OR_NULL, "is_decisive": FLAG}
    return shape(
        {
            "decision": _KIND,
            "reason": _REASON,
            "country": CODE_OR_NULL,
            "region": REGION,
            "language": LANGUAGE,
            "destination": TEXT_OR_NULL,
            "partners": items(shape(partner)),
            "generation": NUMBER,
            "day": DAY,
            "rungs": items(shape(rung)),
            "candidate_count": COUNT,
            "candidates": items(shape({"id": NUMBER, "name": TEXT, "priority": NUMBER, "fate": choice(*_FATES)})),
        }
    )


def _checked() -> Schema:
    fate: Schema = {"type": ["string", "null"], "enum": [*_FATES, "not_serving", None]}
    got = {"decision": _KIND, "reason": _REASON, "partners": items(_NAMED)}
    return {"got": shape(got), "expected_partner": fate, "is_expected": FLAG}


def _referral() -> Schema:
    return shape(
        {
            "position": NUMBER,
            "ref": TEXT,
            "at": MOMENT,
            "act": choice(*get_args(Act)),
            "decision": _KIND,
            "reason": _REASON,
            "country": CODE_OR_NULL,
            "region": REGION,
            "country_source": choice(*get_args(CountrySource)),
            "language": LANGUAGE,
            "partner": NUMBER_OR_NULL,
            "source": TEXT_OR_NULL,
            "generation": NUMBER,
        }
    )


DECIDED_BY: dict[Step, str] = {
    "country": "country",
    "coverage": "coverage",
    "region": "coverage",
    "candidates": "partners",
    "click": "partners",
}
"""The rung that settles the decision."""
