"""The entries of the main menu, in their order."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Entry(NamedTuple):
    """An entry of the menu, and the route that it leads to. `more`: routes that belong to it under another path."""

    label: Promise
    icon: str
    view_name: str
    more: tuple[str, ...] = ()


MENU = (
    Entry(_("Partners"), "handshake", "console:partners", ("console:import",)),
    Entry(_("Coverage area"), "map-pinned", "console:coverage"),
    Entry(_("Simulation"), "flask-conical", "console:simulation"),
    Entry(_("History"), "history", "console:history"),
    Entry(_("Trash"), "trash", "console:trash"),
    Entry(_("Accounts"), "users", "console:accounts", ("console:tokens",)),
    Entry(_("General settings"), "settings-2", "console:settings", ("console:website",)),
    Entry(_("Help"), "circle-question-mark", "console:help"),
)
