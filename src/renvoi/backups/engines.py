"""Factory for the backup engine. A module of its own, so that the engines never import each other."""

from renvoi.backups.manifest import EngineName
from renvoi.backups.postgresql import PostgresqlEngine
from renvoi.backups.protocol import Engine
from renvoi.backups.sqlite import SqliteEngine
from renvoi.config import Config


def engine_name(config: Config) -> EngineName:
    """Return the name of the engine that a configuration selects."""
    return "postgresql" if config.postgresql_url else "sqlite"


def open_engine(name: EngineName, config: Config) -> Engine:
    """Return the engine of that name, from a manifest or from `engine_name`. It connects on first use."""
    if name == "postgresql":
        return PostgresqlEngine(config)
    return SqliteEngine(config)
