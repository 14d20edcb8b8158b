"""Factory for the backup engine. A module of its own, so that the engines never import each other."""

from renvoi.backups.manifest import EngineName
from renvoi.backups.postgresql import PostgresqlEngine
from renvoi.backups.protocol import Engine
from renvoi.backups.sqlite import SqliteEngine
from renvoi.config import Config


def engine_name(config: Config) -> EngineName:
    """The name of the engine that a configuration chooses."""
    return "postgresql" if config.postgresql_url else "sqlite"


def open_engine(name: EngineName, config: Config) -> Engine:
    """The engine of that name, as a manifest or `engine_name` gives it. Nothing is opened yet."""
    if name == "postgresql":
        return PostgresqlEngine(config)
    return SqliteEngine(config)
