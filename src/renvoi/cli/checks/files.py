"""Check that only their owner can access the files of an installation, and take the access of others away."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from renvoi.cli.checks import Finding
from renvoi.config import PREFIX, SECRET_FIELDS, Config
from renvoi.permissions import close_to_others, exposed_files

_SHOWN = 5
_SECRETS = frozenset({"secret-key", "demo-password"})
_SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def check_files(config: Config) -> Iterator[Finding]:
    """Check the permissions of all files of the installation, and of secret files that the environment names.

    Files that Renvoi writes must be accessible to their owner only. Files that the environment names may be accessible
    to a group.
    """
    exposed = sorted(_exposed(config), key=lambda path: (path.name not in _SECRETS, path))
    for path in exposed[:_SHOWN]:
        mode = "700" if path.is_dir() else "600"
        yield Finding(f"{_shown(path, config)} is readable by its owner only", f"run chmod {mode} {path}")
    if len(exposed) > _SHOWN:
        yield Finding(
            f"{len(exposed) - _SHOWN} more files are readable by their owner only",
            f"run chmod -R go= {config.data_dir}, or start Renvoi, which does it",
        )
    if not exposed:
        yield Finding(f"The files in {config.data_dir} are readable by their owner only")
    for field in SECRET_FIELDS:
        if file := os.environ.get(f"{PREFIX}{field.upper()}_FILE"):
            yield from _check_secret(Path(file))


def repair_files(config: Config) -> Sequence[Path]:
    """Take the access of others to the files away. Return those that only another account could change."""
    remaining = []
    for path in _exposed(config):
        try:
            close_to_others(path)
        except FileNotFoundError:
            continue
        except OSError:
            remaining.append(path)
    return remaining


def _exposed(config: Config) -> Iterator[Path]:
    """Yield the files that others can access, except those that the environment names: Renvoi did not write them."""
    named = {Path(value).resolve() for name, value in os.environ.items() if name.startswith(PREFIX) and value}
    named -= {config.data_dir}
    return (path for path in exposed_files(*_roots(config)) if path not in named)


def _roots(config: Config) -> Iterator[Path]:
    yield config.data_dir
    if not config.postgresql_url and not config.database_path.is_relative_to(config.data_dir):
        yield from (Path(f"{config.database_path}{suffix}") for suffix in _SQLITE_SUFFIXES)


def _shown(path: Path, config: Config) -> str:
    return str(path.relative_to(config.data_dir) if config.data_dir in path.parents else path)


def _check_secret(path: Path) -> Iterator[Finding]:
    if path.exists():
        is_open = stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO
        yield Finding(f"{path.name} is not accessible to everybody", f"run chmod o-rwx {path}" if is_open else "")
