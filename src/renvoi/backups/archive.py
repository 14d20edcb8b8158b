"""Hides how the members stand in the file: a tar without any freedom, of which every byte follows from the manifest.

Names, sizes and digests are the manifest's, all else is fixed; so a header is not read but compared with the one that
there must be. A link, a path that leads elsewhere, a second member of a name, a byte between members or after the end
are not cases to think of: they are not the bytes that must be there.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from renvoi.backups.manifest import LARGEST, BackupRefused, Manifest, Member

_MANIFEST = "manifest.json"
_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_AT_ONCE = 1 << 20


def member_of(folder: Path, name: str) -> Member:
    """What the manifest says of a file in that folder."""
    digest, size = hashlib.sha256(), 0
    with (folder / name).open("rb") as file:
        for piece in _pieces(file, None):
            digest.update(piece)
            size += len(piece)
    return Member(name=name, size=size, sha256=digest.hexdigest())


def write_archive(file: BinaryIO, *, manifest: Manifest, folder: Path) -> None:
    """Write the manifest and the members, which are in that folder. Raises OSError."""
    written = manifest.serialise()
    file.write(_header(_MANIFEST, len(written), manifest.made_at) + written + _padding(len(written)))
    for member in manifest.members:
        file.write(_header(member.name, member.size, manifest.made_at))
        with (folder / member.name).open("rb") as source:
            file.writelines(_pieces(source, None))
        file.write(_padding(member.size))
    file.write(_END)


def read_archive(path: Path, *, into: Path | None) -> Manifest:
    """The manifest of a file of which every byte is right. Raises BackupRefused, or OSError where it can't be read.

    With `into`, a folder, its members are put there, synced; where the file is refused some of them may be there.
    """
    if not path.is_file():
        raise BackupRefused(f"There is no file {path}.")
    with path.open("rb") as file:
        return read_opened(file, into=into)


def read_opened(file: BinaryIO, *, into: Path | None) -> Manifest:
    """As `read_archive`, of a file that is at its beginning."""
    manifest = _read_manifest(file)
    for member in manifest.members:
        _expect(file, _header(member.name, member.size, manifest.made_at), member.name)
        _read_member(file, member, None if into is None else into / member.name)
        _expect(file, _padding(member.size), member.name)
    _expect(file, _END, "end")
    if file.read(1):
        raise BackupRefused("Something follows the end of the backup: it is damaged or was altered.")
    return manifest


def _read_manifest(file: BinaryIO) -> Manifest:
    block = file.read(_BLOCK)
    try:
        found = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise BackupRefused("This is no backup of Renvoi's, or its beginning is damaged.") from error
    if found.name != _MANIFEST or not 0 < found.size <= LARGEST:
        raise BackupRefused("This is no backup of Renvoi's, or its beginning is damaged.")
    written = file.read(found.size)
    manifest = Manifest.parse(written)
    if block != _header(_MANIFEST, len(written), manifest.made_at):
        raise BackupRefused("The beginning of the backup is damaged or was altered.")
    _expect(file, _padding(len(written)), "manifest")
    return manifest


def _read_member(file: BinaryIO, member: Member, target: Path | None) -> None:
    digest, size = hashlib.sha256(), 0
    with _writing(target) as out:
        for piece in _pieces(file, member.size):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        out.flush()
        if target is not None:
            os.fsync(out.fileno())
    if size < member.size:
        raise BackupRefused(f"The backup is cut: {member.name} is not there to its end.")
    if digest.hexdigest() != member.sha256:
        raise BackupRefused(f"{member.name} is damaged: its SHA-256 is not the one in the manifest.")


def _writing(target: Path | None) -> BinaryIO:
    if target is None:
        return Path(os.devnull).open("wb")
    target.parent.mkdir(mode=0o700, exist_ok=True)
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _expect(file: BinaryIO, expected: bytes, what: str) -> None:
    found = file.read(len(expected))
    if found == expected:
        return
    if len(found) < len(expected):
        raise BackupRefused(f"The backup is cut at its {what}.")
    raise BackupRefused(f"The backup is damaged or was altered at its {what}.")


def _pieces(file: BinaryIO, size: int | None) -> Iterator[bytes]:
    """The next bytes of a file, so many at the most, a piece at a time."""
    while size is None or size > 0:
        piece = file.read(_AT_ONCE if size is None else min(size, _AT_ONCE))
        if not piece:
            return
        yield piece
        if size is not None:
            size -= len(piece)


def _header(name: str, size: int, made_at: int) -> bytes:
    found = tarfile.TarInfo(name)
    found.size, found.mtime, found.mode = size, made_at, 0o600
    return found.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
