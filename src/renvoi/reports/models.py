"""Tables of the projections. They contain nothing that cannot be rebuilt from the ledger."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ProjectionCursor(models.Model):
    """Positions up to which the ledger is projected, and the day for which the partner list was last updated.

    `position` is that of `SentOnDay`, and `visits_position` that of `VisitsOnDay`: a host of a version that does not
    know the latter moves only the former. The table has at most one row.
    """

    position = models.BigIntegerField(default=0)
    visits_position = models.BigIntegerField(default=0, db_default=0)
    counted_on = models.DateField(null=True)

    class Meta:
        db_table = "reports_reach"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="reach_is_one")]

    def __str__(self) -> str:
        return str(self.position)


class SentOnDay(models.Model):
    """Number of prospects sent to a partner on a day of the operator's calendar.

    The partner may have been deleted since, so this is not a foreign key.
    """

    partner = models.BigIntegerField()
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "partner"], name="sent_on_day_once")]

    def __str__(self) -> str:
        return f"{self.partner} {self.day} {self.count}"


class VisitsOnDay(models.Model):
    """Number of answers to the prospects of a country who read a language, on a day of the operator's calendar.

    `country` is empty for an unknown one; `decision` is a `DecisionKind`. `visits` are answers at the entry, and
    `clicks` those to prospects who went on to a partner from a page: one prospect may cause one of each.
    """

    day = models.DateField()
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=2)
    decision = models.CharField(max_length=8)
    visits = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "country", "language", "decision"], name="visits_on_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.country} {self.language} {self.decision}: {self.visits}, {self.clicks}"
