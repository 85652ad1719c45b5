"""Where money stands that was asked for, goes back, or came and is of nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psycopg import AsyncConnection

from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments", "standing.sql")

WHATS: Final = ("in_flight", "failed", "refunds_pending", "disputed", "unmatched_transfers")


@dataclass(frozen=True, slots=True)
class Sum:
    """`count` payments, invoices, refunds, disputes or transfers of one currency."""

    currency: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """`sums` by WHATS: of invoices whose last payment failed, it is what is due.

    `not_attempted` are invoices that no provider takes, with its reason; `events` wait, or are `unmatched`.
    """

    sums: Mapping[str, tuple[Sum, ...]]
    not_attempted: list[Row]
    events: Mapping[str, int]


async def standing(connection: AsyncConnection[Row]) -> Standing:
    rows = await fetched(connection, _SQL["standing"])
    sums = {
        what: tuple(Sum(row["currency"], row["count"], row["amount"]) for row in rows if row["what"] == what)
        for what in WHATS
    }
    [events] = await fetched(connection, _SQL["events"])
    return Standing(sums, await fetched(connection, _SQL["not_attempted"]), events)
