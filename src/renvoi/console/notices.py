"""Hides how a message outlives the redirect that follows an action."""

import uuid
from dataclasses import asdict, dataclass, field
from typing import Literal

from django.http import HttpRequest

_NOTICES = "notices"

Kind = Literal["good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. With an undo it stays until it is dismissed, used, or followed by another."""

    text: str
    kind: Kind = "good"
    undo_path: str = ""
    undo_label: str = ""
    subject_id: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def add_notice(request: HttpRequest, notice: Notice) -> None:
    """Shows the notice on the next page."""
    kept = [other for other in request.session.get(_NOTICES, []) if not other["undo_path"]]
    request.session[_NOTICES] = [*kept, asdict(notice)]


def take_notices(request: HttpRequest) -> list[Notice]:
    """The notices to show now; only those with an undo are shown again on the next page."""
    notices = [Notice(**fields) for fields in request.session.get(_NOTICES, [])]
    if any(not notice.undo_path for notice in notices):
        request.session[_NOTICES] = [asdict(notice) for notice in notices if notice.undo_path]
    return notices


def dismiss_notice(request: HttpRequest, *, notice_id: str) -> None:
    """Stops showing that notice."""
    kept = [fields for fields in request.session.get(_NOTICES, []) if fields["id"] != notice_id]
    request.session[_NOTICES] = kept


def marked_subject(request: HttpRequest) -> int:
    """The id of the partner that the newest notice speaks of, whose row is marked; 0 for none."""
    notices = request.session.get(_NOTICES, [])
    return notices[-1]["subject_id"] if notices else 0
