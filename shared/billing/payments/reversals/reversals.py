"""What went back of a payment: how much of it can go, and what is left on its row and on its invoice.

Every function takes a connection in a transaction that has locked the row of the payment's user.
"""

from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.credits import credits
from shared.billing.credits.credit import state
from shared.billing.invoices import invoices
from shared.billing.payments.payment import stands
from shared.billing.payments.reversals.refund import Part, Refundable, parts
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.reversals", "reversals.sql")

Connection = AsyncConnection[Row]


async def payment_of(connection: Connection, payment_id: UUID) -> Row:
    """With its invoice's `number` and `due`, and what is `reversed` of it and `reserved` to be."""
    [row] = await fetched(connection, _SQL["payment"], {"id": payment_id})
    return row


async def refundable(connection: Connection, payment_id: UUID, now: datetime) -> Refundable:
    row = await payment_of(connection, payment_id)
    stored = await credits.refund_credits(connection, row["invoice_id"])
    return Refundable(
        row["id"],
        row["number"],
        row["provider"],
        row["status"],
        row["currency"],
        row["amount"],
        row["refunded_amount"],
        row["reserved"],
        row["creditable"],
        tuple(Part(one.id, one.left) for one in stored if state(one, now) == "valid"),
        row["is_disputed"],
    )


async def restate(connection: Connection, payment_id: UUID) -> None:
    """Write on a payment's row what went back of it by now: all of it at most, though a bank may take a refund too."""
    row = await payment_of(connection, payment_id)
    refunded = min(row["reversed"], row["amount"])
    given = {"id": payment_id, "refunded": refunded, "status": stands(row["amount"], refunded)}
    await connection.execute(_SQL["restate"], given)


async def level(
    connection: Connection,
    payment_id: UUID,
    reason: str,
    now: datetime,
    *,
    credit_note_id: UUID | None = None,
) -> None:
    """What a payment, and what went back of it, leave of its invoice.

    What is more than due becomes credit, of this note or else of the payment, and an open invoice moves where
    nothing is due any more. While a bank has money of it, what is due comes first from unburnt refund credit of the
    invoice; for the rest, one that was paid is overdue.
    """
    row = await payment_of(connection, payment_id)
    if row["due"] < 0:
        given = (row["user_id"], -row["due"], row["currency"], "refund", reason, now)
        overpaid = None if credit_note_id else payment_id
        await credits.grant(connection, *given, credit_note_id=credit_note_id, payment_id=overpaid)
    elif row["due"] > 0 and row["held_by"]:
        stored = (await refundable(connection, payment_id, now)).credit
        if taken := parts(stored, min(row["due"], row["refunded_amount"])):
            await credits.pay_out(connection, dict(taken), now, dispute_id=row["held_by"])
        await invoices.reopen(connection, row["invoice_id"], now)
    await invoices.settle(connection, [row["invoice_id"]], now)
