"""The table of hosts. `renvoi.cluster.register` writes and reads it, without Django."""

from django.db import models


class Host(models.Model):
    """What one side (gateway or console) of a host says of itself. See `renvoi.cluster.report.HostReport`.

    A row is deleted an hour after its host was last seen. On SQLite there are no rows.
    """

    id = models.CharField(primary_key=True, max_length=32)
    host_id = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    side = models.CharField(max_length=7)
    version = models.CharField(max_length=32)
    secret_digest = models.CharField(max_length=64)
    settings_digest = models.CharField(max_length=64)
    reports_country_data = models.BooleanField()
    country_digest = models.CharField(max_length=64, blank=True)
    country_source = models.CharField(max_length=100, blank=True)
    country_built_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} ({self.side})"
