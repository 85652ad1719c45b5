"""Disputes as rows: what a bank takes back of a payment, and gives back where we win.

Every function takes a connection in a transaction that has locked the row of the payment's user.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from shared.billing.credits import credits
from shared.billing.payments.payment import COMPLETED, REFUNDED
from shared.billing.payments.port import SeenDispute
from shared.billing.payments.reversals import refunds, reversals
from shared.billing.payments.reversals.reversals import Connection
from shared.one_line import one_line
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.reversals", "disputes.sql")

HOLDING: Final = ("open", "lost")
"""The bank has the money."""
_MOST_REASON = 300
_NOTHING = Decimal(0)


async def listed(connection: Connection, payment_id: UUID) -> list[Row]:
    """Of a payment, in the order in which they began."""
    return await fetched(connection, _SQL["disputes"], {"payment_id": payment_id})


async def record(
    connection: Connection, payment: Mapping[str, Any], seen: SeenDispute, now: datetime
) -> Row | None:
    """What a provider has of a dispute becomes ours, as often as it is seen; None where nothing was paid yet.

    What it takes comes first from unburnt refund credit of the invoice; for the rest, that is due again, and overdue.
    What is won comes back. Refunds that nobody was asked for yet fail as soon as it is open.
    """
    held = await reversals.payment_of(connection, payment["id"])
    if held["status"] not in (COMPLETED, REFUNDED):
        return None
    given = {"payment_id": held["id"], "provider_dispute_id": seen.id}
    found = await fetched(connection, _SQL["seen"], given)
    before = found[0] if found else None
    took = before["amount"] if before and before["state"] in HOLDING else _NOTHING
    takes = seen.amount if seen.state in HOLDING else _NOTHING
    if takes == took:
        return await _written(connection, held, before, seen, now)
    if takes and not took:
        await refunds.fail_unasked(connection, held["id"], "a dispute was opened", now)
    own = await credits.paid_out_by(connection, dispute_id=before["id"]) if before else {}
    own = {credit_id: amount for credit_id, amount in own.items() if amount}
    if before and takes:
        free = {credit_id: -amount for credit_id, amount in own.items()}
        await credits.pay_out(connection, free, now, dispute_id=before["id"])
    row = await _written(connection, held, before, seen, now)
    if took:
        await credits.reopen(connection, own)
    await reversals.restate(connection, held["id"])
    why = f"A dispute gave back more than was due on {held['number']}"
    await reversals.level(connection, held["id"], why, now)
    return row


async def _written(
    connection: Connection, payment: Row, before: Row | None, seen: SeenDispute, now: datetime
) -> Row:
    takes, took = seen.state in HOLDING, before is not None and before["state"] in HOLDING
    taken_at, returned_at = (before["taken_at"], before["returned_at"]) if before else (None, None)
    if takes and not took:
        taken_at, returned_at = now if before else seen.at or now, None
    elif took and not takes:
        returned_at = now
    given = {
        "payment_id": payment["id"],
        "provider_dispute_id": seen.id,
        "kind": seen.kind,
        "state": seen.state,
        "amount": seen.amount,
        "currency": payment["currency"],
        "reason": one_line(seen.reason)[:_MOST_REASON] if seen.reason else None,
        "opened_at": seen.at or now,
        "taken_at": taken_at,
        "returned_at": returned_at,
    }
    [row] = await fetched(connection, _SQL["write"], given)
    return row
