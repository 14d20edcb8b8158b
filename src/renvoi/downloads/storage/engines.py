"""Choose where files are stored. The factory is a module of its own so that the engines never import each other."""

from django.db import connection

from renvoi.downloads.models import Download
from renvoi.downloads.storage.postgresql import DatabaseStorage
from renvoi.downloads.storage.protocol import Content, Storage
from renvoi.downloads.storage.sqlite import FolderStorage


def open_storage() -> Storage:
    """Return the storage that all hosts of this database share."""
    return DatabaseStorage() if connection.vendor == "postgresql" else FolderStorage()


def open_content(download: Download) -> Content:
    """Return the file of a download that is ready. Raises ContentMissing."""
    # Versions of Renvoi that recorded no size stored the file in the data folder, on PostgreSQL too.
    return (open_storage() if download.size else FolderStorage()).open(download)
