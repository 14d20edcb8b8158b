"""The background jobs, those that make a file, and on PostgreSQL the pieces of the files."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class Job(models.Model):
    """A job that an account ordered, and that a process of its own does. It can be seen for a day.

    `done` of `total` are rows. A job that `is_queued` waits for its process, the maker. `attempt` counts the makers
    that were started: a maker that was replaced changes nothing any more. `seen_at` is when somebody last vouched for
    the maker, by the database's clock. `command` is the maker's program, `max_makers` how many of them one host runs at
    the same time.
    """

    class Stage(models.TextChoices):
        """How far the job is. Empty: nothing was left to put into the file."""

        WAITING = "waiting"
        READY = "ready"
        EMPTY = "empty"
        FAILED = "failed"
        CANCELLED = "cancelled"

    command: ClassVar[str]
    max_makers: ClassVar[int] = 2

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    language = models.CharField(max_length=2)
    stage = models.CharField(max_length=9, choices=Stage, default=Stage.WAITING)
    is_queued = models.BooleanField(default=False, db_default=False)
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    ordered_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def rows(cls) -> models.QuerySet[Self]:
        """Return all jobs of this kind, whichever host has them."""
        return cls._default_manager.all()


def kinds_of_jobs() -> list[type[Job]]:
    """Return the models of all kinds of jobs."""
    return Job.__subclasses__()


class Download(Job):
    """A PDF that an account ordered. Its file is kept for a day.

    `document` is the name of what is printed (see `renvoi.downloads.documents`), and `query` says which of its rows, in
    words that only that document understands. `size` is the file's, in bytes, once it is ready.
    """

    command = "make-pdf"

    document = models.CharField(max_length=20, default="partners", db_default="partners")
    query = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(default=0, db_default=0)
    unshown = models.JSONField(default=list)

    class Meta:
        # The model was PdfExport of the app partners.
        db_table = "partners_pdfexport"


class DownloadPiece(models.Model):
    """A piece of the file that one attempt made. Only PostgreSQL has rows: see `renvoi.downloads.storage`."""

    download = models.ForeignKey(Download, on_delete=models.CASCADE, db_index=False)
    attempt = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["download", "attempt", "number"], name="downloads_piece_once")
        ]

    def __str__(self) -> str:
        return f"{self.download_id}, attempt {self.attempt}, piece {self.number}"
