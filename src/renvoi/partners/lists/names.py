"""The names of partners of which only the ids are known, such as those of a routing table or of the ledger."""

from collections.abc import Iterable

from django.db.models import Max

from renvoi.history.models import Change
from renvoi.partners.models import Partner

_PORTION = 500
_NO_ID = 2**63
"""No column holds such a number, and SQLite takes none as a parameter."""


def last_names(ids: Iterable[int]) -> dict[int, str]:
    """Return the present name of each partner, in the trash or not, and the last one of those deleted for good, by id.

    An id that was never a partner's is missing. Two queries for 500 ids; one if all of them are present.
    """
    names: dict[int, str] = {}
    ordered = sorted({id_ for id_ in ids if abs(id_) < _NO_ID})
    for start in range(0, len(ordered), _PORTION):
        portion = ordered[start : start + _PORTION]
        names |= dict(Partner.objects.filter(id__in=portion).values_list("id", "name"))
        if deleted := [id_ for id_ in portion if id_ not in names]:
            names |= _recorded_names(deleted)
    return names


def _recorded_names(ids: list[int]) -> dict[int, str]:
    changes = Change.objects.filter(subject="partner", subject_id__in=ids)
    newest = changes.order_by().values("subject_id").annotate(newest=Max("id")).values("newest")
    # The last change is the deletion, after which nothing is recorded.
    rows = Change.objects.filter(id__in=newest).values_list("subject_id", "before__name")
    return {id_: str(name) for id_, name in rows if name}
