"""Build Django's DATABASES setting for the business rows, on SQLite or PostgreSQL."""

from typing import Any

from renvoi.config import Config
from renvoi.sqlite_access import may_write, reading_uri

LOCK_TIMEOUT_S = 10
"""How long a writer waits for another. After it, the console says what is being written, and shows the form again."""

# They belong to a connection. A larger cache is not faster, and each export would fill its own. Without a limit, the
# write-ahead log stays on disk as long as one large transaction once made it.
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4000; PRAGMA journal_size_limit=33554432;"
)
_STATEMENT_TIMEOUT_S = 60
# Connection parameters, as libpq names them. They detect a lost host within 30 s instead of TCP's two hours.
_LIBPQ_DEFAULTS = {
    "application_name": "renvoi",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# They apply within a transaction, never to a session: a pooler may give it to another client. A session that stops
# responding inside a transaction would block every other writer.
_TRANSACTION_TIMEOUTS_MS = {
    "lock_timeout": LOCK_TIMEOUT_S * 1000,
    "statement_timeout": _STATEMENT_TIMEOUT_S * 1000,
    "idle_in_transaction_session_timeout": _STATEMENT_TIMEOUT_S * 1000,
}


def default_database(config: Config) -> dict[str, Any]:
    """The entry `default` of Django's DATABASES."""
    return _postgresql(config.postgresql_url) if config.postgresql_url else _sqlite(config)


def _sqlite(config: Config) -> dict[str, Any]:
    path = config.database_path
    if path.exists() and not may_write(path):
        return {"ENGINE": "renvoi.server.sqlite", "NAME": reading_uri(path), "OPTIONS": {"timeout": LOCK_TIMEOUT_S}}
    return {
        "ENGINE": "renvoi.server.sqlite",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_TIMEOUT_S,
            "init_command": _SQLITE_PRAGMAS,
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    """Settings from a URL. Its parameters override the defaults, but not the isolation level that actions rely on.

    `TIMEOUTS_MS` is for `renvoi.server.postgresql`. A timeout that the URL's `options` name is left to them.
    """
    from psycopg import IsolationLevel  # noqa: PLC0415 (importing it takes 0.1 s, which SQLite need not pay)
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 (as above)

    params: dict[str, Any] = conninfo_to_dict(url)
    options = str(params.get("options", ""))
    return {
        "ENGINE": "renvoi.server.postgresql",
        "NAME": params.pop("dbname"),
        "USER": params.pop("user", ""),
        "PASSWORD": params.pop("password", ""),
        "HOST": params.pop("host", ""),
        "PORT": params.pop("port", ""),
        # Under ASGI each request has a thread of its own: a connection that outlived it would never be reused.
        "CONN_MAX_AGE": 0,
        "TIMEOUTS_MS": {name: value for name, value in _TRANSACTION_TIMEOUTS_MS.items() if name not in options},
        "OPTIONS": _LIBPQ_DEFAULTS | params | {"isolation_level": IsolationLevel.READ_COMMITTED},
    }
