"""Manifest of a backup: its members, the digests that prove it complete, and its single canonical serialisation.

The manifest is JSON in exactly one form. It contains a digest: the SHA-256 of the manifest itself with an empty digest.
It lists each member with its size and SHA-256, so the digest covers every byte of the file.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from renvoi import __version__

FORMAT_VERSION = 1
"""The format that this version writes, and the only one that it reads."""

MAX_MANIFEST_BYTES = 16 * 1024 * 1024
"""Enough for the names of a hundred thousand spool files."""

SECRET_KEY = "secret-key"  # noqa: S105 (a file name)
SPOOL = "ledger-spool/"
BUSINESS = "business.sqlite3"
LEDGER = "ledger.sqlite3"
DUMP = "database.dump"

EngineName = Literal["sqlite", "postgresql"]

# Optional members are the secret key and the files of the spool.
REQUIRED_MEMBERS: dict[EngineName, tuple[str, ...]] = {"sqlite": (BUSINESS, LEDGER), "postgresql": (DUMP,)}
_SPOOL_FILE = r"ledger-spool/[0-9a-z-]{1,60}\.(?:spool|damaged)"
_MEMBER_NAME = rf"^(?:business\.sqlite3|ledger\.sqlite3|database\.dump|secret-key|{_SPOOL_FILE})$"
_SHA256 = r"^[0-9a-f]{64}$"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")

NonNegativeInt = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=_SHA256)]


class BackupRefused(Exception):
    """The file is not a backup that can be restored here. The message is a sentence that says why."""


class _FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Member(_FrozenModel):
    """One file of the backup, with its size in bytes."""

    name: Annotated[str, Field(pattern=_MEMBER_NAME)]
    size: NonNegativeInt
    sha256: Sha256


class TableDigest(_FrozenModel):
    """Number of rows of a table, and the order-independent digest of all of them (see RowsDigest)."""

    rows: NonNegativeInt
    digest: Sha256


class LedgerEnd(_FrozenModel):
    """End of the ledger: its last position, and the digest that covers all entries."""

    position: NonNegativeInt
    digest: Sha256


class Manifest(_FrozenModel):
    """Everything that a backup says about itself.

    `tables` contains the business tables that have a digest; on PostgreSQL, where both share one database, also the
    ledger's.
    """

    # Format 1 calls these two "form" and "seal" in its JSON.
    format_version: Annotated[Literal[1], Field(alias="form")] = 1
    renvoi: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+[0-9a-z.+-]*$")]
    made_at: Annotated[int, Field(ge=0, lt=1 << 33)]
    engine: EngineName
    members: tuple[Member, ...]
    tables: dict[str, TableDigest]
    ledger: LedgerEnd

    @property
    def digest(self) -> str:
        """SHA-256 that covers every byte of the backup."""
        return hashlib.sha256(self._encode("")).hexdigest()

    def serialise(self) -> bytes:
        """Return the manifest's bytes, including its digest."""
        return self._encode(self.digest)

    def row_count(self, table: str) -> int:
        """Return the number of rows of a table, in whatever schema it is; 0 if there is no such table."""
        return next((content.rows for name, content in self.tables.items() if name.rpartition(".")[2] == table), 0)

    @property
    def spooled(self) -> tuple[str, ...]:
        """Names of the members that are files of the spool."""
        return tuple(member.name for member in self.members if member.name.startswith(SPOOL))

    @property
    def has_secret_key(self) -> bool:
        """Whether the backup contains the secret key."""
        return any(member.name == SECRET_KEY for member in self.members)

    def _encode(self, digest: str) -> bytes:
        fields = self.model_dump(mode="json", by_alias=True) | {"seal": digest}
        return (json.dumps(fields, indent=1) + "\n").encode("ascii")

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Return the manifest that these bytes contain. Raises BackupRefused."""
        try:
            fields = json.loads(content)
            version = fields.pop("form")
            digest = fields.pop("seal")
            if version != FORMAT_VERSION:
                raise BackupRefused(
                    f"This backup is in format {version!r}, and Renvoi {__version__} reads format {FORMAT_VERSION}."
                )
            manifest = cls.model_validate_json(json.dumps(fields))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError) as error:
            raise BackupRefused("The manifest is damaged, or this is no backup of Renvoi's.") from error
        # There is one canonical serialisation, so any change to the bytes is detected.
        if manifest.digest != digest or manifest.serialise() != content:
            raise BackupRefused("The manifest is not as it was written: the backup is damaged or was altered.")
        _validate(manifest)
        return manifest


@dataclass(frozen=True, slots=True)
class Copied:
    """What an engine has copied: the digests of its tables, and the end of the ledger."""

    tables: dict[str, TableDigest]
    ledger: LedgerEnd


class RowsDigest:
    """Digest of rows in any order: the sum of the SHA-256 of each row's line, modulo 2^256.

    It protects against damage, not against forgery.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        """Add a row, as bytes that differ from those of every other row of the table."""
        self._rows += 1
        self._sum += int.from_bytes(hashlib.sha256(line).digest(), "big")

    def result(self) -> TableDigest:
        """Return the digest of the rows added so far."""
        return TableDigest(rows=self._rows, digest=f"{self._sum % (1 << 256):064x}")


TABLES_WITHOUT_ROWS = (
    "django_session",
    "people_staffsession",
    "people_device",
    "people_passwordcheck",
    "people_draft",
    "server_cache",
    "partners_pdfexport",
    "downloads_downloadpiece",
    "partners_partnerimport",
    "partners_importpiece",
    "cluster_host",
    "renvoi_last_backup",
)
"""Tables backed up without their rows: sessions, recognized browsers, failed sign-ins, forms that were sent after the
session had ended, the cache, PDFs and files to import (gone after a day), living hosts, and when the last backup was
made."""
TABLES_WITHOUT_DIGEST = frozenset({*TABLES_WITHOUT_ROWS, "partners_publishedtable"})
"""Tables without a digest: those, and the routing tables, which `publish` recreates from the rows."""


def require_same_tables(actual: dict[str, TableDigest], expected: dict[str, TableDigest], *, where: str) -> None:
    """Raise BackupRefused, naming the tables whose rows differ."""
    names = sorted(name for name in actual.keys() | expected.keys() if actual.get(name) != expected.get(name))
    if names:
        raise BackupRefused(f"{where} differs from what the manifest says: {', '.join(names[:5])}.")


def _validate(manifest: Manifest) -> None:
    names = [member.name for member in manifest.members]
    databases = tuple(name for name in names if name in {BUSINESS, LEDGER, DUMP})
    if len(set(names)) != len(names) or databases != REQUIRED_MEMBERS[manifest.engine]:
        raise BackupRefused("The backup does not have the files that a backup has: it was not made by Renvoi.")
    if _version_tuple(manifest.renvoi) > _version_tuple(__version__):
        raise BackupRefused(
            f"The backup was made by Renvoi {manifest.renvoi}, which is newer than this one ({__version__}):"
            " restore it with that version or a later one."
        )


def _version_tuple(version: str) -> tuple[int, ...]:
    match = _VERSION.match(version)
    return tuple(map(int, match.groups())) if match else ()
