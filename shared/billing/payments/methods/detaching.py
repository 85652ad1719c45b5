"""What was removed here is removed at the provider too: at once, or by the next run where it is away."""

from datetime import datetime
from uuid import UUID

from shared.billing.payments.methods.methods import Connection
from shared.billing.payments.port import Charger
from shared.billing.payments.till import Till
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.methods", "detaching.sql")


async def detach_removed(till: Till, now: datetime, user_id: UUID | None = None) -> None:
    """Of one user, or of all. Done twice it does no harm.

    A method that is being charged waits until that ended, so that what is asked again finds it.
    """
    for name, charger in till.chargers.items():
        async with till.transaction() as connection:
            rows = await fetched(connection, _SQL["to_detach"], {"provider": name, "user_id": user_id})

        async def detach(row: Row, charger: Charger = charger) -> None:
            await charger.detach(row["token"])
            async with till.transaction() as connection:
                await connection.execute(_SQL["detached"], {"id": row["id"], "now": now})
            till.counts["detached"] += 1

        await till.each(name, rows, detach)


async def undetached(connection: Connection, user_id: UUID | None = None) -> int:
    """How many methods a provider still knows that were removed here."""
    [row] = await fetched(connection, _SQL["undetached"], {"user_id": user_id})
    return int(row["methods"])
