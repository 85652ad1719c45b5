"""PostgreSQL: a pool that maps errors, and comes back by itself after the server was restarted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import AsyncRowFactory, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from shared.errors import DatabaseUnavailable

Row = dict[str, Any]
Params = Mapping[str, object]

CONNECT_SECONDS = 8
_CONNECTION_LOST = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class Database:
    """Autocommit connections to one database.

    `locate` gives its URL, and is asked again whenever the server was lost: an embedded engine is
    started again by that. A statement outside a transaction is tried once more after such a loss.
    """

    def __init__(
        self, locate: Callable[[], Awaitable[str]], application: str, *, most_connections: int = 4
    ) -> None:
        self._locate = locate
        self._application = application[:60]
        self._most_connections = most_connections
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] | None = None
        self._opening = asyncio.Lock()

    async def rows(self, statement: str, params: Params | None = None) -> list[Row]:
        """Every row of a statement; an empty list for a statement that returns none."""
        try:
            return await self._rows(statement, params)
        except _CONNECTION_LOST:
            await self.reset()
        try:
            return await self._rows(statement, params)
        except _CONNECTION_LOST as error:
            raise unavailable(error) from error

    async def row(self, statement: str, params: Params | None = None) -> Row | None:
        """The first row, or None."""
        rows = await self.rows(statement, params)
        return rows[0] if rows else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection[Row]]:
        """A connection in a transaction that is committed at the end and rolled back on any error."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def connection(
        self, row_factory: AsyncRowFactory[Any] = dict_row
    ) -> AsyncIterator[AsyncConnection[Any]]:
        """A connection for as long as the block lasts, in autocommit."""
        try:
            pool = await self._open()
            connection = await pool.getconn()
        except _CONNECTION_LOST:
            await self.reset()
            try:
                pool = await self._open()
                connection = await pool.getconn()
            except _CONNECTION_LOST as error:
                raise unavailable(error) from error
        connection.row_factory = row_factory
        try:
            yield connection
        except _CONNECTION_LOST as error:
            raise unavailable(error) from error
        finally:
            await pool.putconn(connection)

    async def reset(self) -> None:
        """Drop every connection; the next statement asks where the server is and connects anew."""
        async with self._opening:
            pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close(timeout=1)

    close = reset

    async def _rows(self, statement: str, params: Params | None) -> list[Row]:
        pool = await self._open()
        async with pool.connection() as connection:
            connection.row_factory = dict_row
            cursor = await connection.execute(statement, params)
            return await cursor.fetchall() if cursor.description else []

    async def _open(self) -> AsyncConnectionPool[AsyncConnection[Any]]:
        async with self._opening:
            if self._pool is None:
                url = await self._locate()
                pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
                    url,
                    min_size=1,
                    max_size=self._most_connections,
                    open=False,
                    timeout=CONNECT_SECONDS,
                    reconnect_timeout=1,
                    kwargs={
                        "autocommit": True,
                        "connect_timeout": CONNECT_SECONDS,
                        "application_name": self._application,
                    },
                )
                await self._first_connection(url)
                await pool.open()
                self._pool = pool
            return self._pool

    async def _first_connection(self, url: str) -> None:
        """Connect once by hand: the pool would only tell that it timed out, not that a password is wrong."""
        connection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name=self._application
        )
        await connection.close()


def unavailable(error: Exception) -> DatabaseUnavailable:
    """What a person reads of a lost or refused connection: the server's own words, without the URL."""
    reason = " ".join(str(error).split())
    return DatabaseUnavailable(
        f"PostgreSQL does not serve us ({reason})", "check LECTERN_DATABASE_URL, or run `ingest doctor`"
    )
