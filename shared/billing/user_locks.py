"""Whoever writes about a user's money locks that user's row first: one at a time, however many programs run."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.recordset import array
from shared.stores import sql

_SQL = sql.load("shared.billing", "user_locks.sql")


async def lock_users(connection: AsyncConnection[Any], users: Iterable[UUID]) -> None:
    """Until the transaction ends; in the order of their ids, so that nobody waits in a circle."""
    await connection.execute(_SQL["lock"], {"users": array(users)})
