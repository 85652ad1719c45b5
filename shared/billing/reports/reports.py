"""What an accountant asks for, as rows; days are those that documents bear, and the last one is included."""

from datetime import date
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.reports.statement import MOVEMENTS
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.reports", "reports.sql")

Connection = AsyncConnection[Row]


async def tax_groups(connection: Connection, first: date, last: date) -> list[Row]:
    """Of documents, added up by kind, currency, parties, category and rate; those of credit notes are below zero."""
    return await fetched(connection, _SQL["tax_groups"], {"first": first, "last": last})


async def revenue(connection: Connection, first: date, last: date, *, by_plan: bool = False) -> list[Row]:
    """`invoiced` and `credited`, without tax, by `currency` and `month`, its first day; by `plan` too if asked."""
    return await fetched(connection, _SQL["revenue"], {"first": first, "last": last, "by_plan": by_plan})


async def movements(connection: Connection, user_id: UUID) -> list[Row]:
    """All that ever moved a user's dues, by currency and in order; `type` is one of statement.MOVEMENTS."""
    return await fetched(connection, _SQL["movements"], {"user_id": user_id, "types": list(MOVEMENTS)})
