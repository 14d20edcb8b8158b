"""Engine interface of backups, and what both engines share."""

import os
from pathlib import Path
from typing import Protocol

from renvoi.backups.manifest import Copied, Manifest


class BackupFailed(Exception):
    """No backup was made, or it was not restored. The message is a sentence that says why."""


class Engine(Protocol):
    """How the business rows and the ledger of one engine are copied, checked and put back."""

    def copy(self, folder: Path) -> Copied:
        """Copy both, while others write: the ledger not before the business rows; checked, into the members' names.

        Raises BackupFailed.
        """

    def check(self, folder: Path, manifest: Manifest) -> None:
        """Check members that were read from a backup. They may be rewritten. Raises BackupRefused or BackupFailed."""

    def existing_content(self) -> str:
        """What would be in the way of a restored database; empty where nothing is. Raises BackupFailed."""

    def destinations(self) -> list[tuple[str, Path]]:
        """Where members go that are moved into place, in order: after the last of them, the engine is restored."""

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Restore what is not a file, whole or not at all. Raises BackupRefused or BackupFailed."""


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that what was renamed in it survives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
