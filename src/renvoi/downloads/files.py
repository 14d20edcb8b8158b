"""Where a download's file is, and whether a process is still making it.

A maker holds the lock (flock) of the file that it writes for as long as it lives: the system releases the lock,
whatever ends the process.
"""

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings


def folder() -> Path:
    """The folder of all downloads. It may not exist yet."""
    path: Path = settings.CONFIG.data_dir / "exports"
    return path


def file_path(download_id: uuid.UUID) -> Path:
    """Where a download's file is once it is ready."""
    return folder() / f"{download_id}.pdf"


def part_path(download_id: uuid.UUID) -> Path:
    """Where a download's file is while it is written."""
    return folder() / f"{download_id}.part"


def maker_lives(download_id: uuid.UUID) -> bool | None:
    """Whether the process that makes the file is alive; None if it has not begun, or works on another host."""
    try:
        with part_path(download_id).open("rb") as part:
            fcntl.flock(part, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return True
    return False


@contextmanager
def part_file(download_id: uuid.UUID) -> Iterator[BinaryIO]:
    """Open and lock the file that becomes the download's. It is removed afterwards, unless it was renamed."""
    part = part_path(download_id)
    part.parent.mkdir(parents=True, exist_ok=True)
    unlocked = part.with_suffix(".new")
    with unlocked.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # It gets its name once it is locked: nobody sees it unlocked.
        unlocked.replace(part)
        try:
            yield file
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def queue_lock() -> Iterator[IO[str]]:
    """Open the file whose lock one maker at a time holds. See `is_locked_by_us`."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / ".lock").open("w") as lock:
        yield lock


def is_locked_by_us(lock: IO[str]) -> bool:
    """Take the lock if no other process has it; whether this one has it now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_old_files(before: datetime) -> None:
    """Remove what killed makers left behind, and the files of accounts that were deleted."""
    for path in folder().glob("*-*.*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
