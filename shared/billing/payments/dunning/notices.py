"""Who is to hear of failed attempts, of payments to confirm, and of methods that expire."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.alerts.alert import Alert
from shared.billing.parties import profiles
from shared.billing.payments.charging.chargeable import waits_for_method
from shared.billing.payments.dunning import notice
from shared.billing.period import local_day
from shared.billing.recordset import array
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.dunning", "notices.sql")

Connection = AsyncConnection[Row]


async def candidates(connection: Connection, now: datetime) -> list[UUID]:
    """Users of whose payments or methods something may have to be said."""
    today = local_day(now, (await profiles.seller(connection)).zone)
    return [row["user_id"] for row in await fetched(connection, _SQL["candidates"], {"today": today})]


async def of_payments(
    connection: Connection, users: Sequence[UUID], now: datetime, providers: Collection[str]
) -> list[Alert]:
    """One for each attempt that failed, or that waits for its person, on an invoice that is still due."""
    seller = await profiles.seller(connection)
    waits = await waits_for_method(connection, users, now, providers)
    found = []
    for row in await fetched(connection, _SQL["payments"], {"users": array(users), "now": now}):
        due_on = local_day(row["due_date"], seller.zone)
        if row["decline"]:
            found.append(notice.failed(row, due_on, seller.iban, waits=row["user_id"] in waits))
        else:
            found.append(notice.confirmation(row, due_on))
    return found


async def of_methods(connection: Connection, users: Sequence[UUID], now: datetime) -> list[Alert]:
    """One for each default method whose last month has begun."""
    today = local_day(now, (await profiles.seller(connection)).zone)
    given = {"users": array(users), "today": today, "now": now}
    return [notice.expiring(row, today) for row in await fetched(connection, _SQL["methods"], given)]
