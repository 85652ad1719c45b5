"""One process writes to a library at a time; a killed one's lock is freed by PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from psycopg import Error

from shared.errors import CrawlBusy, StoreError
from shared.stores import sql
from shared.stores.postgres import Database
from shared.stores.refusals import mapped

_SQL = sql.load("shared.catalogue", "locks.sql")

StillLocked = Callable[[], Awaitable[None]]
"""Raises DatabaseUnavailable if the connection that holds the lock was lost, and with it the lock."""


async def library_holder(database: Database, library_id: str) -> str | None:
    """Who holds a library, if anybody does."""
    row = await database.row(_SQL["lock_holder"], {"library_id": library_id})
    return str(row["holder"]) if row else None


@asynccontextmanager
async def library_lock(database: Database, library_id: str) -> AsyncIterator[StillLocked]:
    """Hold a library for as long as the block lasts. Raises CrawlBusy with who holds it."""
    asked = {"library_id": library_id}
    async with database.connection() as connection:

        async def still_locked() -> None:
            async with mapped():
                await connection.execute("SELECT 1")

        taken = await (await connection.execute(_SQL["try_lock"], asked)).fetchone()
        if not taken or not taken["held"]:
            holder = await (await connection.execute(_SQL["lock_holder"], asked)).fetchone()
            who = f"{holder['holder']}, since {holder['since']:%H:%M:%S}" if holder else "another process"
            raise CrawlBusy(f"{library_id} is being written to already ({who})", "wait for it, or stop it")
        try:
            yield still_locked
        finally:
            with suppress(Error, StoreError):  # a lost connection has given the lock back itself
                await connection.execute(_SQL["unlock"], asked)
