"""Choose the database engine from which published routing tables are read.

The factory is a module of its own so that the engines never import each other.
"""

from renvoi.config import Config
from renvoi.gateway.table_source.postgresql import PostgresqlTableSource
from renvoi.gateway.table_source.protocol import TableSource
from renvoi.gateway.table_source.sqlite import SqliteTableSource


def open_table_source(config: Config) -> TableSource:
    """Return the source of published tables for a configuration. It connects at its first use."""
    if config.postgresql_url:
        return PostgresqlTableSource(config.postgresql_url)
    return SqliteTableSource(config.database_path)
