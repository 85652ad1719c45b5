"""Our payments compared with what a provider lists."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import AsyncConnection

from shared.billing.books.differences import Difference, Ours, differences
from shared.billing.payments.port import Provider
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.books", "reconcile.sql")

MARGIN: Final = timedelta(hours=1)
"""How much a provider's clock may go after ours."""


async def reconcile(
    connection: AsyncConnection[Row], provider: Provider, since: datetime | None
) -> list[Difference]:
    """Of payments that began since then, or of all; the oldest first. Raises ProviderError.

    On a connection in autocommit: the provider is asked outside of transactions.
    """
    if since is None:
        [first] = await fetched(connection, _SQL["first"], {"provider": provider.name})
        if first["at"] is None:
            return []
        since = first["at"] - MARGIN
    listed = [one async for one in provider.listed(since - MARGIN)]
    given = {
        "provider": provider.name,
        "since": since,
        "ids": [one.id for one in listed],
        "payments": [one.payment_id for one in listed if one.payment_id],
    }
    return differences(listed, map(_ours, await fetched(connection, _SQL["ours"], given)), since)


def _ours(row: Mapping[str, Any]) -> Ours:
    return Ours(**{**row, "payments": tuple(row["payments"]), "invoices": tuple(row["invoices"])})
