"""PostgreSQL: a pool that maps errors, and comes back by itself after the server was restarted."""

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from anyio import fail_after
from psycopg import AsyncConnection
from psycopg.adapt import AdaptersMap, Dumper
from psycopg.rows import dict_row
from psycopg.types import string
from psycopg.types.json import set_json_dumps
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from shared.errors import DatabaseUnavailable
from shared.stores.prompt import Unanswered, prompt
from shared.stores.refusals import is_lost, mapped, unreadable
from shared.stores.session import check_own_backend, deafen, settle
from shared.visible import visible_json, visible_markdown

Row = dict[str, Any]
Params = Mapping[str, object]

Pool = AsyncConnectionPool[AsyncConnection[Row]]

CONNECT_SECONDS = 8
WAIT_SECONDS = 60
"""For one of our own connections, while all are in use."""
RESTART_SECONDS = 3.0
"""How long a server that was there and went may take to come back."""
RESTART_PAUSE = 0.1
REPEATABLE = "-- repeatable"
"""How a statement that writes begins where it may be done twice; its file says why."""
_READS = re.compile(r"(?:--.*\n|\s)*(?:SELECT|WITH|TABLE|VALUES|SHOW)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO)\b", re.IGNORECASE)
_TEXTS = (
    *(string.StrBinaryDumperName, string.StrBinaryDumperVarchar, string.StrBinaryDumper),
    *(string.StrDumperName, string.StrDumperVarchar, string.StrDumper, string.StrDumperUnknown),
)
"""All that the driver has; the last one is the one that it takes where it can choose."""

logging.getLogger("psycopg").setLevel(logging.ERROR)  # what fails is raised, and told once


class Database:
    """Autocommit connections to one database.

    `locate` gives its URL, and is asked again whenever the server was lost: an embedded engine is
    started again by that, and a restarting server is waited for. A statement whose connection was lost
    may have been done all the same, so only one that changes nothing by that is repeated (`repeatable`).

    `patience` are seconds to wait for a connection, and for each answer on it; None is as long as it takes.
    """

    def __init__(
        self,
        locate: Callable[[], Awaitable[str]],
        application: str,
        *,
        most_connections: int = 4,
        patience: float | None = None,
    ) -> None:
        self._locate = locate
        self._application = application[:60]
        self._most_connections = most_connections
        self._patience = patience
        self._kind = AsyncConnection[Row] if patience is None else prompt(patience)
        self._pool: Pool | None = None
        self._back_by = 0.0
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Future[None]] = set()

    async def rows(self, statement: str, params: Params | None = None) -> list[Row]:
        """Every row of a statement; an empty list for a statement that returns none."""
        if not repeatable(statement):
            async with self.connection() as connection:
                return await fetched(connection, statement, params)
        async with mapped():
            pool = await self._ready()
            try:
                async with pool.connection() as connection:
                    return await fetched(connection, statement, params)
            except psycopg.Error as error:
                if not is_lost(error):
                    raise
                await self._forget(pool)
            async with (await self._ready()).connection() as connection:
                return await fetched(connection, statement, params)

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
    async def connection(self) -> AsyncIterator[AsyncConnection[Row]]:
        """A connection that answers, for as long as the block lasts, in autocommit."""
        async with mapped():
            pool = await self._ready()
            try:
                connection = await _answering(pool)
            except (PoolTimeout, Unanswered):
                raise
            except psycopg.Error:
                await self._forget(pool)
                pool = await self._ready()
                connection = await _answering(pool)
            try:
                yield connection
            finally:
                await pool.putconn(connection)

    def connections(self) -> Mapping[str, int]:
        """In use, idle, and how many statements wait for one."""
        said = self._pool.get_stats() if self._pool else {}
        size, idle = said.get("pool_size", 0), said.get("pool_available", 0)
        return {"used": size - idle, "idle": idle, "waiting": said.get("requests_waiting", 0)}

    async def close(self) -> None:
        """Close every connection; a later statement would open new ones."""
        if self._pool is not None:
            await self._forget(self._pool)

    async def _forget(self, lost: Pool) -> None:
        """The next statement asks where the server is and connects anew; what others opened since stays."""
        if self._pool is lost:
            self._pool = None
            self._back_by = asyncio.get_running_loop().time() + RESTART_SECONDS
        await lost.close(timeout=1)

    def _give_up(self, lost: Pool) -> None:
        """No connection is available any more: waiting callers learn it now, not after WAIT_SECONDS."""
        closing = asyncio.ensure_future(self._forget(lost))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _ready(self) -> Pool:
        """The pool; a server that was lost a moment ago is waited for: a restart takes a second or two."""
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    try:
                        return await self._open()
                    except psycopg.Error as error:
                        if not is_lost(error) or asyncio.get_running_loop().time() > self._back_by:
                            raise
                    await asyncio.sleep(RESTART_PAUSE)
        except TimeoutError as error:
            raise Unanswered(f"no connection within {self._patience:g} s") from error

    async def _open(self) -> Pool:
        async with self._opening:
            if self._pool is None:
                options: dict[str, Any] = {
                    "autocommit": True,
                    "connect_timeout": int(min(CONNECT_SECONDS, self._patience or CONNECT_SECONDS)),
                    "application_name": self._application,
                    "client_encoding": "UTF8",
                    "row_factory": dict_row,
                    "context": _WRITTEN,
                }
                url = await self._locate()
                deafen(os.environ)
                # The pool would only tell that it timed out, not that a password is wrong.
                try:
                    async with await self._kind.connect(url, **options) as probe:
                        _check_encoding(probe)
                        await _in_time(settle(probe))
                        await check_own_backend(probe, lambda: self._kind.connect(url, **options))
                except psycopg.ProgrammingError as error:
                    if error.sqlstate:  # the server's own, not the driver's
                        raise
                    raise unreadable(error) from None
                pool: Pool = AsyncConnectionPool(
                    url,
                    connection_class=self._kind,
                    min_size=1,
                    max_size=self._most_connections,
                    open=False,
                    configure=settle,
                    timeout=min(WAIT_SECONDS, self._patience or WAIT_SECONDS),
                    reconnect_timeout=1,
                    reconnect_failed=self._give_up,
                    kwargs=options,
                )
                await pool.open()
                self._pool = pool
            return self._pool


def _door() -> AdaptersMap:
    """How values are written: of every text, whichever statement sends it, only what a reader sees."""
    adapters = AdaptersMap(psycopg.adapters)
    for dumper in _TEXTS:
        adapters.register_dumper(str, _visible(dumper))
    set_json_dumps(lambda value: json.dumps(visible_json(value)), adapters)
    return adapters


def _visible(dumper: Any) -> type[Dumper]:
    class Visible(dumper):  # type: ignore[misc]
        def dump(self, text: str) -> Any:
            return super().dump(visible_markdown(text))

    return Visible


async def _in_time(first: Awaitable[None]) -> None:
    """The first statement: a pooler takes every connection, and may have no session for it."""
    try:
        with fail_after(CONNECT_SECONDS):
            await first
    except TimeoutError as error:
        raise DatabaseUnavailable(
            f"PostgreSQL accepts the connection and answers nothing within {CONNECT_SECONDS} s",
            "see whether it, or the pooler before it, is paused or has no session left",
        ) from error


def _check_encoding(connection: AsyncConnection[Row]) -> None:
    """In any other, some text of some page cannot be stored, or comes back as bytes."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in ("UTF8", None):
        raise DatabaseUnavailable(
            f"the database {connection.info.dbname} is in {encoding}, and Lectern needs UTF8",
            "make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0, "
            "and name it in LECTERN_DATABASE_URL",
        )


def repeatable(statement: str) -> bool:
    """Whether it may be done twice: it reads, or says of itself in its first line that twice is as good as once."""
    if statement.startswith(REPEATABLE):
        return True
    return bool(_READS.match(statement)) and not _WRITES.search(statement)


async def _answering(pool: Pool) -> AsyncConnection[Row]:
    """One that a restart has not cut: asked before use, for what it is used for cannot be repeated."""
    connection = await pool.getconn()
    try:
        await pool.check_connection(connection)
    except BaseException:
        await pool.putconn(connection)
        raise
    return connection


async def fetched(
    connection: AsyncConnection[Row], statement: str, params: Params | None = None
) -> list[Row]:
    """On a connection of one's own; none where the statement returns none."""
    cursor = await connection.execute(statement, params)
    return await cursor.fetchall() if cursor.description else []


_WRITTEN = _door()
