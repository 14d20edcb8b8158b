"""Spool for what the ledger could not take: one synced file per process, replayed exactly once.

A line is the first 16 hexadecimal digits of the SHA-256 of the line of an entry or a wish, a space, and that line. A
file belongs to the process that holds its lock (flock); the lock ends with the process, however it ends. A process that
acquires the lock of a file that has its final name may replay and remove it. A second replay adds nothing: the ledger
knows each `ref`.
"""

import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Literal

from renvoi.domain.ledger_entry import Entry, EntryRefused
from renvoi.ledger.wishes.wish import Record, Wish, parse_record, serialise_record
from renvoi.permissions import create_folder

SPOOL_SUFFIX = ".spool"
DAMAGED_SUFFIX = ".damaged"
WAITS_TOO_LONG = timedelta(minutes=10)
"""A server replays the spool within seconds. What waits for longer will not be replayed without help."""
_DIGEST_LENGTH = 16
# Visitors wait for the commit of a batch, which SQLite inserts by one statement.
_REPLAY_BATCH_SIZE = 256
_MIN_YIELD_S = 0.002

AppendMissing = Callable[[Sequence[Entry], Sequence[Wish]], int]


class SpoolUnavailable(Exception):
    """The entries and wishes could not be written to disk. None of them counts as recorded."""


@dataclass(slots=True)
class ReplayResult:
    """Result of a replay, in numbers.

    `added` entries and wishes were new to the ledger, `already_present` ones were not. `damaged` lines cannot be read
    and are set aside. `in_use` files belong to running processes, which replay them themselves.
    """

    added: int = 0
    already_present: int = 0
    damaged: int = 0
    in_use: int = 0


def spool_bytes(folder: Path) -> int:
    """Return the size of all files that wait to be replayed, in bytes."""
    total = 0
    for path in folder.glob(f"*{SPOOL_SUFFIX}"):
        with suppress(FileNotFoundError):  # replayed meanwhile
            total += path.stat().st_size
    return total


def oldest_entry_at(folder: Path) -> datetime | None:
    """Return since when the oldest line waits to be replayed; None if none does. Reads a line of each file.

    A wish has no time: for a file that begins with one it is the time of its last write.
    """
    times = (_oldest_in(path) for path in _spool_files(folder))
    return min((time for time in times if time is not None), default=None)


class Spool:
    """One process's file in the spool folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._file: int | None = None
        self._path: Path | None = None
        self._length = 0

    def append(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> None:
        """Append entries and wishes to the file and sync it.

        Raises SpoolUnavailable; then none of them will be replayed.
        """
        records: list[Record] = [*entries, *wishes]
        lines = (_with_digest(serialise_record(record)) for record in records)
        content = "".join(f"{line}\n" for line in lines).encode("ascii")
        with self._lock:
            try:
                file = self._ensure_file()
                _write(file, content)
                os.fdatasync(file)
            except OSError as error:
                self._roll_back()
                raise SpoolUnavailable(f"{self._folder}: {error}") from error
            self._length += len(content)

    def release(self) -> None:
        """Close this process's file, so that it can be replayed. The next append starts another file."""
        with self._lock:
            self._close()

    def is_empty(self) -> bool:
        """Return whether no file of any process waits to be replayed."""
        return not any(True for _ in _spool_files(self._folder))

    def _ensure_file(self) -> int:
        if self._file is None:
            create_folder(self._folder)
            path = self._folder / f"{os.getpid()}-{secrets.token_hex(6)}{SPOOL_SUFFIX}"
            # Use another name until the file is locked, so that no other process replays and removes it too early.
            unlocked_path = path.with_suffix(".new")
            # O_APPEND: after a write that is rolled back, the next one starts at the same offset.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            self._file, self._path, self._length = os.open(unlocked_path, flags, 0o600), unlocked_path, 0
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unlocked_path.rename(path)
            self._path = path
            sync_folder(self._folder)
        return self._file

    def _roll_back(self) -> None:
        """Undo a failed write: a partial line must neither be replayed nor precede the next line."""
        if self._file is None:
            return
        try:
            os.ftruncate(self._file, self._length)
            os.fsync(self._file)
        except OSError:
            # Give the file up: the replay skips a torn last line.
            self._close()

    def _close(self) -> None:
        file, path, self._file, self._path = self._file, self._path, None, None
        if file is not None and path is not None:
            if self._length == 0:
                with suppress(OSError):
                    path.unlink()
            os.close(file)


def replay(folder: Path, append_missing: AppendMissing) -> ReplayResult:
    """Replay each file that no running process holds, and remove it once all its lines are in the ledger.

    `append_missing` commits the entries and wishes that the ledger does not have and returns their number. An exception
    from it ends the replay; the next replay starts again with that file.
    """
    result = ReplayResult()
    for path in sorted(_spool_files(folder)):
        with _locking(path) as state:
            if state == "locked":
                _replay_file(path, append_missing, result)
            elif state == "in_use":
                result.in_use += 1
    return result


def count_entries(folder: Path) -> int:
    """Return the number of entries and wishes in all files, including those of running processes."""
    return sum(1 for path in _spool_files(folder) for record in _records(path) if record is not None)


def _oldest_in(path: Path) -> datetime | None:
    first = next(_records(path), None)
    if isinstance(first, Entry) or first is None:
        return first and first.at
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # replayed meanwhile
        return None


def _replay_file(path: Path, append_missing: AppendMissing, result: ReplayResult) -> None:
    batch: list[Record] = []
    damaged = 0
    for record in _records(path):
        if record is None:
            damaged += 1
            continue
        batch.append(record)
        if len(batch) == _REPLAY_BATCH_SIZE:
            _append_batch(batch, append_missing, result)
            batch = []
    _append_batch(batch, append_missing, result)
    result.damaged += damaged
    with suppress(FileNotFoundError):
        if damaged:
            path.rename(path.with_suffix(DAMAGED_SUFFIX))
        else:
            path.unlink()
    sync_folder(path.parent)


def _append_batch(batch: Sequence[Record], append_missing: AppendMissing, result: ReplayResult) -> None:
    if batch:
        started_at = time.monotonic()
        entries = [record for record in batch if isinstance(record, Entry)]
        added = append_missing(entries, [record for record in batch if isinstance(record, Wish)])
        # Leave the ledger to others for as long: whoever waits for its lock gets it before the next batch does.
        time.sleep(max(_MIN_YIELD_S, time.monotonic() - started_at))
        result.added += added
        result.already_present += len(batch) - added


def _records(path: Path) -> Iterator[Record | None]:
    """Yield the entry or wish of each line, or None if a line cannot be read.

    A last line without its newline is skipped: it was never acknowledged.
    """
    try:
        with path.open("rb") as file:
            for content in file:
                if content.endswith(b"\n"):
                    yield _record(content[:-1])
    except FileNotFoundError:
        return


def _record(content: bytes) -> Record | None:
    try:
        _, _, line = content.decode("ascii").partition(" ")
        return parse_record(line) if _with_digest(line).encode() == content else None
    except (UnicodeDecodeError, EntryRefused):
        return None


def _with_digest(line: str) -> str:
    return f"{hashlib.sha256(line.encode()).hexdigest()[:_DIGEST_LENGTH]} {line}"


def _spool_files(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as directory_entries:
            yield from (Path(entry.path) for entry in directory_entries if entry.name.endswith(SPOOL_SUFFIX))
    except OSError:
        return


@contextmanager
def _locking(path: Path) -> Iterator[Literal["locked", "in_use", "gone"]]:
    """Try to lock a file, and yield the outcome. A lock is held until the end of the block."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield "gone"
        return
    try:
        state = _lock(file)
        yield state
    finally:
        os.close(file)


def _lock(file: int) -> Literal["locked", "in_use", "gone"]:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "in_use"
    # Another replay may have removed the file since it was opened.
    return "locked" if os.fstat(file).st_nlink > 0 else "gone"


def _write(file: int, content: bytes) -> None:
    remaining = memoryview(content)
    while remaining:
        remaining = remaining[os.write(file, remaining) :]


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a rename in it survives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
