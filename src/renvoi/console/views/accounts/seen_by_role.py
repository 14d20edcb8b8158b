"""What an account sees: the entries of its menu, and what it may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renvoi.console.access.menu import MENU
from renvoi.console.access.rights import least_role
from renvoi.people.models import User

# What is done in the console, and the route by which it is done.
_DEEDS = (
    (_("Export the list of partners"), "console:export_csv", "GET"),
    (_("Simulate a visit"), "console:simulation", "GET"),
    (_("Change and create partners"), "console:partner", "POST"),
    (_("Delete, pause and restore partners"), "console:partners_delete", "POST"),
    (_("Import partners"), "console:import", "POST"),
    (_("Change the coverage area"), "console:coverage", "POST"),
    (_("Undo changes of partners and of the coverage area"), "console:history_undo", "POST"),
    (_("Change the general settings"), "console:settings", "POST"),
    (_("Manage accounts"), "console:accounts", "POST"),
    (_("Manage the tokens of programs"), "console:tokens", "POST"),
    (_("Empty the trash"), "console:partners_purge", "POST"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The labels of the menu's entries, and each deed with whether it is allowed."""

    menu: Sequence[Promise]
    deeds: Sequence[tuple[Promise, bool]]


def what_is_seen(account: User) -> Seen:
    """Return what the account would see if it signed in now: nothing while it is switched off."""

    def may(view_name: str, method: str) -> bool:
        least = least_role(view_name, method)
        return account.is_active and least is not None and account.may(least)

    menu = [item.label for item in MENU if may(item.view_name, "GET")]
    return Seen(menu, [(label, may(view_name, method)) for label, view_name, method in _DEEDS])
