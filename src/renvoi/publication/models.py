"""Models of routing tables: the counter of generations, the tables that gateways load, the archive, and logos."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Generation(models.Model):
    """The number that the newest routing table must have. There is one row; every action increments it.

    From `archived_since` on, every table is in the archive. Earlier versions of Renvoi deleted those before it.
    """

    number = models.BigIntegerField(default=1)
    archived_since = models.BigIntegerField(default=1)

    class Meta:
        # The model was one of the app partners.
        db_table = "partners_generation"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="generation_is_one")]

    def __str__(self) -> str:
        return str(self.number)


class PublishedTable(models.Model):
    """An encoded routing table. Gateways load the newest one; only the last two are stored in this form."""

    generation = models.BigIntegerField(primary_key=True)
    content = models.BinaryField()
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # The model was one of the app partners.
        db_table = "partners_publishedtable"

    def __str__(self) -> str:
        return str(self.generation)


class ArchivedTable(models.Model):
    """A routing table in the archive, which has every table that was published. See `publication.archive`.

    `digest` is that of its content, without its generation. `content` is compressed: all lines if `base` is null, or
    else the changes since the table of generation `base`. `full` is the generation of the full table at the beginning
    of that chain.
    """

    generation = models.BigIntegerField(primary_key=True)
    published_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    base = models.BigIntegerField(null=True)
    full = models.BigIntegerField()
    content = models.BinaryField()

    class Meta:
        # The model was one of the app partners.
        db_table = "partners_archivedtable"
        indexes: ClassVar = [models.Index(fields=["full", "generation"], name="archived_table_chain")]

    def __str__(self) -> str:
        return str(self.generation)


class StoredLogo(models.Model):
    """A logo of the operator that a routing table may name. See `publication.logos`.

    `digest` is the SHA-256 of `content`, a PNG of at most 64 KB, in hexadecimal.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    content = models.BinaryField()
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "publication_logo"

    def __str__(self) -> str:
        return self.digest
