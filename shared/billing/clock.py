"""The instant of a command or a run: the books never go back."""

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from shared.errors import InvalidRequest
from shared.stores import sql

_SQL = sql.load("shared.billing", "clock.sql")


async def now(
    connection: AsyncConnection[Any], typed: datetime | None, clock: datetime, *, rehearsed: bool = False
) -> datetime:
    """`typed`, or the later of the clock and the last completed run.

    Raises InvalidRequest for a typed one before that run, and for one ahead of the clock, once a run went by
    the clock; a rehearsal may be ahead.
    """
    row = await (await connection.execute(_SQL["last_run"])).fetchone()
    last, by_clock = (row["at"], row["by_clock"]) if row else (None, False)
    if typed is None:
        return max(clock, last) if last else clock
    if last and typed < last:
        raise InvalidRequest(
            f"the books are at {last.isoformat()} already, and --now is before that",
            "name a later instant, or leave --now out",
        )
    if by_clock and typed > clock and not rehearsed:
        raise InvalidRequest(
            "these books go by the clock, and --now is ahead of it",
            "leave --now out, or look ahead: lectern-admin billing run --dry-run",
        )
    return typed
