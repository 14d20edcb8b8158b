"""The interface of a database that holds the published routing tables."""

from typing import Any, Protocol

TableVersion = tuple[int, Any]
"""The generation and the moment of its publication: a restored database may use a number again for another content."""

NEWEST = "SELECT generation, published_at FROM partners_publishedtable ORDER BY generation DESC LIMIT 1"
CONTENT = "SELECT content FROM partners_publishedtable WHERE generation = "


class TableSourceUnavailable(Exception):
    """The database can't be read now. The message says why, in one line without any password."""


class TableSource(Protocol):
    """Where published routing tables are found. Used by one thread at a time."""

    def newest(self) -> TableVersion | None:
        """The newest version, None where nothing has been published yet. Raises TableSourceUnavailable."""

    def content(self, version: TableVersion) -> bytes | None:
        """That version's bytes, None where it is gone. Raises TableSourceUnavailable."""

    def close(self) -> None:
        """Close the connection, if one is open."""
