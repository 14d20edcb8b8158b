"""The context of the frame around every page: menu, operator, theme, messages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language

from renvoi.console.access.menu import MENU, Entry
from renvoi.console.access.rights import Rights, may_see
from renvoi.console.notices import Notice, take_notices
from renvoi.console.unsent import remembered_account
from renvoi.console.views.operator.steps import is_setting_up
from renvoi.partners.models import Operator
from renvoi.people.drafts import has_draft


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the main menu."""

    label: Promise
    icon: str
    path: str
    is_current: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every template. `notices` is called, and so empties the session, only where it is shown."""
    user = getattr(request, "user", None)
    is_signed_in = user is not None and user.is_authenticated
    return {
        "is_signed_in": is_signed_in,
        "theme": user.theme if user is not None and user.is_authenticated else "auto",
        "operator": _operator(request),
        # An error may come before the language is chosen.
        "page_language": getattr(request, "LANGUAGE_CODE", None) or get_language(),
        "rights": Rights(request),
        "menu": _menu(request) if is_signed_in else [],
        "here": _current_path(request),
        "notices": _notices(request),
        "has_draft": lambda: _has_draft(request),
        # Called only beside a message: it reads the ledger.
        "is_setting_up": is_setting_up if is_signed_in else False,
    }


def _menu(request: HttpRequest) -> list[MenuItem]:
    return [_item(request, entry) for entry in MENU if may_see(request, entry.view_name)]


def _item(request: HttpRequest, entry: Entry) -> MenuItem:
    paths = tuple(reverse(name) for name in (entry.view_name, *entry.more))
    return MenuItem(entry.label, entry.icon, paths[0], is_current=request.path.startswith(paths))


def _operator(request: HttpRequest) -> Operator | None:
    return getattr(request, "operator", None)


def _current_path(request: HttpRequest) -> str:
    """Return this page's path and query without `lang`: the switch of language returns to it."""
    query = request.GET.copy()
    query.pop("lang", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _has_draft(request: HttpRequest) -> bool:
    """Return whether signing in leads back to a form that is kept for the account that signed in last."""
    target = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    account = remembered_account(request) if target else None
    return account is not None and has_draft(account=account, path=urlsplit(target).path)


def _notices(request: HttpRequest) -> Callable[[], list[Notice]]:
    return lambda: take_notices(request) if hasattr(request, "session") else []
