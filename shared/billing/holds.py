"""What speaks against removing a user: money that is still to come, or to be given back."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.credits import credits
from shared.billing.money import plain
from shared.counted import counted
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing", "holds.sql")

MOST_NAMED = 3


async def holds(connection: AsyncConnection[Any], user_id: UUID, now: datetime) -> list[str]:
    """In words, each with what to do: a live subscription, usage that is not billed, open invoices, refund credit.

    And money on its way, there or back, and documents that a run tried to deliver, and could not.
    """
    given = {"user_id": user_id}
    found = [
        f"the subscription to {row['plan']} is {row['status']} (lectern-admin subscription cancel)"
        for row in await fetched(connection, _SQL["live_subscription"], given)
    ]
    months = [
        f"{row['starts_on']} to {row['ends_on'] - timedelta(days=1)}"
        for row in await fetched(connection, _SQL["unbilled_periods"], given)
    ]
    if months:
        found.append(
            f"usage of {_named(months, 'month')} is not billed yet (lectern-admin billing run, again after its grace)"
        )
    invoices = [
        f"{row['number']} ({row['status']})"
        for row in await fetched(connection, _SQL["open_invoices"], given)
    ]
    if invoices:
        found.append(f"open: {_named(invoices, 'invoice')} (lectern-admin invoice cancel)")
    found += await _moving(connection, user_id)
    undelivered = [row["number"] for row in await fetched(connection, _SQL["undelivered_documents"], given)]
    if undelivered:
        found.append(
            f"not delivered: {_named(undelivered, 'document')} (lectern-admin billing outbox retry, or drop)"
        )
    refunds = [
        _sum(row["remaining"], row["currency"])
        for row in await credits.listed(connection, user_id, now)
        if row["type"] == "refund" and row["remaining"]
    ]
    if refunds:
        found.append(f"refund credit is left: {_named(refunds, 'credit')} (lectern-admin credit void)")
    return found


async def refuse(connection: AsyncConnection[Any], user: Row, now: datetime) -> None:
    """Raises InvalidRequest where anything holds the user, whose row must be locked."""
    if found := await holds(connection, user["id"], now):
        raise InvalidRequest(
            f"{user['email']} cannot be removed yet: {'; '.join(found)}", "settle that first, and try again"
        )


async def _moving(connection: AsyncConnection[Any], user_id: UUID) -> list[str]:
    """Money of which it is not known yet whether it came, went back, or stays."""
    given, found = {"user_id": user_id}, []
    paying = [
        f"{row['number']} (by {row['provider']})"
        for row in await fetched(connection, _SQL["open_payments"], given)
    ]
    if paying:
        found.append(f"being paid: {_named(paying, 'invoice')} (lectern-admin billing run --only charge)")
    refunds = [
        _sum(row["amount"], row["currency"])
        for row in await fetched(connection, _SQL["pending_refunds"], given)
    ]
    if refunds:
        found.append(f"being refunded: {_named(refunds, 'refund')} (lectern-admin payment list --refunds)")
    disputes = [row["number"] for row in await fetched(connection, _SQL["open_disputes"], given)]
    if disputes:
        found.append(f"in dispute: {_named(disputes, 'invoice')} (its provider says how that ends)")
    return found


def _sum(amount: Decimal, currency: str) -> str:
    return f"{plain(amount, currency)} {currency}"


def _named(names: list[str], noun: str) -> str:
    more = len(names) - MOST_NAMED
    rest = f" and {counted(more, f'more {noun}')}" if more > 0 else ""
    return ", ".join(names[:MOST_NAMED]) + rest
