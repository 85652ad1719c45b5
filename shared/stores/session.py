"""A session of PostgreSQL as our statements need it, whatever the shell, the role or a pooler would make of it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from typing import Any

from psycopg import AsyncConnection
from psycopg.errors import ProtocolViolation

from shared.errors import DatabaseUnavailable

_HEARD = frozenset({"PGPASSFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"})
"""Where secrets lie that no address holds."""
_SETTINGS = {
    "client_encoding": "UTF8",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "default_transaction_isolation": "read committed",
    **dict.fromkeys(
        ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"),
        "0",
    ),
}
_SINCE_17 = {"transaction_timeout": "0"}
_ROUNDS = 3
"""Another client of a busy pooler may come between, once or twice."""
PATIENCE_SECONDS = 3.0

Connection = AsyncConnection[Any]


def deafen(environ: MutableMapping[str, str]) -> None:
    """Remove what the driver's library reads unasked, such as the PGOPTIONS of a project that an editor has open."""
    for name in [name for name in environ if name.startswith("PG") and name not in _HEARD]:
        del environ[name]


async def settle(connection: Connection) -> None:
    """Set all that changes how a statement is read, how values are written and how long it may take."""
    wanted = _SETTINGS | (_SINCE_17 if connection.info.server_version >= 170000 else {})
    calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in wanted.items())
    await connection.execute(f"SELECT {calls}", prepare=False)


async def check_own_backend(connection: Connection, another: Callable[[], Awaitable[Connection]]) -> None:
    """Raise DatabaseUnavailable where a pooler takes the backend away after each transaction.

    Locks of a session and prepared statements are then another client's. `another` opens one more connection: while
    it is in a transaction it holds a backend, which must not be ours.
    """
    backend = await _backend(connection)
    if backend == connection.info.backend_pid:  # a pooler makes up an id of its own
        return
    async with AsyncExitStack() as held:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                other = await held.enter_async_context(await another())
                await _backend(other)
        except TimeoutError:  # every backend is another session's
            return
        for _ in range(_ROUNDS):
            if await _backend_beside(connection, other) != backend:
                raise shared_backend()


async def _backend_beside(connection: Connection, other: Connection) -> int | None:
    """The connection's backend while the other is in a transaction; None where it gets none."""
    try:
        async with other.transaction():
            await _backend(other)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await _backend(connection)
            except TimeoutError:  # the only one is held by the other
                return None
    except ProtocolViolation:  # a pooler that allows no transaction
        return None


def shared_backend() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "the pooler before PostgreSQL gives each transaction another session, and Lectern needs its own",
        "set it to session mode (PgBouncer: pool_mode = session), or name PostgreSQL itself in LECTERN_DATABASE_URL",
    )


async def _backend(connection: Connection) -> int:
    cursor = await connection.execute("SELECT pg_backend_pid() AS id", prepare=False)
    [row] = await cursor.fetchall()
    return int(row["id"])
