"""Refunds as rows: ordered, with what they are made of reserved; and what became of them.

Every function takes a connection in a transaction that has locked the row of the payment's user.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from shared.billing.credits import credits
from shared.billing.invoices import credit_notes
from shared.billing.payments.payment import COMPLETED, FAILED, PENDING, REFUNDED
from shared.billing.payments.port import SeenRefund
from shared.billing.payments.reversals import reversals
from shared.billing.payments.reversals.refund import BY_HAND, NAMES, Made, wanted
from shared.billing.payments.reversals.reversals import Connection
from shared.one_line import one_line
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.reversals", "refunds.sql")

_MOST_REASON = 300
_NONE = dict.fromkeys(("id", "payment_id", "user_id", "invoice_id", "status", "provider"))


async def listed(
    connection: Connection,
    *,
    payment_id: UUID | None = None,
    user_id: UUID | None = None,
    invoice_id: UUID | None = None,
    status: str | None = None,
    provider: str | None = None,
) -> list[Row]:
    """The newest first, with `user`, the invoice's `number`, its `credit_note`, and what is `paid_out` of credit."""
    given = {"payment_id": payment_id, "user_id": user_id, "invoice_id": invoice_id}
    return await fetched(
        connection, _SQL["refunds"], _NONE | given | {"status": status, "provider": provider}
    )


async def one(connection: Connection, refund_id: UUID) -> Row:
    [row] = await fetched(connection, _SQL["refunds"], _NONE | {"id": refund_id})
    return row


async def order(
    connection: Connection, payment_id: UUID, amount: Decimal | None, reason: str, now: datetime
) -> Row:
    """A refund of so much, or of all that can go back; it is reserved until it is completed or failed.

    Raises InvalidRequest for more than that, and while a dispute is open.
    """
    payment = await reversals.refundable(connection, payment_id, now)
    much = wanted(payment, amount)
    return await _add(
        connection, payment_id, payment.made(much), much, reason, now, asked=payment.provider not in BY_HAND
    )


async def record(
    connection: Connection, payment: Mapping[str, Any], seen: SeenRefund, now: datetime
) -> Row | None:
    """What a provider has of a refund becomes ours, as often as it is seen; None for one that came to nothing.

    One that others made there is recorded as it is. What failed there stays failed.
    """
    held = await reversals.payment_of(connection, payment["id"])
    if held["status"] not in (COMPLETED, REFUNDED):
        return None
    given = {"payment_id": payment["id"], "id": seen.refund_id, "provider_refund_id": seen.id}
    found = await fetched(connection, _SQL["seen"], given)
    if found:
        row = await one(connection, found[0]["id"])
    elif seen.state == FAILED:
        return None
    else:
        stores = await reversals.refundable(connection, payment["id"], now)
        reason = f"Refunded at {NAMES[held['provider']]}"
        row = await _add(connection, payment["id"], stores.made(seen.amount), seen.amount, reason, now)
    if row["status"] == PENDING:
        await connection.execute(_SQL["name"], {"id": row["id"], "provider_refund_id": seen.id})
    if (row["status"], seen.state) == (PENDING, COMPLETED):
        await complete(connection, row, seen.at or now, now)
    elif row["status"] != FAILED and seen.state == FAILED:
        await fail(connection, row, seen.reason or "the provider failed to refund it", now)
    return await one(connection, row["id"])


async def complete(
    connection: Connection,
    row: Row,
    at: datetime,
    now: datetime,
    *,
    reference: str | None = None,
    reason: str | None = None,
) -> None:
    """The money went. What no refund credit stands for is credited by a note, so that it is not due again."""
    given = {"id": row["id"], "at": at, "reference": reference, "reason": reason}
    await connection.execute(_SQL["complete"], given)
    await reversals.restate(connection, row["payment_id"])
    payment = await reversals.payment_of(connection, row["payment_id"])
    noted = min(row["amount"] - row["paid_out"], payment["creditable"])
    if noted > 0:
        issued = credit_notes.issue(
            connection, payment["invoice_id"], reason or row["reason"], now, gross=noted
        )
        note = await issued
        await connection.execute(_SQL["noted"], {"id": row["id"], "credit_note_id": note["id"]})
    await reversals.level(connection, row["payment_id"], row["reason"], now)


async def fail(connection: Connection, row: Row, reason: str, now: datetime) -> None:
    """Nothing went, or it came back: what was reserved is free. A note that was issued stands, as a refund credit."""
    given = {"id": row["id"], "reason": one_line(reason)[:_MOST_REASON], "now": now}
    await connection.execute(_SQL["fail"], given)
    await credits.reopen(connection, await credits.paid_out_by(connection, refund_id=row["id"]))
    if row["status"] == COMPLETED:
        await reversals.restate(connection, row["payment_id"])
        why = f"A refund failed: {row['reason']}"
        await reversals.level(connection, row["payment_id"], why, now, credit_note_id=row["credit_note_id"])


async def fail_unasked(connection: Connection, payment_id: UUID, reason: str, now: datetime) -> None:
    """Refunds of a payment that its provider was not asked for yet."""
    for row in await fetched(connection, _SQL["unasked"], {"payment_id": payment_id}):
        await fail(connection, await one(connection, row["id"]), reason, now)


async def _add(
    connection: Connection,
    payment_id: UUID,
    made: Made,
    amount: Decimal,
    reason: str,
    now: datetime,
    *,
    asked: bool = False,
) -> Row:
    refund_id = uuid4()
    payment = await reversals.payment_of(connection, payment_id)
    given = {
        "id": refund_id,
        "payment_id": payment_id,
        "amount": amount,
        "currency": payment["currency"],
        "reason": reason,
        "provider_refund_id": None,
        "key": f"refund/{refund_id}" if asked else None,
        "now": now,
    }
    await connection.execute(_SQL["add"], given)
    if made.paid_out:
        await credits.pay_out(connection, dict(made.paid_out), now, refund_id=refund_id)
    return await one(connection, refund_id)
