"""The operations on countries, the coverage area, and visitors: simulated, golden and real ones."""

from django.utils.translation import gettext_noop as _

from renvoi.api.operation import Operation, Parameter
from renvoi.api.operations.countries import list_countries
from renvoi.api.operations.coverage import read_coverage, replace_coverage
from renvoi.api.operations.routing.referrals import DEFAULT_LIMIT, MAX_LIMIT, MAX_POSITION, list_referrals
from renvoi.api.operations.routing.simulation import simulate
from renvoi.api.operations.routing.visitor_writes import create_visitor, delete_visitor, replace_visitor
from renvoi.api.operations.routing.visitors import list_visitors, read_visitor
from renvoi.api.operations.tables.parameters import (
    ERRORS_OF_CHANGES,
    ERRORS_OF_WRITES,
    IF_MATCH,
    IF_NONE_MATCH,
    KEY,
    READ,
    WRITE,
)

_ASKED = (
    Parameter(
        "country",
        _("The code of the country; none if it is not known."),
        {"type": "string", "pattern": "^([A-Za-z]{2})?$"},
    ),
    Parameter(
        "region",
        _("The code of the region, such as CA-ON."),
        {"type": "string", "pattern": "^([A-Za-z]{2}-[A-Za-z0-9]{1,4})?$"},
    ),
    Parameter(
        "language",
        _("The visitor’s language; the operator’s default language without it."),
        {"type": "string", "enum": ["fr", "en"]},
    ),
    Parameter(
        "day",
        _("Decide for noon of this day in the operator’s time zone; for now without it."),
        {"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"},
    ),
)
_IS_EXPECTED = Parameter(
    "is_expected", _("Only those that get what is expected, or do not."), {"type": "string", "enum": ["true", "false"]}
)
_CURSOR = (
    Parameter(
        "after",
        _("The position after which to go on; 0, from the beginning, without it."),
        {"type": "integer", "minimum": 0, "maximum": MAX_POSITION},
    ),
    Parameter(
        "limit",
        _("How many at most."),
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
)

ROUTING_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="listCountries",
        method="GET",
        path="/countries",
        summary=_("List the countries"),
        scope=READ,
        respond=list_countries,
        answers={200: "CountryList"},
        errors=(422,),
    ),
    Operation(
        name="readCoverage",
        method="GET",
        path="/coverage",
        summary=_("Read the areas that the operator covers itself"),
        scope=READ,
        respond=read_coverage,
        answers={200: "Coverage"},
        headers=("ETag",),
        errors=(422,),
    ),
    Operation(
        name="replaceCoverage",
        method="PUT",
        path="/coverage",
        summary=_("Replace the areas that the operator covers itself"),
        scope=WRITE,
        respond=replace_coverage,
        answers={200: "Coverage"},
        headers=("ETag",),
        parameters=(IF_MATCH, KEY),
        body="CoverageReplacement",
        errors=(*ERRORS_OF_WRITES, 412, 428),
    ),
    Operation(
        name="simulateVisitor",
        method="GET",
        path="/simulation",
        summary=_("Simulate a visitor, who is not counted"),
        scope=READ,
        respond=simulate,
        answers={200: "Simulation"},
        parameters=_ASKED,
        errors=(422,),
    ),
    Operation(
        name="listVisitors",
        method="GET",
        path="/visitors",
        summary=_("List the golden visitors, and what each gets now"),
        scope=READ,
        respond=list_visitors,
        answers={200: "CheckedVisitorList"},
        parameters=(_IS_EXPECTED,),
        errors=(422,),
    ),
    Operation(
        name="createVisitor",
        method="POST",
        path="/visitors",
        summary=_("Add a golden visitor"),
        scope=WRITE,
        respond=create_visitor,
        answers={201: "GoldenVisitor"},
        headers=("ETag", "Location"),
        parameters=(KEY,),
        body="NewGoldenVisitor",
        errors=ERRORS_OF_WRITES,
    ),
    Operation(
        name="readVisitor",
        method="GET",
        path="/visitors/{visitor}",
        summary=_("Read what is expected of a golden visitor"),
        scope=READ,
        respond=read_visitor,
        answers={200: "GoldenVisitor", 304: None},
        headers=("ETag",),
        parameters=(IF_NONE_MATCH,),
        errors=(404, 422),
    ),
    Operation(
        name="replaceVisitor",
        method="PUT",
        path="/visitors/{visitor}",
        summary=_("Replace a golden visitor"),
        scope=WRITE,
        respond=replace_visitor,
        answers={200: "GoldenVisitor"},
        headers=("ETag",),
        parameters=(IF_MATCH, KEY),
        body="GoldenVisitorReplacement",
        errors=ERRORS_OF_CHANGES,
    ),
    Operation(
        name="deleteVisitor",
        method="DELETE",
        path="/visitors/{visitor}",
        summary=_("Remove a golden visitor"),
        scope=WRITE,
        respond=delete_visitor,
        answers={204: None},
        parameters=(IF_MATCH,),
        errors=(404, 412, 413, 422, 428, 507),
    ),
    Operation(
        name="listReferrals",
        method="GET",
        path="/referrals",
        summary=_("Read the counted answers to visitors, in the order in which they were stored"),
        scope=READ,
        respond=list_referrals,
        answers={200: "ReferralPage"},
        parameters=_CURSOR,
        errors=(422,),
    ),
)
