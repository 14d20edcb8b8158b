"""The background jobs that make a file."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Download(models.Model):
    """A PDF that an account ordered. Its file is kept for a day.

    `query` says what it is of, in words that only the caller who ordered it understands; `done` and `total` are rows.
    """

    class Stage(models.TextChoices):
        """How far the job is. Empty: nothing was left to put into the file."""

        WAITING = "waiting"
        READY = "ready"
        EMPTY = "empty"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    query = models.TextField(blank=True)
    language = models.CharField(max_length=2)
    stage = models.CharField(max_length=9, choices=Stage, default=Stage.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    unshown = models.JSONField(default=list)
    ordered_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # The model was PdfExport of the app partners.
        db_table = "partners_pdfexport"

    def __str__(self) -> str:
        return str(self.id)
