"""Tests of the backup file: every byte counts, and nothing but a backup is accepted."""

import gzip
import io
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from renvoi.backups.archive import read_archive, read_archive_stream
from renvoi.backups.manifest import BackupRefused, Manifest, Member
from tests.backups.cast import forge_manifest, tree, write_small_backup

pytestmark = pytest.mark.own_databases


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_small_backup(tmp_path)


def refusal(path: Path, into: Path | None = None) -> str:
    """Return why a file is refused; empty if it is accepted."""
    try:
        read_archive(path, into=into)
    except BackupRefused as error:
        return str(error)
    return ""


def refusal_of(content: bytes) -> str:
    """Return why a file with this content is refused; empty if it is accepted."""
    try:
        read_archive_stream(io.BytesIO(content), into=None)
    except BackupRefused as error:
        return str(error)
    return ""


def test_extracted_members_equal_written_ones(path: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    manifest = read_archive(path, into=into)
    assert [member.name for member in manifest.members] == [
        "business.sqlite3",
        "ledger.sqlite3",
        "secret-key",
        "ledger-spool/7-0a1b2c.spool",
    ]
    assert tree(into) == {
        "business.sqlite3": b"rows",
        "ledger.sqlite3": b"entries" * 100,
        "secret-key": b"k" * 64,
        "ledger-spool/7-0a1b2c.spool": b"",
    }
    assert {file.stat().st_mode & 0o777 for file in into.rglob("*") if file.is_file()} == {0o600}


def test_backup_is_readable_as_tar(path: Path) -> None:
    with tarfile.open(path) as file:
        assert file.getnames()[0] == "manifest.json"
        member = file.extractfile("ledger.sqlite3")
        assert member is not None
        assert member.read() == b"entries" * 100


def test_altered_byte_is_refused(path: Path) -> None:
    content, draw = path.read_bytes(), random.Random(4)
    unnoticed = []
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 1 << draw.randrange(8)
        if not refusal_of(bytes(altered)):
            unnoticed.append(place)
    assert unnoticed == []


def test_truncated_backup_is_refused(path: Path) -> None:
    content = path.read_bytes()
    assert [length for length in range(len(content)) if not refusal_of(content[:length])] == []


@pytest.mark.parametrize("more", [b"\0", bytes(512), bytes(9216), b"x" * 512])
def test_trailing_bytes_are_refused(path: Path, more: bytes) -> None:
    path.write_bytes(path.read_bytes() + more)
    assert "follows the end" in refusal(path)


def test_swapped_blocks_are_refused(path: Path) -> None:
    content = path.read_bytes()
    blocks = [content[at : at + 512] for at in range(0, len(content), 512)]
    for one in range(len(blocks) - 1):
        changed = [*blocks]
        changed[one], changed[one + 1] = changed[one + 1], changed[one]
        if changed != blocks:
            assert refusal_of(b"".join(changed)), one


def _tar(*members: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for member in members:
            file.addfile(member, io.BytesIO(bytes(member.size)) if member.isreg() else None)
    return out.getvalue()


def _info(name: str, **attributes: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


FOREIGN = {
    "empty file": b"",
    "text": b"not a backup\n" * 100,
    "zip": b"PK\x05\x06" + bytes(18),
    "gzip": gzip.compress(b"x" * 2000),
    "zeros": bytes(10240),
    "SQLite": b"SQLite format 3\0" + bytes(4080),
    "empty tar": _tar(),
    "traversal": _tar(_info("../evil", size=4)),
    "absolute": _tar(_info("/etc/evil", size=4)),
    "symlink": _tar(_info("manifest.json", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "hard link": _tar(_info("manifest.json", type=tarfile.LNKTYPE, linkname="x")),
    "device": _tar(_info("manifest.json", type=tarfile.CHRTYPE)),
    "empty manifest": _tar(_info("manifest.json")),
    "manifest of zeros": _tar(_info("manifest.json", size=600)),
    "huge manifest": _info("manifest.json", size=1 << 60).tobuf(),
    "pax": _tar(_info("é" * 200, size=1)),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_file_is_refused(name: str, tmp_path: Path) -> None:
    path, into = tmp_path / "foreign", tmp_path / "into"
    into.mkdir()
    path.write_bytes(FOREIGN[name])
    assert refusal(path, into)
    assert tree(into) == {}


def test_missing_file_is_reported(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone") == f"There is no file {tmp_path / 'gone'}."
    assert refusal(tmp_path) == f"There is no file {tmp_path}."


def _first(change: dict[str, Any]) -> Callable[[Manifest], dict[str, Any]]:
    """Change the first member."""

    def changed(manifest: Manifest) -> dict[str, Any]:
        first, *rest = [member.model_dump() for member in manifest.members]
        return {"members": [first | change, *rest]}

    return changed


def _members(change: Callable[[tuple[Member, ...]], tuple[Member, ...]]) -> Callable[[Manifest], dict[str, Any]]:
    return lambda manifest: {"members": [member.model_dump() for member in change(manifest.members)]}


FORGED: dict[str, tuple[Callable[[Manifest], dict[str, Any]], str]] = {
    "traversal": (_first({"name": "../business.sqlite3"}), "damaged, or this is no backup"),
    "absolute": (_first({"name": "/etc/passwd"}), "damaged, or this is no backup"),
    "unknown name": (_first({"name": "renvoi.sqlite3"}), "damaged, or this is no backup"),
    "name with newline": (_first({"name": "business.sqlite3\n"}), "damaged, or this is no backup"),
    "spool file outside its folder": (_first({"name": "ledger-spool/../../x.spool"}), "damaged, or this is no backup"),
    "negative size": (_first({"size": -1}), "damaged, or this is no backup"),
    "size that is a string": (_first({"size": "4"}), "damaged, or this is no backup"),
    "huge member": (_first({"size": 1 << 60}), "at its business.sqlite3"),
    "missing ledger": (_members(lambda members: (members[0], *members[2:])), "does not have the files"),
    "duplicate member": (_members(lambda members: (*members, members[2])), "does not have the files"),
    "duplicate ledger": (_members(lambda members: (*members, members[1])), "does not have the files"),
    "other engine": (lambda _: {"engine": "postgresql"}, "does not have the files"),
    "unknown engine": (lambda _: {"engine": "mysql"}, "damaged, or this is no backup"),
    "newer version": (lambda _: {"renvoi": "0.10.0"}, "newer than this one"),
    "invalid version": (lambda _: {"renvoi": "new"}, "damaged, or this is no backup"),
    "unknown format": (lambda _: {"form": 2}, "in format 2"),
    "unknown field": (lambda _: {"more": 1}, "damaged, or this is no backup"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_manifest_is_refused(name: str, path: Path, tmp_path: Path) -> None:
    change, expected = FORGED[name]
    manifest = read_archive(path, into=None)
    written = forge_manifest(manifest, **change(manifest))
    header = _info("manifest.json", size=len(written), mtime=manifest.made_at, mode=0o600).tobuf(tarfile.GNU_FORMAT)
    remainder = path.read_bytes()[_end_of_manifest(manifest) :]
    path.write_bytes(header + written + bytes(-len(written) % 512) + remainder)
    into = tmp_path / "into"
    into.mkdir()
    assert expected in refusal(path, into)
    assert tree(into) == {}


def test_unchanged_forged_manifest_is_accepted(path: Path) -> None:
    """The refusals above are not caused by forging itself."""
    manifest = read_archive(path, into=None)
    assert path.read_bytes()[512:].startswith(forge_manifest(manifest))


@pytest.mark.parametrize("written", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"form": NaN, "seal": 1}'])
def test_invalid_manifest_is_refused(written: bytes) -> None:
    with pytest.raises(BackupRefused):
        Manifest.parse(written)


def test_manifest_in_another_serialisation_is_refused(path: Path) -> None:
    written = read_archive(path, into=None).serialise()
    for other in (written + b"\n", written.replace(b"\n ", b"\n  ", 1), written.replace(b"{", b'{"form": 1,', 1)):
        with pytest.raises(BackupRefused):
            Manifest.parse(other)


def _end_of_manifest(manifest: Manifest) -> int:
    size = len(manifest.serialise())
    return 512 + size + (-size % 512)
