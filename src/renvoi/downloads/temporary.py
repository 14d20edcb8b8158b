"""Temporary files in the data folder, where space is known and only its owner can read. None outlives its process.

Most files have no name, so that the system frees them. XlsxWriter's need names: they are in a folder that its process
locks (flock), and any process removes a folder whose lock is free.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings

from renvoi.permissions import create_folder

_SUFFIX = ".working"


def temporary_folder() -> Path:
    """Return the folder of temporary files, created if necessary. Raises OSError."""
    path: Path = settings.CONFIG.data_dir / "temporary"
    create_folder(path)
    return path


def open_unnamed_file() -> BinaryIO:
    """Open an unbuffered file without a name, readable and writable by its owner only. Raises OSError."""
    return cast("BinaryIO", tempfile.TemporaryFile(dir=temporary_folder(), buffering=0))


@contextmanager
def working_folder() -> Iterator[Path]:
    """Create a folder for files that need names, and remove it with them at the end. Raises OSError."""
    remove_abandoned_folders()
    unlocked = temporary_folder() / secrets.token_hex(8)
    create_folder(unlocked)
    folder = unlocked.with_suffix(_SUFFIX)
    descriptor = os.open(unlocked, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # It gets its final name once it is locked: nobody takes it for an abandoned one.
        unlocked.rename(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def remove_abandoned_folders() -> None:
    """Remove the working folders of processes that have died. Never raises OSError."""
    with suppress(OSError):
        for folder in temporary_folder().glob(f"*{_SUFFIX}"):
            _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
