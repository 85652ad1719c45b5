"""What a payment that completed makes of its invoice: paid, and a credit of what was too much."""

from datetime import datetime
from decimal import Decimal

from psycopg import AsyncConnection

from shared.billing.credits import credits
from shared.billing.invoices import invoices
from shared.stores.postgres import Row


async def settle(connection: AsyncConnection[Row], payment: Row, due_before: Decimal, now: datetime) -> None:
    """The user is locked; `due_before` is what the invoice was due without it, nothing on one that was cancelled."""
    excess = payment["amount"] - max(due_before, Decimal(0))
    if excess > 0:
        given = (payment["user_id"], excess, payment["currency"], "refund", "Paid more than was due", now)
        await credits.grant(connection, *given, payment_id=payment["id"])
    await invoices.settle(connection, [payment["invoice_id"]], now)
