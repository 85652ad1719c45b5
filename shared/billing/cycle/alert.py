"""People are alerted: of usage, of overdue invoices, of payments and methods, of subscriptions that end."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.alerts import alerts
from shared.billing.cycle.run import Run
from shared.billing.payments.dunning import notices


async def due(connection: AsyncConnection[Any], run: Run) -> list[UUID]:
    """Users who may have to be alerted, in the order of their ids."""
    found = await alerts.candidates(connection, run.now)
    return sorted({*found, *await notices.candidates(connection, run.now)})


async def work(connection: AsyncConnection[Any], users: Sequence[UUID], run: Run) -> Counter[str]:
    """Counts the alerts of each type."""
    found = [
        *await alerts.of_usage(connection, users, run.now, run.grace),
        *await alerts.of_overdue_invoices(connection, users),
        *await notices.of_payments(connection, users, run.now, run.providers),
        *await notices.of_methods(connection, users, run.now),
        *await alerts.of_endings(connection, users, run.now),
    ]
    return Counter(row["type"] for row in await alerts.raise_all(connection, found, run.now))
