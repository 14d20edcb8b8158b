"""Accept a finding about the coverage with a reason, and reopen it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renvoi.history.models import OBJECT_NAME_LENGTH, REASON_LENGTH
from renvoi.history.recording import Changes, Channel, Fields
from renvoi.partners.actions.recording import change_set
from renvoi.partners.models import AcceptedFinding
from renvoi.partners.parsing import parse_text
from renvoi.people.models import User

FINDING = "finding"
"""What an accepted finding is called in the history."""
_TEXTS = ("key", "name", "facts", "reason", "accepted_by")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The fields of an `AcceptedFinding`. All but the first two are empty once it is reopened."""

    key: str
    name: str
    facts: str = ""
    reason: str = ""
    accepted_by: str = ""
    accepted_at: datetime | None = None

    @classmethod
    def of(cls, row: AcceptedFinding) -> "Acceptance":
        """Return the acceptance in a row. No query."""
        return cls(row.key, row.name, row.facts, row.reason, row.accepted_by, row.accepted_at)

    @classmethod
    def from_json(cls, recorded: Mapping[str, Any]) -> "Acceptance":
        """Return what `to_json` returned. Raises KeyError, TypeError or ValueError for anything else."""
        moment = recorded["accepted_at"]
        key, name, facts, reason, by = (recorded[field] for field in _TEXTS)
        at = datetime.fromisoformat(moment) if moment is not None else None
        if at is not None and at.tzinfo is None:
            raise ValueError("the moment has no time zone")
        return cls(key, name, facts, reason, by, at)

    def to_json(self) -> Fields:
        """Return the fields as JSON values, by name."""
        return asdict(self) | {"accepted_at": self.accepted_at.isoformat() if self.accepted_at else None}


def write_acceptance(changes: Changes, row: AcceptedFinding, acceptance: Acceptance, *, verb: str) -> None:
    """Give a stored row, as it was read in this transaction, an acceptance, and record it."""
    before = Acceptance.of(row).to_json()
    for name, value in asdict(acceptance).items():
        setattr(row, name, value)
    row.save()
    changes.record(verb, FINDING, row.id, before=before, after=acceptance.to_json())


def parse_reason(text: str) -> str:
    """Return the trimmed reason. Raises ValidationError if there is none, or if it can't be stored."""
    reason = parse_text(text, limit=REASON_LENGTH)
    if not reason:
        raise ValidationError(_("Enter the reason: your colleagues will want to know it."), code="required")
    return reason


def accept_finding(*, key: str, name: str, facts: str, reason: str, actor: User, channel: Channel) -> AcceptedFinding:
    """Accept the finding with this key as long as its facts have this digest; `reason` is a checked text.

    `name` is what the history calls it. Accepting what is accepted for the same reason changes
    nothing.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=None, reason=reason) as changes:
        row, _is_new = AcceptedFinding.objects.get_or_create(key=key, defaults={"name": name[:OBJECT_NAME_LENGTH]})
        if (row.facts, row.reason) != (facts, reason):
            accepted = Acceptance(key, row.name, facts, reason, str(actor), timezone.now())
            write_acceptance(changes, row, accepted, verb="accept")
    return row


def reopen_finding(*, key: str, actor: User, channel: Channel) -> bool:
    """Reopen an accepted finding. Return whether it was accepted."""
    with change_set(actor=actor, channel=channel, idempotency_key=None) as changes:
        row = AcceptedFinding.objects.filter(key=key).exclude(facts="").first()
        if row is not None:
            emptied = Acceptance(row.key, row.name)
            write_acceptance(changes, row, emptied, verb="reopen")
    return row is not None


def accepted_findings() -> Mapping[str, AcceptedFinding]:
    """Return the accepted findings by key. One query."""
    return {row.key: row for row in AcceptedFinding.objects.exclude(facts="")}
