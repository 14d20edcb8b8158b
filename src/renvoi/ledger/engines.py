"""Factory for the ledger's store. A module of its own, so that the engines never import each other."""

from renvoi.config import Config
from renvoi.ledger.postgresql import PostgresqlStore
from renvoi.ledger.protocol import Store
from renvoi.ledger.sqlite import SqliteStore


def open_store(config: Config) -> Store:
    """The ledger of a configuration. Nothing is connected yet."""
    if config.postgresql_url:
        return PostgresqlStore(config.postgresql_url)
    return SqliteStore(config.ledger_path)
