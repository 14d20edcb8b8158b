"""Messages that are kept in the session until the page after a redirect shows them.

Pages of several tabs read and write them at once: each change is made to what is stored at that moment.
"""

import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from django.db import OperationalError
from django.http import HttpRequest

from renvoi.people.sessions import change_entry

_NOTICES = "notices"

Kind = Literal["good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. With an undo it stays until it is dismissed or used or, once shown, until another one follows.

    The first page that shows it puts the focus on it: `is_shown` is false there. `more` is a second paragraph.
    """

    text: str
    kind: Kind = "good"
    undo_path: str = ""
    undo_label: str = ""
    subject_id: int = 0
    more: str = ""
    is_shown: bool = False
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


_FIELDS = frozenset(field_.name for field_ in fields(Notice))


def add_notice(request: HttpRequest, notice: Notice) -> None:
    """Show the notice on the next page. Once, also where a form is sent again because its response was lost.

    It replaces those with an undo that a page has shown: the others are another tab's, which has yet to show them.
    """

    def add(waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
        replaced = [other for other in waiting if other.get("is_shown") or _is_same(other, notice)]
        return [*(other for other in waiting if other not in replaced), asdict(notice)]

    change_entry(request, _NOTICES, add)


def take_notices(request: HttpRequest) -> list[Notice]:
    """Return the notices to show now. Those with an undo stay for the next page, the others are removed.

    If another writer holds the lock, all of them stay: the page that says what was saved is shown all the same.
    """
    notices = [_notice(fields) for fields in request.session.get(_NOTICES, [])]
    ids = {notice.id for notice in notices if not notice.is_shown}

    def take(waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rest = [fields for fields in waiting if fields["id"] not in ids or fields["undo_path"]]
        return [fields | {"is_shown": True} if fields["id"] in ids else fields for fields in rest]

    if ids:
        with suppress(OperationalError):
            change_entry(request, _NOTICES, take)
    return notices


def _is_same(stored: dict[str, Any], notice: Notice) -> bool:
    return (stored["text"], stored["undo_path"]) == (notice.text, notice.undo_path)


def _notice(stored: dict[str, Any]) -> Notice:
    """Return a stored notice. A newer version may have stored it, with fields that this one does not know."""
    return Notice(**{name: value for name, value in stored.items() if name in _FIELDS})


def dismiss_notice(request: HttpRequest, *, notice_id: str) -> None:
    """Remove that notice."""
    if request.session.get(_NOTICES):
        change_entry(request, _NOTICES, lambda waiting: [fields for fields in waiting if fields["id"] != notice_id])


def marked_subject(request: HttpRequest) -> int:
    """Return the id of the partner of the newest notice, whose row is marked; 0 if there is none."""
    notices = request.session.get(_NOTICES, [])
    return notices[-1]["subject_id"] if notices else 0
