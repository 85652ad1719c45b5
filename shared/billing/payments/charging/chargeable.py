"""Which method of a user can be charged by itself, and why there is none: a user who lacks one is reminded instead."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.parties import profiles
from shared.billing.period import local_day
from shared.billing.recordset import array
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.charging", "chargeable.sql")

Lack = Literal["none", "not_configured", "expired", "declined"]
"""No default method; its provider is not configured; its last month is over; the last attempt was declined hard."""

Connection = AsyncConnection[Any]


async def chargeable(
    connection: Connection, users: Sequence[UUID], now: datetime, providers: Collection[str]
) -> dict[UUID, Row]:
    """The row of `payment_methods` by user; `providers` are those that can be charged."""
    return {
        row["user_id"]: {name: value for name, value in row.items() if name != "lacks"}
        for row in await _defaults(connection, users, now, providers)
        if row["lacks"] is None
    }


async def waits_for_method(
    connection: Connection, users: Sequence[UUID], now: datetime, providers: Collection[str]
) -> dict[UUID, tuple[Lack, Row | None]]:
    """Those of the users who have none that is `chargeable`: what they lack, and their default method all the same."""
    found = {row["user_id"]: row for row in await _defaults(connection, users, now, providers)}
    return {
        user: (row["lacks"], row) if row else ("none", None)
        for user in users
        for row in (found.get(user),)
        if row is None or row["lacks"]
    }


async def _defaults(
    connection: Connection, users: Sequence[UUID], now: datetime, providers: Collection[str]
) -> list[Row]:
    today = local_day(now, (await profiles.seller(connection)).zone)
    given = {"users": array(users), "today": today, "providers": sorted(providers)}
    return await fetched(connection, _SQL["defaults"], given)
