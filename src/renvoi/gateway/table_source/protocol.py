"""The interface of a database that holds the published routing tables."""

from typing import Any, Protocol

TableVersion = tuple[int, Any]
"""The generation and the moment of publication: a restored database may reuse a generation for other content."""

NEWEST = "SELECT generation, published_at FROM partners_publishedtable ORDER BY generation DESC LIMIT 1"
LOGO = "SELECT content FROM publication_logo WHERE digest = "
CONTENT = "SELECT content FROM partners_publishedtable WHERE generation = "


class TableSourceUnavailable(Exception):
    """The database can't be read now. The message gives the reason in one line without a password."""


class TableSource(Protocol):
    """A database of published routing tables. Use it from one thread at a time."""

    def newest(self) -> TableVersion | None:
        """Return the newest version; None if nothing has been published yet. Raises TableSourceUnavailable."""

    def content(self, version: TableVersion) -> bytes | None:
        """Return the bytes of a version; None if it has been deleted. Raises TableSourceUnavailable."""

    def logo(self, digest: str) -> bytes | None:
        """Return the PNG of a logo; None if it is not stored. Raises TableSourceUnavailable."""

    def close(self) -> None:
        """Close the connection, if one is open."""
