"""Say which objects an undo left as they are, and why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from renvoi.console.notices import Notice
from renvoi.console.sentences import and_more, counted
from renvoi.partners.actions import OPERATOR, Skipped
from renvoi.partners.actions.undoing.planning import Why

_NAMED = 5
_LEFT: Mapping[Why, Any] = {
    "changed": ngettext_lazy(
        "%(shown)s partner was left as it is, because it was changed since: %(names)s.",
        "%(shown)s partners were left as they are, because they were changed since: %(names)s.",
        "count",
    ),
    "name_taken": ngettext_lazy(
        "%(shown)s partner was left as it is, because its name was taken: %(names)s.",
        "%(shown)s partners were left as they are, because their names were taken: %(names)s.",
        "count",
    ),
    "destroyed": ngettext_lazy(
        "%(shown)s partner no longer exists, because the trash was emptied: %(names)s.",
        "%(shown)s partners no longer exist, because the trash was emptied: %(names)s.",
        "count",
    ),
    "unreadable": ngettext_lazy(
        "%(shown)s partner was left as it is, because another version of Renvoi recorded it: %(names)s.",
        "%(shown)s partners were left as they are, because another version of Renvoi recorded them: %(names)s.",
        "count",
    ),
}


def notices_of_skipped(skipped: Sequence[Skipped]) -> Iterator[Notice]:
    """Yield a warning for each reason for which something was left as it is."""
    for why, sentence in _LEFT.items():
        names = [one.name for one in skipped if one.why == why and one.key.subject != OPERATOR]
        if names:
            yield Notice(counted(sentence, len(names), names=and_more(names, shown=_NAMED)), kind="warn")
    if any(one.key.subject == OPERATOR for one in skipped):
        yield Notice(_("The general settings were left as they are, because they were changed since."), kind="warn")
