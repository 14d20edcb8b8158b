"""Every operation of the API. An address that is not in this table is answered with 404."""

from collections.abc import Sequence

from renvoi.api.operation import Operation, Parameter
from renvoi.api.operations.bulk import change_many
from renvoi.api.operations.countries import list_countries, read_coverage
from renvoi.api.operations.history import list_steps
from renvoi.api.operations.partner_writes import create, patch, replace, restore, trash
from renvoi.api.operations.partners import list_partners, read_partner
from renvoi.lists.columns import Column
from renvoi.lists.listing import PER_PAGE
from renvoi.partners.lists.columns import COLUMNS
from renvoi.partners.lists.history import HISTORY_COLUMNS
from renvoi.people.models import ApiToken

_READ, _WRITE = ApiToken.Scope.READ, ApiToken.Scope.WRITE


def _list_of(columns: Sequence[Column]) -> tuple[Parameter, ...]:
    """Return the parameters of a list with these columns."""
    orders = [sign + column.name for column in columns for sign in ("", "-")]
    page = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
    return (
        *(Parameter(column.name, f"A keyword in the column {column.name}, as on the screen.") for column in columns),
        Parameter(
            "sort",
            "The column to sort by; with - before it, in descending order.",
            {"type": "string", "enum": orders},
        ),
        Parameter("page", "The number of the page, from 1.", page),
        Parameter("per_page", "How many rows a page has.", {"type": "integer", "enum": list(PER_PAGE)}),
    )


_IF_NONE_MATCH = Parameter("If-None-Match", "The ETag that the client has.", is_header=True)
_IF_MATCH = Parameter("If-Match", "The ETag that the partner had when it was read.", is_header=True, is_required=True)
_KEY = Parameter(
    "Idempotency-Key",
    "Any text of the program's own. The same key with the same body is carried out once.",
    {"type": "string", "minLength": 1, "maxLength": 255},
    is_header=True,
)
_ERRORS_OF_WRITES = (409, 413, 415, 422, 507)
_ERRORS_OF_CHANGES = (*_ERRORS_OF_WRITES, 404, 412, 428)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="listPartners",
        method="GET",
        path="/partners",
        summary="List the partners outside the trash",
        scope=_READ,
        respond=list_partners,
        answers={200: "PartnerPage"},
        parameters=_list_of(COLUMNS),
        errors=(406, 422),
        has_csv=True,
    ),
    Operation(
        name="readPartner",
        method="GET",
        path="/partners/{id}",
        summary="Read one partner, also from the trash",
        scope=_READ,
        respond=read_partner,
        answers={200: "Partner", 304: None},
        parameters=(_IF_NONE_MATCH,),
        errors=(404, 422),
    ),
    Operation(
        name="createPartner",
        method="POST",
        path="/partners",
        summary="Create a partner",
        scope=_WRITE,
        respond=create,
        answers={201: "Partner"},
        parameters=(_KEY,),
        body="NewPartner",
        errors=(*_ERRORS_OF_WRITES, 412),
    ),
    Operation(
        name="changePartners",
        method="POST",
        path="/partners/bulk",
        summary="Pause, resume, trash or restore many partners, all or none",
        scope=_WRITE,
        respond=change_many,
        answers={200: "BulkResult"},
        body="BulkChange",
        errors=(*_ERRORS_OF_WRITES, 412),
    ),
    Operation(
        name="replacePartner",
        method="PUT",
        path="/partners/{id}",
        summary="Replace all fields of a partner",
        scope=_WRITE,
        respond=replace,
        answers={200: "Partner"},
        parameters=(_IF_MATCH, _KEY),
        body="PartnerReplacement",
        errors=_ERRORS_OF_CHANGES,
    ),
    Operation(
        name="changePartner",
        method="PATCH",
        path="/partners/{id}",
        summary="Change some fields of a partner",
        scope=_WRITE,
        respond=patch,
        answers={200: "Partner"},
        parameters=(_IF_MATCH, _KEY),
        body="PartnerPatch",
        errors=_ERRORS_OF_CHANGES,
    ),
    Operation(
        name="trashPartner",
        method="POST",
        path="/partners/{id}/trash",
        summary="Move a partner to the trash",
        scope=_WRITE,
        respond=trash,
        answers={200: "Partner"},
        parameters=(_IF_MATCH,),
        errors=_ERRORS_OF_CHANGES,
    ),
    Operation(
        name="restorePartner",
        method="POST",
        path="/partners/{id}/restore",
        summary="Take a partner out of the trash",
        scope=_WRITE,
        respond=restore,
        answers={200: "Partner"},
        parameters=(_IF_MATCH,),
        errors=_ERRORS_OF_CHANGES,
    ),
    Operation(
        name="listCountries",
        method="GET",
        path="/countries",
        summary="List the countries",
        scope=_READ,
        respond=list_countries,
        answers={200: "CountryList"},
        errors=(422,),
    ),
    Operation(
        name="readCoverage",
        method="GET",
        path="/coverage",
        summary="Read the areas that the operator covers itself",
        scope=_READ,
        respond=read_coverage,
        answers={200: "Coverage"},
        errors=(422,),
    ),
    Operation(
        name="listSteps",
        method="GET",
        path="/history",
        summary="List the steps of the history",
        scope=_READ,
        respond=list_steps,
        answers={200: "StepPage"},
        parameters=_list_of(HISTORY_COLUMNS),
        errors=(422,),
    ),
)
