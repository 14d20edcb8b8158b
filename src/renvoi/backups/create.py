"""Create a backup while servers run: copy, check, write to a temporary file, read back, rename."""

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from renvoi import __version__
from renvoi.backups.archive import describe_member, read_archive, write_archive
from renvoi.backups.engines import engine_name, open_engine
from renvoi.backups.manifest import REQUIRED_MEMBERS, SECRET_KEY, SPOOL, BackupRefused, Manifest
from renvoi.backups.protocol import BackupFailed
from renvoi.config import Config
from renvoi.ledger.spool import DAMAGED_SUFFIX, SPOOL_SUFFIX, sync_folder


def create_backup(config: Config, target: Path, *, at: datetime) -> tuple[Path, Manifest]:
    """Create a backup, and return its path and manifest.

    `target` is a path, or a folder in which the backup gets a name with its time. The backup contains every entry that
    was acknowledged before the call. Raises BackupFailed or OSError; then nothing is left at the path.
    """
    path = (target / f"renvoi-backup-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar" if target.is_dir() else target).absolute()
    _refuse_to_overwrite(path)
    folder = Path(tempfile.mkdtemp(prefix=".renvoi-backup-", dir=path.parent))
    try:
        manifest = _collect(config, folder, at=at)
        unfinished = folder / "backup"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            write_archive(file, manifest=manifest, folder=folder)
            file.flush()
            os.fsync(file.fileno())
        if read_archive(unfinished, into=None) != manifest:
            raise BackupFailed("The backup is not what was written.")
        _publish(unfinished, path)
    except BackupRefused as error:
        raise BackupFailed(f"The backup could not be read back: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return path, manifest


def _collect(config: Config, folder: Path, *, at: datetime) -> Manifest:
    """Copy everything that belongs in a backup into that folder.

    The spool is copied before the ledger: an entry replayed in between is then in both copies, never in neither.
    """
    optional = [name for name in (_copy_secret_key(config, folder), *_copy_spool(config, folder)) if name]
    engine = engine_name(config)
    copied = open_engine(engine, config).copy(folder)
    return Manifest(
        renvoi=__version__,
        made_at=int(at.timestamp()),
        engine=engine,
        members=tuple(describe_member(folder, name) for name in (*REQUIRED_MEMBERS[engine], *optional)),
        tables=copied.tables,
        ledger=copied.ledger,
    )


def _copy_secret_key(config: Config, folder: Path) -> str:
    try:
        _copy_file(config.data_dir / SECRET_KEY, folder / SECRET_KEY)
    except FileNotFoundError:
        return ""
    return SECRET_KEY


def _copy_spool(config: Config, folder: Path) -> list[str]:
    """Copy the spool's files, and return their names. A file that has vanished meanwhile is already in the ledger."""
    names = []
    # Not glob(), which finds nothing in a folder that can't be read.
    for path in sorted(config.spool_dir.iterdir()) if config.spool_dir.is_dir() else ():
        if path.suffix in {SPOOL_SUFFIX, DAMAGED_SUFFIX}:
            (folder / SPOOL).mkdir(mode=0o700, exist_ok=True)
            with suppress(FileNotFoundError):
                _copy_file(path, folder / SPOOL / path.name)
                names.append(f"{SPOOL}{path.name}")
    return names


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as reading, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as writing:
        shutil.copyfileobj(reading, writing)


def _publish(unfinished: Path, path: Path) -> None:
    """Give the finished file its final name, without overwriting a file that has appeared meanwhile."""
    try:
        # Unlike a rename, a link never replaces another file.
        os.link(unfinished, path)
    except FileExistsError:
        _refuse_to_overwrite(path)
    except OSError:
        # The file system has no hard links.
        _refuse_to_overwrite(path)
        unfinished.replace(path)
    sync_folder(path.parent)


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise BackupFailed(f"{path} is there already, and is not overwritten.")
    if not path.parent.is_dir():
        raise BackupFailed(f"There is no folder {path.parent}.")
