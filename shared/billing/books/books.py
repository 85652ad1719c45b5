"""The books as entries, read as they are composed: a firm of any size in little memory."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from psycopg import AsyncConnection

from shared.billing.books import recognition
from shared.billing.books.bill import bill
from shared.billing.books.ledger import KINDS, Entry, entry
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.books", "ledger.sql")

FIRST: Final = date(2000, 1, 1)
"""No books begin before it."""


async def entries(
    connection: AsyncConnection[Row], until: date, now: datetime, *, since: date = FIRST
) -> AsyncGenerator[Entry]:
    """Of these days, both included, by what is known at an instant; in order, which is always the same.

    Fees are recognised at the end of each month, before `since`, and on the last day. The connection is for nothing
    else until all are read.
    """
    given = {"since": since, "until": until, "now": now, "kinds": list(KINDS)}
    rows: Any = connection.cursor().stream(_SQL["movements"], given)
    async with aclosing(rows):
        async for row in rows:
            if made := entry(row):
                yield made


async def deferred(connection: AsyncConnection[Row], now: datetime, today: date) -> dict[str, Decimal]:
    """What was invoiced of fees for days to come, today among them, by currency."""
    found: dict[str, Decimal] = {}
    for row in await fetched(connection, _SQL["deferring"], {"now": now, "today": today}):
        code = row["currency"]
        left = recognition.deferred(bill(code, row["facts"]), today, today)
        found[code] = found.get(code, Decimal(0)) + left
    return found
