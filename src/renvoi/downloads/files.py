"""Where the file of a job is in the data folder, and whether a process of this host is still at work on it.

A maker holds the lock (flock) of the file that it writes for as long as it lives: the system releases the lock,
whatever ends the process.
"""

import fcntl
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from renvoi.downloads.models import Job
from renvoi.permissions import create_folder, private_opener

Maker = tuple[uuid.UUID, int]
"""The process that does a job: the id of the job, and the attempt."""

_PROGRESS_FORMAT = b"done %012d\n"
_PROGRESS = re.compile(rb"done ([0-9]{12})\n")
_PART_NAME = re.compile(r"([0-9a-f-]{36})\.([0-9]+)\.part")


def folder() -> Path:
    """The folder of all downloads. It may not exist yet."""
    path: Path = settings.CONFIG.data_dir / "exports"
    return path


def file_path(download_id: uuid.UUID) -> Path:
    """Where a download's file is once it is ready."""
    return folder() / f"{download_id}.pdf"


def part_path(job: Job) -> Path:
    """Where the file of this attempt is while it is written."""
    return folder() / f"{job.id}.{job.attempt}.part"


def maker_lives(job: Job) -> bool | None:
    """Whether the process of this attempt is alive; None if it has not begun, or works on another host."""
    return _is_locked(part_path(job))


def write_progress(file: BinaryIO, done: int) -> None:
    """Write how much is done into the file of a job that has no other use for it. See `progress_of`."""
    os.pwrite(file.fileno(), _PROGRESS_FORMAT % done, 0)


def progress_of(job: Job) -> int:
    """Return how much of a job is done: as its maker says if it is on this host, else as the row does."""
    try:
        with part_path(job).open("rb") as file:
            match = _PROGRESS.fullmatch(file.read(len(_PROGRESS_FORMAT % 0)))
    except OSError:
        match = None
    return int(match[1]) if match else job.done


def living_makers() -> list[Maker]:
    """The makers that are alive on this host."""
    names = [path.name for path in folder().glob("*.part") if _is_locked(path)]
    return [(uuid.UUID(match[1]), int(match[2])) for match in map(_PART_NAME.fullmatch, names) if match]


def _is_locked(part: Path) -> bool | None:
    """Whether a process holds the lock of the file; None if there is no file."""
    try:
        with part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return True
    return False


@contextmanager
def part_file(job: Job) -> Iterator[BinaryIO]:
    """Open and lock the file that becomes the download's. It is removed afterwards, unless it was renamed."""
    part = part_path(job)
    create_folder(part.parent)
    unlocked = part.with_suffix(".new")
    with open(unlocked, "wb", opener=private_opener) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # It gets its name once it is locked: nobody sees it unlocked.
        unlocked.replace(part)
        try:
            yield file
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def free_slot(kind: type[Job]) -> Iterator[int | None]:
    """Take one of this host's slots for jobs of that kind, and yield its descriptor; None if all are taken.

    A process that inherits the descriptor has the slot until it ends, however it ends.
    """
    create_folder(folder())
    for number in range(kind.max_makers):
        slot = os.open(folder() / f".{kind.command}-{number}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _is_locked_now(slot):
                yield slot
                return
        finally:
            os.close(slot)
    yield None


def _is_locked_now(file: int | IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def queue_lock() -> Iterator[IO[str]]:
    """Open the file whose lock one maker at a time holds. See `is_locked_by_us`."""
    create_folder(folder())
    with open(folder() / ".lock", "w", opener=private_opener) as lock:
        yield lock


def is_locked_by_us(lock: IO[str]) -> bool:
    """Take the lock if no other process has it; whether this one has it now."""
    return _is_locked_now(lock)


def remove_old_files(before: datetime) -> None:
    """Remove what killed makers left behind, and the files of accounts that were deleted."""
    for path in folder().glob("*-*.*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
