"""Models of the history: who changed what, when, through which channel. `renvoi.history.recording` writes them."""

import json
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from renvoi.lists.folded_fields import FoldedTextField

if TYPE_CHECKING:
    _JSONField = models.JSONField[Any, Any]
else:
    _JSONField = models.JSONField

ACTOR_NAME_LENGTH = 254
CREDENTIAL_LENGTH = 100
REASON_LENGTH = 255
OBJECT_NAME_LENGTH = 200
NEWEST = 2**63 - 1
"""The position of a change set that a host of the previous version has recorded: it has yet to be summed up."""


class HistoryField(_JSONField):
    """A JSONField whose values are dicts or None. Migrations see a plain JSONField.

    Another version may have recorded other fields, and another program anything: what is not an object reads as None,
    as if nothing had been recorded, so that no page fails on it. For the same reason, a lone surrogate reads as `?`.
    """

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Decode a value of the database."""
        try:
            decoded = super().from_db_value(value, expression, connection)
        except (ValueError, RecursionError):
            return None
        if isinstance(expression, KeyTransform):
            return decoded
        return encodable(decoded, str(value)) if isinstance(decoded, dict) else None

    def deconstruct(self) -> Any:
        """Return the field as Django's own, which it is in the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


def encodable(decoded: Any, text: str) -> Any:
    """Return the value of a JSON text without what neither UTF-8 nor a text of PostgreSQL can have."""
    lowered = text.lower()
    if "\\ud" not in lowered and "\\u0000" not in lowered:
        return decoded
    written = json.dumps(decoded, ensure_ascii=False).encode(errors="replace").decode()
    return json.loads(written.replace("\\u0000", "\ufffd"))


class ChangeSet(models.Model):
    """The changes that one actor made in one step.

    The id is the idempotency key of the submitted form, if there is one: a form submitted twice acts once.
    `actor_name` is the actor's name at the time; it outlives the account. `credential` names what the actor used
    instead of a session, such as a token; empty for a session or a command. `generation` is the one that the step
    raised the routing table to, or null if it raised none. `undoes` is the change set that this one undid, `undone_by`
    the one that undid it. Of an undo that was itself undone nothing remains: the step can be undone again, and its
    `undone_by` is null again. `reason` is what the actor wrote about it.

    The rest repeats what the changes say, so that a list of any length is searched and sorted by one table
    (`renvoi.history.summaries`). `position` is the id of the last change: the order of writing. `count` is the number
    of changed objects, 0 until the set is summed up; `tally` says how many by verb, as in `create:12 update:3`;
    `subject` is theirs, or `several`. If one object was changed, `subject_id` and `name` are its own, and `fields` are
    the names of its fields that differ, each between spaces. `actor_sort`, `name_sort` and `reason_sort` are folded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    actor_name = models.CharField(max_length=ACTOR_NAME_LENGTH, blank=True, default="")
    credential = models.CharField(max_length=CREDENTIAL_LENGTH, blank=True, default="", db_default="")
    generation = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=10)
    at = models.DateTimeField(default=timezone.now)
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undoings")
    undone_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH, blank=True, default="", db_default="")
    position = models.BigIntegerField(default=NEWEST, db_default=NEWEST)
    count = models.PositiveIntegerField(default=0, db_default=0)
    tally = models.CharField(max_length=200, blank=True, default="", db_default="")
    subject = models.CharField(max_length=10, blank=True, default="", db_default="")
    subject_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=OBJECT_NAME_LENGTH, blank=True, default="", db_default="")
    fields = models.TextField(blank=True, default="", db_default="")
    actor_sort = FoldedTextField(blank=True, default="", db_default="")
    name_sort = FoldedTextField(blank=True, default="", db_default="")
    reason_sort = FoldedTextField(blank=True, default="", db_default="")

    class Meta:
        # The model was one of the app partners.
        db_table = "partners_changeset"
        indexes: ClassVar = [
            models.Index(fields=["-position", "id"], name="changeset_in_order"),
            models.Index(fields=["id"], condition=Q(count=0), name="changeset_not_summed_up"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def acted_by(self) -> str:
        """The name to show: the account's present one, or that of a deleted account; empty if a command acted."""
        return str(self.actor) if self.actor else self.actor_name


class Change(models.Model):
    """What a change set did to one object: all its fields before and after (null: it did not exist)."""

    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="changes")
    verb = models.CharField(max_length=10)
    subject = models.CharField(max_length=10)
    subject_id = models.BigIntegerField()
    before = HistoryField(null=True)
    after = HistoryField(null=True)

    class Meta:
        # The model was one of the app partners.
        db_table = "partners_change"
        # The history of an object is read from the newest change to the oldest.
        indexes: ClassVar = [models.Index(fields=["subject", "subject_id", "-id"], name="change_of_subject")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject} {self.subject_id}"


class RunningStep(models.Model):
    """A step over many objects that is being written: other writers wait for its end. See `renvoi.history.running`.

    `actor_name` is empty if a command acts. `count` is the number of objects.
    """

    actor_name = models.CharField(max_length=ACTOR_NAME_LENGTH, blank=True)
    count = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.count} by {self.actor_name or 'a command'}"
