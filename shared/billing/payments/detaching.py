"""What was removed here is removed at the provider too: at once, or by the next run where it is away."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from shared.billing.payments.asking import Asked, each
from shared.billing.payments.methods import Connection
from shared.billing.payments.port import Charger
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments", "detaching.sql")


async def detach_removed(
    connection: Connection, chargers: Mapping[str, Charger], now: datetime, user_id: UUID | None = None
) -> Asked:
    """Of one user, or of all. On a connection in autocommit; done twice it does no harm.

    A method that is being charged waits until that ended, so that what is asked again finds it.
    """
    asked = Asked()
    for name, charger in chargers.items():
        rows = await fetched(connection, _SQL["to_detach"], {"provider": name, "user_id": user_id})

        async def detach(row: Row, charger: Charger = charger) -> bool:
            await charger.detach(row["token"])
            await connection.execute(_SQL["detached"], {"id": row["id"], "now": now})
            return True

        asked += await each(name, rows, detach)
    return asked


async def undetached(connection: Connection, user_id: UUID | None = None) -> int:
    """How many methods a provider still knows that were removed here."""
    [row] = await fetched(connection, _SQL["undetached"], {"user_id": user_id})
    return int(row["methods"])
