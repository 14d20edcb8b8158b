"""Files in the database, in pieces: each is written and read by a short statement of its own."""

from collections.abc import Generator
from pathlib import Path

from django.db import connection
from django.db.models import QuerySet

from renvoi.downloads.models import Download, DownloadPiece
from renvoi.downloads.storage.protocol import PIECE_BYTES, Content, ContentMissing


class DatabaseStorage:
    """Implements `renvoi.downloads.storage.protocol.Storage`.

    The pieces go with their download's row, whichever host deletes it.
    """

    is_shared = True

    def store(self, download: Download, file: Path) -> int:
        """See Storage."""
        size = 0
        with file.open("rb") as reading:
            for number, content in enumerate(iter(lambda: reading.read(PIECE_BYTES), b"")):
                DownloadPiece.objects.create(
                    download=download, attempt=download.attempt, number=number, content=content
                )
                size += len(content)
        file.unlink()
        return size

    def discard(self, download: Download) -> None:
        """See Storage."""
        _pieces_of(download).delete()

    def open(self, download: Download) -> Content:
        """See Storage."""
        if not _pieces_of(download).filter(number=0).exists():
            raise ContentMissing
        pieces = _read(download)
        return Content(download.size, pieces, pieces.close)


def _pieces_of(download: Download) -> QuerySet[DownloadPiece]:
    return DownloadPiece.objects.filter(download_id=download.id, attempt=download.attempt)


def _read(download: Download) -> Generator[bytes]:
    """Yield the pieces. Between two pieces there is no transaction, and no session of this process is in use."""
    remaining, number = download.size, 0
    stored = _pieces_of(download)
    while remaining:
        content = stored.filter(number=number).values_list("content", flat=True).first()
        if not connection.in_atomic_block:
            connection.close()
        if content is None:
            raise ContentMissing
        yield bytes(content)
        remaining, number = remaining - len(content), number + 1
