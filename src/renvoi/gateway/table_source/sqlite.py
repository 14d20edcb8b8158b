"""Read the published routing tables from the SQLite file."""

from contextlib import closing
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite3

from renvoi.gateway.table_source.protocol import CONTENT, LOGO, NEWEST, TableSourceUnavailable, TableVersion

_BUSY_TIMEOUT_S = 0.2


class SqliteTableSource:
    """Opens a connection for each query (0.2 ms), because a restore may replace the file at any time."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.as_uri()}?mode=ro"

    def newest(self) -> TableVersion | None:
        """See TableSource."""
        row = self._fetch_row(NEWEST)
        return (row[0], row[1]) if row else None

    def content(self, version: TableVersion) -> bytes | None:
        """See TableSource."""
        row = self._fetch_row(f"{CONTENT}?", version[0])
        return bytes(row[0]) if row else None

    def logo(self, digest: str) -> bytes | None:
        """See TableSource."""
        row = self._fetch_row(f"{LOGO}?", digest)
        return bytes(row[0]) if row else None

    def close(self) -> None:
        """Do nothing: no connection stays open."""

    def _fetch_row(self, query: str, *values: int | str) -> Any:
        try:
            with closing(sqlite3.connect(self._uri, uri=True, timeout=_BUSY_TIMEOUT_S)) as connection:
                return connection.execute(query, values).fetchone()
        except (sqlite3.Error, OSError) as error:
            raise TableSourceUnavailable(str(error)) from error
