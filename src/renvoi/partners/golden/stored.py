"""Check the stored golden visitors against the table in force, or against a change that is not published."""

from collections.abc import Iterable
from datetime import date

from renvoi.domain.difference import Overlay
from renvoi.domain.golden.checking import Checked, broken_by, check
from renvoi.domain.golden.visitors import GoldenList, readable
from renvoi.partners.lists.names import last_names
from renvoi.partners.models import Operator
from renvoi.partners.routing_table import newest_table


def stored_golden() -> GoldenList:
    """Return the stored golden visitors, in their order. One query."""
    return readable(Operator.objects.values_list("golden_visitors", flat=True).get(id=1))


def check_stored(*, today: date) -> list[Checked]:
    """Return what each stored golden visitor gets from the table in force. Two queries, or three; see `newest_table`.

    Without golden visitors the table is not read.
    """
    golden = stored_golden()
    return check(golden, newest_table(), today=today) if golden else []


def stored_broken_by(overlay: Overlay, *, today: date) -> list[Checked]:
    """Return the stored golden visitors that the changes of an overlay of that table would break. One query."""
    return broken_by(stored_golden(), overlay, today=today)


def names_of(checked: Iterable[Checked]) -> dict[int, str]:
    """Return the names of the partners that are expected or received, by id. See `last_names`."""
    ids: set[int] = set()
    for one in checked:
        ids.update(one.outcome.partners)
        if one.golden.partner is not None:
            ids.add(one.golden.partner)
    return last_names(id_ for id_ in ids if id_ > 0)
