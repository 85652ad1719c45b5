"""Sent invoices become overdue when the day on which they were due has passed for the seller."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.alerts.alert import overdue_before
from shared.billing.cycle.run import Run
from shared.billing.parties import profiles
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing.alerts", "alerts.sql")


async def due(connection: AsyncConnection[Any], run: Run) -> list[UUID]:
    """Users with such an invoice, in the order of their ids."""
    given = {"before": await _before(connection, run)}
    return [row["user_id"] for row in await fetched(connection, _SQL["users_past_due"], given)]


async def work(connection: AsyncConnection[Any], users: Sequence[UUID], run: Run) -> Counter[str]:
    """Counts `overdue`."""
    given = {"before": await _before(connection, run), "users": list(users)}
    return Counter(overdue=(await connection.execute(_SQL["make_overdue"], given)).rowcount)


async def _before(connection: AsyncConnection[Any], run: Run) -> datetime:
    return overdue_before(run.now, (await profiles.seller(connection)).zone)
