"""Drafts get their lines."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from shared.billing.cycle.run import Run
from shared.billing.invoices import drafts
from shared.billing.subscriptions.subscriptions import Connection
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing.cycle", "invoice.sql")


async def due(connection: Connection, run: Run) -> list[UUID]:
    rows = await fetched(connection, _SQL["due"])
    return [row["user_id"] for row in rows]


async def work(connection: Connection, users: Sequence[UUID], run: Run) -> Counter[str]:
    return await drafts.compose(connection, users, run.now)
