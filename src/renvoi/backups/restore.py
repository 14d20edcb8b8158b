"""Restore a backup: everything is checked before anything changes, and a failure leaves nothing behind.

Members are extracted into a staging folder in the data folder, checked, and moved to their destinations. The business
rows, without which a server does not start, come last.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from renvoi.backups.archive import read_archive
from renvoi.backups.engines import engine_name, open_engine
from renvoi.backups.manifest import SECRET_KEY, SPOOL, BackupRefused, Manifest
from renvoi.backups.protocol import BackupFailed, Engine
from renvoi.config import Config
from renvoi.ledger.spool import sync_folder
from renvoi.permissions import create_folder

_STAGING_NAME = ".restoring"
# An empty data folder may contain these: no backup includes them, and no member is restored there.
_IGNORED_NAMES = {_STAGING_NAME, "geo", "static", "lost+found"}


def check_backup(path: Path, config: Config) -> Manifest:
    """Check a backup completely, and return its manifest. Changes nothing.

    Raises BackupRefused, BackupFailed if it could not be checked, or OSError.
    """
    with tempfile.TemporaryDirectory(prefix="renvoi-backup-") as folder:
        manifest = read_archive(path, into=Path(folder))
        open_engine(manifest.engine, config).check(Path(folder), manifest)
    return manifest


def restore_backup(path: Path, config: Config) -> Manifest:
    """Restore a backup into an empty data folder and an empty database, and return its manifest.

    Raises BackupRefused, BackupFailed or OSError; then nothing has changed.
    """
    name = engine_name(config)
    engine = open_engine(name, config)
    _require_empty(config, engine, backup=path)
    with _staging_folder(config.data_dir) as folder:
        manifest = read_archive(path, into=folder)
        if manifest.engine != name:
            raise BackupRefused(
                f"The backup is of a Renvoi on {_ENGINE_LABELS[manifest.engine]},"
                f" and this one is on {_ENGINE_LABELS[name]}: see RENVOI_DATABASE_URL."
            )
        engine.check(folder, manifest)
        _move_into_place(folder, manifest, config, engine)
    return manifest


_ENGINE_LABELS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _require_empty(config: Config, engine: Engine, *, backup: Path) -> None:
    folder = config.data_dir
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    names = [path.name for path in entries if path.name not in _IGNORED_NAMES and path != backup.absolute()]
    if names:
        raise BackupFailed(
            f"The data folder {folder} holds {', '.join(names[:5])}{' and more' if names[5:] else ''}:"
            " a backup is restored into an empty one."
        )
    if content := engine.existing_content():
        raise BackupFailed(f"The database is not empty, a backup is restored into an empty one. It holds {content}.")


@contextmanager
def _staging_folder(data_dir: Path) -> Iterator[Path]:
    """Create a folder in which members are extracted and checked, and remove it at the end.

    Removes the data folder too, if it did not exist before and nothing was put into it. What a killed restore left in
    the staging folder is deleted first.
    """
    is_new = not data_dir.exists()
    folder = data_dir / _STAGING_NAME
    create_folder(data_dir)
    create_folder(folder)
    lock_file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed(f"Another restore is at work in {data_dir}.") from None
        try:
            _clear(folder)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if is_new and not any(data_dir.iterdir()):
                data_dir.rmdir()
    finally:
        os.close(lock_file)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _move_into_place(folder: Path, manifest: Manifest, config: Config, engine: Engine) -> None:
    """Move everything to its destination; if that fails, undo the moves already made."""
    moved: list[Path] = []
    try:
        for name, destination in _destinations(manifest, config, engine):
            create_folder(destination.parent)
            _move(folder / name, destination)
            moved.append(destination)
        engine.load(folder, manifest)
    except BaseException:
        for destination in moved:
            destination.unlink(missing_ok=True)
        if config.spool_dir.is_dir() and not any(config.spool_dir.iterdir()):
            config.spool_dir.rmdir()
        raise


def _destinations(manifest: Manifest, config: Config, engine: Engine) -> Iterator[tuple[str, Path]]:
    if manifest.has_secret_key:
        yield SECRET_KEY, config.data_dir / SECRET_KEY
    for name in manifest.spooled:
        yield name, config.spool_dir / name.removeprefix(SPOOL)
    yield from engine.destinations()


def _move(source: Path, destination: Path) -> None:
    """Move a file without overwriting another one. The change is durable when this returns."""
    if not _is_same_file_system(source, destination):
        local_copy = destination.with_name(f".{destination.name}{_STAGING_NAME}")
        shutil.copy(source, local_copy)
        with local_copy.open("rb") as file:
            os.fsync(file.fileno())
        source.unlink()
        source = local_copy
    try:
        os.link(source, destination)
    except FileExistsError:
        raise BackupFailed(f"{destination} has appeared meanwhile.") from None
    source.unlink()
    sync_folder(destination.parent)


def _is_same_file_system(source: Path, destination: Path) -> bool:
    """Return whether a link from one path to the other is possible."""
    return source.stat().st_dev == destination.parent.stat().st_dev
