"""Tables of the projections. They contain nothing that cannot be rebuilt from the ledger."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ProjectionCursor(models.Model):
    """Position up to which the ledger is projected, and the day for which the partner list was last updated.

    The table has at most one row.
    """

    position = models.BigIntegerField(default=0)
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
