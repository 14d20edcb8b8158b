"""The least role for each route of the console. A route that is not listed here is refused to everybody."""

from typing import NamedTuple

from django.http import HttpRequest

from renvoi.people.models import User

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_READER, _MANAGER, _ADMINISTRATOR = User.Role.READER, User.Role.MANAGER, User.Role.ADMINISTRATOR


class Access(NamedTuple):
    """The least role for the safe methods of a route (`see`), and for all others (`change`)."""

    see: User.Role
    change: User.Role


_OWN = Access(_READER, _READER)
"""What everybody may do: look, export, simulate, and change what is one's own."""
_SHOWN = Access(_READER, _MANAGER)
"""Pages that everybody sees, and from which managers change something."""
_MANAGED = Access(_MANAGER, _MANAGER)
_ADMINISTERED = Access(_ADMINISTRATOR, _ADMINISTRATOR)

ACCESS: dict[str, Access] = {
    "home": _OWN,
    "getting_started": _OWN,
    "partners": _OWN,
    "partner_preview": _OWN,
    "partner_new": _MANAGED,
    "partner": _SHOWN,
    "partner_history": _OWN,
    "partner_delete": _MANAGED,
    "partner_replace": _MANAGED,
    "partner_restore": _MANAGED,
    "partner_then": _OWN,
    "partners_pause": _MANAGED,
    "partners_resume": _MANAGED,
    "partners_delete": _MANAGED,
    "partners_restore": _MANAGED,
    # What it deletes can't be undone.
    "partners_purge": _ADMINISTERED,
    "view_new": _OWN,
    "view": _OWN,
    "view_delete": _OWN,
    "view_restore": _OWN,
    "step_undo": _MANAGED,
    "export_csv": _OWN,
    "pdf_order": _OWN,
    "pdf_progress": _OWN,
    "pdf_cancel": _OWN,
    "pdf_file": _OWN,
    "import": _MANAGED,
    "import_template": _MANAGED,
    "import_plan": _MANAGED,
    "import_problems": _MANAGED,
    "trash": _OWN,
    "history": _OWN,
    "history_undo_since": _MANAGED,
    "history_export": _OWN,
    "history_step": _SHOWN,
    "history_undo": _MANAGED,
    "why": _OWN,
    "then": _OWN,
    "coverage": _SHOWN,
    "findings": _OWN,
    "finding_accept": _MANAGED,
    "finding_reopen": _MANAGED,
    "findings_export": _OWN,
    "simulation": _OWN,
    "simulation_frame": _OWN,
    "simulation_line": _OWN,
    "simulation_grid": _OWN,
    "simulation_grid_export": _OWN,
    "golden": _OWN,
    "golden_edit": _MANAGED,
    "golden_paste": _MANAGED,
    "golden_remove": _MANAGED,
    "golden_undo": _MANAGED,
    "golden_export": _OWN,
    "settings": _ADMINISTERED,
    "logo": _ADMINISTERED,
    "logo_image": _OWN,
    "website": _OWN,
    "website_preview": _OWN,
    "accounts": _ADMINISTERED,
    "account_new": _ADMINISTERED,
    "account_log": _ADMINISTERED,
    "account_log_export": _ADMINISTERED,
    "account_edit": _ADMINISTERED,
    "account_switch": _ADMINISTERED,
    "account_link": _ADMINISTERED,
    "tokens": _ADMINISTERED,
    "token_new": _ADMINISTERED,
    "token": _ADMINISTERED,
    "token_revoke": _ADMINISTERED,
    "account_factors": _ADMINISTERED,
    "password_link": _OWN,
    "password_forgotten": _OWN,
    "help": _OWN,
    "help_chapter": _OWN,
    "account": _OWN,
    "security": _OWN,
    "app_setup": _OWN,
    "app_remove": _OWN,
    "recovery_codes": _OWN,
    "email": _OWN,
    "email_link": _OWN,
    "sessions_end": _OWN,
    "session_end": _OWN,
    "shortcuts": _OWN,
    "preferences": _OWN,
    "notice_dismiss": _OWN,
    "cancel": _OWN,
}
PRINTED = {
    "partners": "partners",
    "grid": "simulation_grid",
    "findings": "findings",
    "history": "history",
    "security_log": "account_log",
}
"""The list of each document that can be printed: its PDFs need the role that may see the list."""
OPEN = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "mfa_authenticate",
        "account_recovery_code",
        "provider_sign_in",
        "provider_callback",
    }
)
"""Routes outside the namespace `console`, which need no account."""


def least_role(view_name: str, method: str, *, document: str | None = None) -> User.Role | None:
    """Return the least role for a route, such as `console:partner`, and a method; None for a route not listed.

    `document` is the one that the route prints, if it does.
    """
    namespace, _, name = view_name.rpartition(":")
    access = ACCESS.get(name) if namespace == "console" else None
    listed = access if document is None else ACCESS.get(PRINTED.get(document, ""))
    if access is None or listed is None:
        return None
    least = access.see if method in _SAFE else access.change
    return least if least.includes(listed.see) else listed.see


def may_see(request: HttpRequest, view_name: str, *, document: str | None = None) -> bool:
    """Return whether the account of a request may open a route, such as `console:settings`."""
    user = getattr(request, "user", None)
    least = least_role(view_name, "GET", document=document)
    return isinstance(user, User) and least is not None and user.may(least)


class Rights:
    """What the account of a request may do, for templates: `rights.manage`, `rights.administer`."""

    def __init__(self, request: HttpRequest) -> None:
        user = getattr(request, "user", None)
        self._account = user if isinstance(user, User) else None

    @property
    def manage(self) -> bool:
        """Whether it may change partners, the coverage area and what belongs to them."""
        return self._account is not None and self._account.may(_MANAGER)

    @property
    def administer(self) -> bool:
        """Whether it may change accounts and general settings, and empty the trash."""
        return self._account is not None and self._account.may(_ADMINISTRATOR)
