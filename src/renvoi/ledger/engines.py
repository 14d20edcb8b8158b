"""Factory for the ledger's store. A module of its own, so that the engines never import each other."""

from renvoi.config import Config
from renvoi.ledger.postgresql import PostgresqlStore
from renvoi.ledger.protocol import Store
from renvoi.ledger.sqlite import SqliteStore


def open_store(config: Config) -> Store:
    """Return the ledger's store for a configuration. It connects on first use."""
    if config.postgresql_url:
        return PostgresqlStore(config.postgresql_url)
    return SqliteStore(config.ledger_path)
