"""What moved our balance at a provider, taken from its own list: its fees, and what it paid out."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from psycopg import AsyncConnection

from shared.billing.money import DIGITS
from shared.billing.payments.port import BalanceLine, Provider
from shared.billing.recordset import written
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.books", "balance.sql")

OVERLAP: Final = timedelta(days=2)
"""A line may come into the list later than its instant says."""
_AT_ONCE: Final = 500


async def take(connection: AsyncConnection[Row], provider: Provider, now: datetime) -> int:
    """How many lines were new. One that is known stays as it is; money that is of no currency of ISO 4217 is left out.

    On a connection in autocommit: the provider is asked outside of transactions. A provider of whom there is no
    payment is not asked. Raises ProviderError.
    """
    [known] = await fetched(connection, _SQL["known"], {"provider": provider.name})
    if known["since"] is None:
        return 0
    count, lines = 0, list[BalanceLine]()
    async for line in provider.balance(known["since"] - OVERLAP):
        if line.currency in DIGITS:
            lines.append(line)
        if len(lines) == _AT_ONCE:
            count += await _keep(connection, provider.name, lines, now)
            lines = []
    return count + await _keep(connection, provider.name, lines, now)


async def _keep(
    connection: AsyncConnection[Row], provider: str, lines: Sequence[BalanceLine], now: datetime
) -> int:
    if not lines:
        return 0
    given = {"provider": provider, "rows": written([asdict(line) for line in lines]), "now": now}
    return (await connection.execute(_SQL["add"], given)).rowcount
