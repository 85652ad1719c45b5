"""How much of each limit is used: by the counters, and by what is recorded where they have forgotten it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.accounts.counters import Counters
from shared.accounts.own.store import Own
from shared.errors import CountersUnavailable
from shared.model.account import Limits, Principal, Used
from shared.stores.postgres import Row


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a person, and of the day of each of their keys."""

    together: Used
    today: dict[UUID, int | None]


async def used(own: Own, counters: Counters, limits: Row, keys: Sequence[Row]) -> Usage | None:
    """None where the counters do not answer."""
    starts = tuple(limits["month_starts"])
    callers = [
        Principal(limits["user_id"], key, Limits(month_starts=starts))
        for key in (None, *(row["id"] for row in keys))
    ]
    try:
        together, *each = await asyncio.gather(*map(counters.used, callers))
    except CountersUnavailable:
        return None
    if together.month_requests is None or together.month_tokens is None:
        together = await _recorded(own, together, starts)
    return Usage(together, {row["id"]: _today(own, row, one) for row, one in zip(keys, each, strict=True)})


def _today(own: Own, key: Row, counted: Used) -> int | None:
    """None where the counters have forgotten calls of today, until the next one brings them back."""
    if counted.day is None and key["last_used_at"] and key["last_used_at"] >= _midnight(own.at):
        return None
    return counted.day or 0


async def _recorded(own: Own, counted: Used, starts: Sequence[datetime]) -> Used:
    began = max((start for start in starts if start <= own.at), default=_midnight(own.at).replace(day=1))
    rows = await own.usage(began)
    return Used(
        counted.minute,
        counted.day,
        sum(row["requests"] for row in rows),
        sum(row["tokens"] for row in rows),
        counted.concurrent,
        counted.day_ends,
        counted.month_ends,
    )


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
