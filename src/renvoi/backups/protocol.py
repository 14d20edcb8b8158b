"""Engine interface of backups, and what both engines share."""

from pathlib import Path
from typing import Protocol

from renvoi.backups.manifest import Copied, Manifest


class BackupFailed(Exception):
    """No backup was made, or it was not restored. The message is a sentence that says why."""


class Engine(Protocol):
    """Copies, checks and restores the business rows and the ledger of one database engine."""

    def copy(self, folder: Path) -> Copied:
        """Copy both into files named as the members, while others write, and check the copies.

        The ledger is not copied before the business rows. Raises BackupFailed.
        """

    def check(self, folder: Path, manifest: Manifest) -> None:
        """Check members extracted from a backup. They may be rewritten. Raises BackupRefused or BackupFailed."""

    def existing_content(self) -> str:
        """Describe what would be in the way of a restored database; empty if nothing is. Raises BackupFailed."""

    def destinations(self) -> list[tuple[str, Path]]:
        """Return the members that are files, with their destinations, in the order in which they are moved.

        After the last one the engine is restored.
        """

    def read_trace(self) -> str:
        """Return what `write_trace` stored; empty if nothing was. Raises BackupFailed or OSError."""

    def write_trace(self, text: str) -> None:
        """Store the record of the last backup, outside of what a backup contains. Raises BackupFailed or OSError."""

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Restore whatever is not a file, completely or not at all. Raises BackupRefused or BackupFailed."""
