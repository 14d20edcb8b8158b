"""Messages that are kept in the session until the page after a redirect shows them."""

import uuid
from dataclasses import asdict, dataclass, field
from typing import Literal

from django.http import HttpRequest

_NOTICES = "notices"

Kind = Literal["good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. With an undo it stays until it is dismissed or used, or until another message follows."""

    text: str
    kind: Kind = "good"
    undo_path: str = ""
    undo_label: str = ""
    subject_id: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def add_notice(request: HttpRequest, notice: Notice) -> None:
    """Show the notice on the next page."""
    remaining = [other for other in request.session.get(_NOTICES, []) if not other["undo_path"]]
    request.session[_NOTICES] = [*remaining, asdict(notice)]


def take_notices(request: HttpRequest) -> list[Notice]:
    """Return the notices to show now. Those with an undo stay for the next page, the others are removed."""
    notices = [Notice(**fields) for fields in request.session.get(_NOTICES, [])]
    if any(not notice.undo_path for notice in notices):
        request.session[_NOTICES] = [asdict(notice) for notice in notices if notice.undo_path]
    return notices


def dismiss_notice(request: HttpRequest, *, notice_id: str) -> None:
    """Remove that notice."""
    notices = request.session.get(_NOTICES, [])
    request.session[_NOTICES] = [fields for fields in notices if fields["id"] != notice_id]


def marked_subject(request: HttpRequest) -> int:
    """Return the id of the partner of the newest notice, whose row is marked; 0 if there is none."""
    notices = request.session.get(_NOTICES, [])
    return notices[-1]["subject_id"] if notices else 0
