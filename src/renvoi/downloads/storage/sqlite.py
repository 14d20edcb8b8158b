"""Files in the data folder: SQLite has one host."""

from functools import partial
from pathlib import Path

from renvoi.downloads.files import file_path
from renvoi.downloads.models import Download
from renvoi.downloads.storage.protocol import PIECE_BYTES, Content, ContentMissing


class FolderStorage:
    """Implements `renvoi.downloads.storage.protocol.Storage`."""

    is_shared = False

    def store(self, download: Download, file: Path) -> int:
        """See Storage. The file must be in the same folder."""
        target = file_path(download.id)
        file.replace(target)
        return target.stat().st_size

    def discard(self, download: Download) -> None:
        """See Storage."""
        file_path(download.id).unlink(missing_ok=True)

    def open(self, download: Download) -> Content:
        """See Storage."""
        path = file_path(download.id)
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise ContentMissing from error
        return Content(path.stat().st_size, iter(partial(file.read, PIECE_BYTES), b""), file.close)
