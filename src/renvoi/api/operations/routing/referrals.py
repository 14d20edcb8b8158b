"""Read the ledger's entries in the order of their positions, each once: a cursor never skips one."""

from contextlib import closing
from http import HTTPStatus

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from renvoi.api.operation import ROOT, ApiRequest
from renvoi.api.problems import Problem, error_at, json_response
from renvoi.domain.ledger_entry import entry_as_dict
from renvoi.ledger.engines import open_store
from renvoi.ledger.protocol import LedgerUnavailable, Recorded

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
MAX_POSITION = 10**18 - 1
_RETRY_AFTER_S = "5"


def list_referrals(request: ApiRequest) -> HttpResponseBase:
    """Answer with the entries that follow a position. `next` leads on, also from the end: what is appended later."""
    after = _number(request, "after", default=0, least=0, most=MAX_POSITION)
    limit = _number(request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
    recorded = _read(after=after, limit=limit)
    last = recorded[-1].position if recorded else after
    size = "" if limit == DEFAULT_LIMIT else f"&limit={limit}"
    referrals = [{"position": one.position, **entry_as_dict(one.entry)} for one in recorded]
    return json_response({"referrals": referrals, "after": last, "next": f"{ROOT}/referrals?after={last}{size}"})


def _read(*, after: int, limit: int) -> list[Recorded]:
    try:
        with closing(open_store(settings.CONFIG)) as store:
            return store.read(after=after, limit=limit)
    except LedgerUnavailable as error:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("The ledger can’t be read at the moment. Try again."),
            headers={"Retry-After": _RETRY_AFTER_S},
        ) from error


def _number(request: ApiRequest, name: str, *, default: int, least: int, most: int) -> int:
    """Return the number in a parameter. Raises Problem (422) if it is none from `least` to `most`."""
    text = request.http.GET.get(name, str(default))
    if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    sentence = _("This is not a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, _("A parameter has a wrong value."), errors=[error_at(f"?{name}", sentence)]
    )
