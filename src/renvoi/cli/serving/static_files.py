"""Collect the console's styles and scripts where the server reads them, without taking any from a running server.

Several servers may share the folder, also while Renvoi is upgraded. The names of files contain a digest of their
content, so those of two versions stand side by side. They are collected elsewhere and put in place one by one, the list
of them last: with that list a folder is complete, and is only read. What this version does not need is removed if no
server reads the folder, which each one locks for as long as it runs.
"""

import fcntl
import hashlib
import json
import os
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from renvoi.permissions import create_folder, replace_file

_LIST_NAME = ".complete"
_MANIFEST_NAME = "staticfiles.json"
# These packages decide how a source becomes a file.
_COLLECTORS = ("django", "servestatic")
# django-htmx carries the scripts of other versions of htmx, and its own for debugging: compressing them would take most
# of the first start.
_UNUSED = ("htmax-*", "htmx-4*", "htmx-2.js", "ext")


def collect_static_files() -> None:
    """Make the static files complete. Raises ClickException, in one sentence, if they are not and can't be written.

    The folder is locked from here on, until this process and its workers end.
    """
    from django.conf import settings

    root: Path = settings.STATIC_ROOT
    sources = _digest_of_sources()
    if not _is_complete(root, sources):
        try:
            _collect(root, sources)
        except OSError as error:
            raise click.ClickException(
                f"The console's static files in {root} are not complete and can't be written"
                f" ({error.strerror or error}): make the folder writable for one start."
            ) from error
    _lock(root)


def _digest_of_sources() -> str:
    """Return a digest of everything that determines the collected files."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(json.dumps({name: version(name) for name in _COLLECTORS}).encode())
    sources = {path: storage for finder in get_finders() for path, storage in finder.list(_UNUSED)}
    for path in sorted(sources):
        with sources[path].open(path) as file:
            digest.update(f"{path}\0".encode() + hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def _is_complete(root: Path, sources: str) -> bool:
    """Whether every file that was collected from these sources is there as it was written."""
    try:
        listed = json.loads((root / _LIST_NAME).read_bytes())
        return bool(listed["sources"] == sources) and all(
            _digest_of(root / name) == digest for name, digest in listed["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _collect(root: Path, sources: str) -> None:
    create_folder(root)
    with tempfile.TemporaryDirectory(prefix=".static-", dir=root.parent) as temporary:
        collected = Path(temporary)
        _run_collectstatic(collected)
        files = {str(path.relative_to(collected)): _digest_of(path) for path in _files(collected)}
        for name in sorted(files, key=lambda name: name == _MANIFEST_NAME):
            create_folder((root / name).parent)
            (collected / name).replace(root / name)
    replace_file(root / _LIST_NAME, json.dumps({"sources": sources, "files": files}).encode(), durable=True)
    _remove_others(root, {*files, _LIST_NAME})


def _run_collectstatic(folder: Path) -> None:
    from django.conf import settings
    from django.contrib.staticfiles.management.commands.collectstatic import Command
    from django.core.management import call_command
    from django.utils.module_loading import import_string

    command: Any = Command()
    storage = import_string(settings.STORAGES["staticfiles"]["BACKEND"])
    command.storage = storage(location=folder, base_url=settings.STATIC_URL)
    call_command(command, verbosity=0, interactive=False, ignore_patterns=list(_UNUSED))
    # servestatic adds the size and the time of each file, which only its middleware for Django reads.
    manifest = folder / _MANIFEST_NAME
    content = json.loads(manifest.read_bytes())
    content.pop("stats", None)
    manifest.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")


def _remove_others(root: Path, files: set[str]) -> None:
    """Remove the files that were not collected now, unless a server reads the folder."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for path in _files(root):
            if str(path.relative_to(root)) not in files:
                path.unlink(missing_ok=True)
    except OSError:
        # A server reads the folder, or the file system has no locks: a later start may remove them.
        return
    finally:
        os.close(descriptor)


def _lock(root: Path) -> None:
    """Lock the folder against removals until this process, and those that it forks, have ended."""
    with suppress(OSError):
        fcntl.flock(os.open(root, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_SH)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
