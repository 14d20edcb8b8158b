"""Hides how a backup becomes a Renvoi again: everything is checked before anything changes, and all of it or nothing
is there afterwards.

Members are read into a folder of their own beside their places, checked, and moved; what makes the rest begin to work
(the business rows) comes last.
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
from renvoi.backups.protocol import BackupFailed, Engine, sync_folder
from renvoi.config import Config

_OWN = ".restoring"
# What an empty Renvoi may have: no backup holds it, and nothing that is restored goes there.
_HARMLESS = {_OWN, "geo", "static", "lost+found"}


def check_backup(path: Path, config: Config) -> Manifest:
    """What a backup says of itself, once all of it is known to be right. Changes nothing.

    Raises BackupRefused, BackupFailed (it could not be checked), or OSError.
    """
    with tempfile.TemporaryDirectory(prefix="renvoi-backup-") as folder:
        manifest = read_archive(path, into=Path(folder))
        open_engine(manifest.engine, config).check(Path(folder), manifest)
    return manifest


def restore_backup(path: Path, config: Config) -> Manifest:
    """Put a backup's content into an empty data folder and an empty database; what it says of itself.

    Raises BackupRefused, BackupFailed, or OSError; then nothing has changed.
    """
    name = engine_name(config)
    engine = open_engine(name, config)
    _require_empty(config, engine, backup=path)
    with _workroom(config.data_dir) as folder:
        manifest = read_archive(path, into=folder)
        if manifest.engine != name:
            raise BackupRefused(
                f"The backup is of a Renvoi on {_SHOWN[manifest.engine]}, and this one is on {_SHOWN[name]}:"
                " see RENVOI_DATABASE_URL."
            )
        engine.check(folder, manifest)
        _put(folder, manifest, config, engine)
    return manifest


_SHOWN = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _require_empty(config: Config, engine: Engine, *, backup: Path) -> None:
    folder = config.data_dir
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    names = [path.name for path in found if path.name not in _HARMLESS and path != backup.absolute()]
    if names:
        raise BackupFailed(
            f"The data folder {folder} holds {', '.join(names[:5])}{' and more' if names[5:] else ''}:"
            " a backup is restored into an empty one."
        )
    if occupied := engine.occupied():
        raise BackupFailed(f"The database is not empty, a backup is restored into an empty one. It holds {occupied}.")


@contextmanager
def _workroom(data_dir: Path) -> Iterator[Path]:
    """A folder where members are read and checked, gone afterwards; so is the data folder, if it was not there before
    and nothing was put into it. What a restore that was killed has left in it is removed."""
    is_new = not data_dir.exists()
    data_dir.mkdir(parents=True, exist_ok=True)
    folder = data_dir / _OWN
    folder.mkdir(mode=0o700, exist_ok=True)
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
        os.close(held)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _put(folder: Path, manifest: Manifest, config: Config, engine: Engine) -> None:
    """Move everything to its place; where one can't be, take back those that are."""
    placed: list[Path] = []
    try:
        for name, place in _places(manifest, config, engine):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _move(folder / name, place)
            placed.append(place)
        engine.fill(folder, manifest)
    except BaseException:
        for place in placed:
            place.unlink(missing_ok=True)
        if config.spool_dir.is_dir() and not any(config.spool_dir.iterdir()):
            config.spool_dir.rmdir()
        raise


def _places(manifest: Manifest, config: Config, engine: Engine) -> Iterator[tuple[str, Path]]:
    if manifest.has_secret:
        yield SECRET_KEY, config.data_dir / SECRET_KEY
    for name in manifest.spooled:
        yield name, config.spool_dir / name.removeprefix(SPOOL)
    yield from engine.places()


def _move(source: Path, place: Path) -> None:
    """Never onto another file. What the place's own folder holds lasts when this returns."""
    if not _is_near(source, place):
        nearer = place.with_name(f".{place.name}{_OWN}")
        shutil.copy(source, nearer)
        with nearer.open("rb") as file:
            os.fsync(file.fileno())
        source.unlink()
        source = nearer
    try:
        os.link(source, place)
    except FileExistsError:
        raise BackupFailed(f"{place} has appeared meanwhile.") from None
    source.unlink()
    sync_folder(place.parent)


def _is_near(source: Path, place: Path) -> bool:
    """Whether they are on one file system."""
    return source.stat().st_dev == place.parent.stat().st_dev
