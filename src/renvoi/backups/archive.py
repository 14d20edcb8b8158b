"""Read and write the backup file: a tar in which the manifest determines every byte.

Names, sizes and digests come from the manifest and everything else is fixed. A header is therefore never interpreted:
it is compared with the one expected. Links, paths that lead elsewhere, duplicate names, bytes between members or after
the end need no checks of their own, because they differ from the expected bytes.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from renvoi.backups.manifest import MAX_MANIFEST_BYTES, BackupRefused, Manifest, Member

_MANIFEST_NAME = "manifest.json"
_BLOCK = tarfile.BLOCKSIZE
_END_OF_ARCHIVE = bytes(2 * _BLOCK)
_CHUNK_SIZE = 1 << 20


def describe_member(folder: Path, name: str) -> Member:
    """Return the manifest's description of a file in that folder."""
    digest, size = hashlib.sha256(), 0
    with (folder / name).open("rb") as file:
        for chunk in _chunks(file, None):
            digest.update(chunk)
            size += len(chunk)
    return Member(name=name, size=size, sha256=digest.hexdigest())


def write_archive(file: BinaryIO, *, manifest: Manifest, folder: Path) -> None:
    """Write the manifest, and its members from that folder. Raises OSError."""
    content = manifest.serialise()
    file.write(_header(_MANIFEST_NAME, len(content), manifest.made_at) + content + _padding(len(content)))
    for member in manifest.members:
        file.write(_header(member.name, member.size, manifest.made_at))
        with (folder / member.name).open("rb") as source:
            file.writelines(_chunks(source, None))
        file.write(_padding(member.size))
    file.write(_END_OF_ARCHIVE)


def read_archive(path: Path, *, into: Path | None) -> Manifest:
    """Return the manifest of a backup file after checking every byte of it.

    `into` is a folder into which the members are extracted and synced; if the file is refused, some of them may remain
    there. Raises BackupRefused, or OSError if the file cannot be read.
    """
    if not path.is_file():
        raise BackupRefused(f"There is no file {path}.")
    with path.open("rb") as file:
        return read_archive_stream(file, into=into)


def read_archive_stream(file: BinaryIO, *, into: Path | None) -> Manifest:
    """As `read_archive`, for an open file positioned at its start."""
    manifest = _read_manifest(file)
    for member in manifest.members:
        _expect(file, _header(member.name, member.size, manifest.made_at), member.name)
        _read_member(file, member, None if into is None else into / member.name)
        _expect(file, _padding(member.size), member.name)
    _expect(file, _END_OF_ARCHIVE, "end")
    if file.read(1):
        raise BackupRefused("Something follows the end of the backup: it is damaged or was altered.")
    return manifest


def _read_manifest(file: BinaryIO) -> Manifest:
    block = file.read(_BLOCK)
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise BackupRefused("This is no backup of Renvoi's, or its beginning is damaged.") from error
    if header.name != _MANIFEST_NAME or not 0 < header.size <= MAX_MANIFEST_BYTES:
        raise BackupRefused("This is no backup of Renvoi's, or its beginning is damaged.")
    content = file.read(header.size)
    manifest = Manifest.parse(content)
    if block != _header(_MANIFEST_NAME, len(content), manifest.made_at):
        raise BackupRefused("The beginning of the backup is damaged or was altered.")
    _expect(file, _padding(len(content)), "manifest")
    return manifest


def _read_member(file: BinaryIO, member: Member, target: Path | None) -> None:
    digest, size = hashlib.sha256(), 0
    with _open_target(target) as out:
        for chunk in _chunks(file, member.size):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        if target is not None:
            os.fsync(out.fileno())
    if size < member.size:
        raise BackupRefused(f"The backup is cut: {member.name} is not there to its end.")
    if digest.hexdigest() != member.sha256:
        raise BackupRefused(f"{member.name} is damaged: its SHA-256 is not the one in the manifest.")


def _open_target(target: Path | None) -> BinaryIO:
    if target is None:
        return Path(os.devnull).open("wb")
    target.parent.mkdir(mode=0o700, exist_ok=True)
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _expect(file: BinaryIO, expected: bytes, part: str) -> None:
    actual = file.read(len(expected))
    if actual == expected:
        return
    if len(actual) < len(expected):
        raise BackupRefused(f"The backup is cut at its {part}.")
    raise BackupRefused(f"The backup is damaged or was altered at its {part}.")


def _chunks(file: BinaryIO, size: int | None) -> Iterator[bytes]:
    """Yield the next bytes of a file in chunks: `size` of them, or all that follow if it is None."""
    while size is None or size > 0:
        chunk = file.read(_CHUNK_SIZE if size is None else min(size, _CHUNK_SIZE))
        if not chunk:
            return
        yield chunk
        if size is not None:
            size -= len(chunk)


def _header(name: str, size: int, made_at: int) -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.mtime, header.mode = size, made_at, 0o600
    return header.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
