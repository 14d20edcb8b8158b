"""The operations on files of partners. They need the role that the console’s page needs: the scope `write`."""

from django.utils.translation import gettext_noop as _

from renvoi.api.operation import Operation
from renvoi.api.operations.imports.receiving import TYPES, apply, order, read
from renvoi.api.operations.tables.parameters import IF_MATCH, KEY, WRITE

IMPORT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="createImport",
        method="POST",
        path="/imports",
        summary=_("Have a CSV or XLSX file of partners checked"),
        scope=WRITE,
        respond=order,
        answers={201: "Import"},
        parameters=(KEY,),
        body_types=TYPES,
        headers=("ETag", "Location"),
        errors=(413, 415, 422, 507),
    ),
    Operation(
        name="readImport",
        method="GET",
        path="/imports/{import}",
        summary=_("Read the plan of an import, and what has become of it"),
        scope=WRITE,
        respond=read,
        answers={200: "Import"},
        headers=("ETag",),
        errors=(404, 422),
    ),
    Operation(
        name="applyImport",
        method="POST",
        path="/imports/{import}/apply",
        summary=_("Carry out the plan of an import, exactly as it was shown, or nothing of it"),
        scope=WRITE,
        respond=apply,
        answers={202: "Import"},
        parameters=(IF_MATCH,),
        body="ImportConfirmation",
        is_body_required=False,
        headers=("ETag",),
        errors=(404, 409, 412, 413, 415, 422, 428, 507),
    ),
)
