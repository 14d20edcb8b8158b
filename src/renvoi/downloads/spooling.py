"""Stream a file that is read from the database, without holding the database for as long as the client takes.

The request's thread reads at full speed into a file in the data folder, and the response follows behind it: no cursor,
transaction or session waits for a client. See docs/adr/0021.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import closing
from threading import Lock
from weakref import WeakKeyDictionary, finalize

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

from renvoi.downloads.temporary import open_unnamed_file, temporary_folder

ALLOWANCE = 1 << 30
"""How many bytes all spools of a process may take together. They never take more than half of the free disk."""

_CHUNK = 256 * 1024

_logger = logging.getLogger(__name__)
_claims: "WeakKeyDictionary[Spool, int]" = WeakKeyDictionary()
"""The bytes that each spool has claimed from the allowance."""
_claims_lock = Lock()


class NoSpace(Exception):
    """The allowance is used up, or the data folder can't be written."""


class ClientLeft(Exception):
    """Nobody waits for the file any more."""


class IncompleteResponse(Exception):
    """The file could not be read to its end. The server then closes the connection without ending the response."""


Pieces = Generator[bytes, None, None]


class Spool:
    """The body of a streamed response. Pass it to StreamingHttpResponse, which calls `close` at its end.

    `read` is called once, in the request's thread, and returns the pieces of the file. Between two of them it may call
    `require_client`. `expected_size`, in bytes, is claimed from the allowance at once; if the file becomes longer, more
    is claimed. Raises NoSpace, before anything is read.
    """

    def __init__(self, read: Callable[["Spool"], Pieces], *, expected_size: int) -> None:
        self._read = read
        self._lock = Lock()
        self._progress = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.length = 0
        self._is_filling = self._has_ended = self._is_complete = self._is_closed = False
        self._claim(expected_size)
        try:
            self._file = open_unnamed_file()
        except OSError as error:
            raise NoSpace(str(error)) from error
        # A response that is dropped before it is sent, as for HEAD or after an error, is never closed.
        finalize(self, self._file.close)

    def fill(self) -> int:
        """Read the whole file into the spool, and return its length in bytes.

        Raises NoSpace, ClientLeft, or whatever reading raises. Closes the thread's database connection.
        """
        with self._lock:
            self._is_filling = not self._is_closed
        try:
            self.require_client()
            with closing(self._read(self)) as pieces:
                for piece in pieces:
                    self.require_client()
                    self._append(piece)
            self._is_complete = True
            with _claims_lock:
                _claims[self] = self.length
        finally:
            release_connection()
            with self._lock:
                self._is_filling = False
                if self._is_closed or not self._is_complete:
                    self._release()
            self._has_ended = True
            self._notify()
        return self.length

    def require_client(self) -> None:
        """Raise ClientLeft if the response has been closed."""
        if self._is_closed:
            raise ClientLeft

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the file while it grows, reading it first if that has not been done. Raises IncompleteResponse."""
        self._loop = asyncio.get_running_loop()
        filling = None if self._has_ended else asyncio.create_task(self._fill_in_thread())
        sent = 0
        try:
            while True:
                self._progress.clear()
                has_ended = self._has_ended
                if has_ended and not self._is_complete:
                    raise IncompleteResponse
                if sent < self.length:
                    piece = await asyncio.to_thread(self._read_at, sent)
                    sent += len(piece)
                    yield piece
                elif has_ended:
                    return
                else:
                    await self._progress.wait()
        finally:
            self.close()
            if filling is not None:
                await asyncio.wait([filling])

    def close(self) -> None:
        """Stop reading and free the file. May be called from any thread, and more than once."""
        with self._lock:
            self._is_closed = True
            if not self._is_filling:
                self._release()

    async def _fill_in_thread(self) -> None:
        try:
            await sync_to_async(self.fill)()
        except ClientLeft:
            pass
        except Exception as error:  # noqa: BLE001 (whatever it is, the response must not look whole)
            # Without the traceback, which could quote values.
            _logger.error("A download was aborted: %s", error if isinstance(error, NoSpace) else type(error).__name__)  # noqa: TRY400
        finally:
            self._has_ended = True
            self._progress.set()

    def _read_at(self, offset: int) -> bytes:
        # Within the lock: another file may get the number of a descriptor that is closed.
        with self._lock:
            if self._file.closed:
                raise IncompleteResponse
            return os.pread(self._file.fileno(), _CHUNK, offset)

    def _append(self, piece: bytes) -> None:
        if self.length + len(piece) > _claims[self]:
            self._claim(max(len(piece), _CHUNK))
        remaining = memoryview(piece)
        try:
            while remaining:
                remaining = remaining[self._file.write(remaining) :]
        except OSError as error:
            raise NoSpace(str(error)) from error
        self.length += len(piece)
        self._notify()

    def _claim(self, size: int) -> None:
        try:
            free = shutil.disk_usage(temporary_folder()).free
        except OSError as error:
            raise NoSpace(str(error)) from error
        with _claims_lock:
            claimed = sum(_claims.values())
            unwritten = sum(max(0, claim - spool.length) for spool, claim in _claims.items())
            if claimed + size > ALLOWANCE or (unwritten + size) * 2 > free:
                raise NoSpace(f"{size} bytes more than the {claimed} in use are too many; {free} are free")
            _claims[self] = _claims.get(self, 0) + size

    def _release(self) -> None:
        with _claims_lock:
            _claims.pop(self, None)
        self._file.close()

    def _notify(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._progress.set)


def release_connection() -> None:
    """Close this thread's database connection, unless a transaction (of a test) is in progress."""
    if not connection.in_atomic_block:
        close_old_connections()
