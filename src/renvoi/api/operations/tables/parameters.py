"""What several operations take, and the errors that they share."""

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from renvoi.api.operation import Parameter
from renvoi.lists.columns import Column
from renvoi.lists.listing import PER_PAGE
from renvoi.people.models import ApiToken

READ, WRITE = ApiToken.Scope.READ, ApiToken.Scope.WRITE


def list_of(columns: Sequence[Column]) -> tuple[Parameter, ...]:
    """Return the parameters of a list with these columns."""
    orders = [sign + column.name for column in columns for sign in ("", "-")]
    page = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
    return (
        *(Parameter(column.name, _("A keyword in this column, as on the screen.")) for column in columns),
        Parameter(
            "sort",
            _("The column to sort by; with - before it, in descending order."),
            {"type": "string", "enum": orders},
        ),
        Parameter("page", _("The number of the page, from 1."), page),
        Parameter("per_page", _("How many rows a page has."), {"type": "integer", "enum": list(PER_PAGE)}),
    )


IF_NONE_MATCH = Parameter("If-None-Match", _("The ETag that the client has."), is_header=True)
IF_MATCH = Parameter(
    "If-Match",
    _("The ETag of what was read."),
    {"type": "string", "pattern": "[^ \\t]"},
    is_header=True,
    is_required=True,
)
KEY = Parameter(
    "Idempotency-Key",
    _("Any text of the program’s own. The same key with the same body is carried out once."),
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    is_header=True,
)
ERRORS_OF_WRITES = (409, 413, 415, 422, 507)
ERRORS_OF_CHANGES = (*ERRORS_OF_WRITES, 404, 412, 428)
