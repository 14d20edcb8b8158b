"""Find out whether PostgreSQL is reached through a connection pooler, and whether it keeps a client's session to it.

PostgreSQL reports the process of a session when it begins. A pooler reports a number of its own instead, and another
process executes the queries. If that process changes between two transactions, or two clients get the same one, the
pooler shares sessions between transactions (PgBouncer: pool_mode = transaction).
"""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from psycopg import AsyncConnection

Pooler = Literal["none", "of sessions", "of transactions", "unknown"]

DESCRIPTIONS: dict[Pooler, tuple[str, str]] = {
    "none": ("PostgreSQL is reached directly", ""),
    "of sessions": ("PostgreSQL is reached through a pooler that keeps sessions", ""),
    "of transactions": (
        "PostgreSQL is reached through a pooler that shares sessions between transactions",
        "not supported yet: let RENVOI_DATABASE_URL lead to PostgreSQL itself (port 5432), or set pool_mode = session",
    ),
    "unknown": (
        "PostgreSQL is reached through a pooler that gave no second session in time",
        "give it more sessions (in PgBouncer: default_pool_size), 18 for each worker; its pool_mode must be session",
    ),
}
"""What each one means, and what to do; nothing if it is in order."""

_REFUSED = "unsupported startup parameter"
_ROUNDS = 6
_TIMEOUT_S = 3.0
_SELECT_PID = "SELECT pg_backend_pid()"


def find_pooler(url: str) -> Pooler:
    """Return what is between this process and PostgreSQL. Takes 20 ms without a pooler, up to 8 s with one.

    "unknown": a pooler that did not give a second session in time. Raises psycopg.Error if the database can't be used.
    """
    return asyncio.run(_find_pooler(url))


def error_line(error: BaseException) -> str:
    """Return the first line of an error of PostgreSQL, with an explanation if a pooler refused a parameter.

    The other lines are hints, or quote values.
    """
    line = str(error).strip().partition("\n")[0]
    if _REFUSED not in line:
        return line
    return (
        f"{line.rstrip('.')}. A connection pooler refuses the parameters of a session that RENVOI_DATABASE_URL gives"
        " (options=…): remove them, name them in the pooler's ignore_startup_parameters and set them for the account"
        " (ALTER ROLE … SET …), or give the address of PostgreSQL itself."
    )


async def _find_pooler(url: str) -> Pooler:
    from psycopg import AsyncConnection  # noqa: PLC0415 (importing it takes 0.1 s, which SQLite need not pay)

    async def connect() -> "AsyncConnection":
        connection = await AsyncConnection.connect(url, autocommit=True, connect_timeout=5, prepare_threshold=None)
        return await stack.enter_async_context(connection)

    async with AsyncExitStack() as stack:
        first = await connect()
        pid = await _backend_pid(first)
        if pid == first.info.backend_pid:
            return "none"
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                second = await connect()
                return "of transactions" if await _share_sessions(first, second, pid) else "of sessions"
        except TimeoutError:
            return "unknown"


async def _share_sessions(first: "AsyncConnection", second: "AsyncConnection", pid: int) -> bool:
    """Return whether two clients get each other's sessions, or one of them gets another one.

    The second one holds its session within a transaction, so that a pooler has to give the first one another.
    """
    for _ in range(_ROUNDS):
        await second.execute("BEGIN")
        is_shared = await _backend_pid(second) == pid or await _backend_pid(first) != pid
        await second.execute("ROLLBACK")
        if is_shared:
            return True
    return False


async def _backend_pid(connection: "AsyncConnection") -> int:
    row = await (await connection.execute(_SELECT_PID)).fetchone()
    assert row is not None  # noqa: S101 (a SELECT without FROM has one row)
    return int(row[0])
