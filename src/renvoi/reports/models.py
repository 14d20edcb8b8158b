"""Tables of the projections. They contain nothing that cannot be rebuilt from the ledger."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ProjectionCursor(models.Model):
    """How far into the ledger the projections reach, and the day for which figures were last handed on."""

    position = models.BigIntegerField(default=0)
    counted_on = models.DateField(null=True)

    class Meta:
        db_table = "reports_reach"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="reach_is_one")]

    def __str__(self) -> str:
        return str(self.position)


class SentOnDay(models.Model):
    """How many prospects were sent to a partner on a day of the operator's calendar. The partner may be gone."""

    partner = models.BigIntegerField()
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        """Each partner's day once; found from the day."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "partner"], name="sent_on_day_once")]

    def __str__(self) -> str:
        return f"{self.partner} {self.day} {self.count}"
