"""What a provider has of a payment becomes ours: in any order, and as often as one likes, with one end."""

from datetime import datetime

from shared.billing.payments import payments
from shared.billing.payments.payment import COMPLETED, FAILED, OPEN, PENDING, PROCESSING
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Seen, SeenDispute
from shared.billing.payments.reversals import disputes, refunds
from shared.one_line import one_line
from shared.stores.postgres import Row

_MOST_REASON = 300


async def record(connection: Connection, payment: Row, seen: Seen, now: datetime) -> Row:
    """The row as it is then; `payment` has the `id` of one whose user is locked.

    What failed here stays so, whatever is seen: `differs` says that of it.
    """
    row = await payments.locked(connection, payment["id"])
    await payments.looked(connection, row["id"])
    if row["status"] in OPEN:
        row = await _moved(connection, row, seen, now)
    elif row["status"] != FAILED and seen.state == FAILED:
        taken_back = SeenDispute(
            f"return/{seen.id}", row["amount"], "lost", "return", seen.reason or "returned", seen.at
        )
        await disputes.record(connection, row, taken_back, now)
    if row["status"] not in (*OPEN, FAILED):
        for refund in seen.refunds:
            await refunds.record(connection, row, refund, now)
        for dispute in seen.disputes:
            await disputes.record(connection, row, dispute, now)
        row = await payments.locked(connection, row["id"])
    return row


def differs(row: Row, seen: Seen) -> str | None:
    """Why what the provider has cannot be ours."""
    if seen.currency != row["currency"] or seen.amount != row["amount"]:
        return f"it is of another amount than the payment {row['id']}"
    if row["status"] == FAILED and seen.state in (COMPLETED, PROCESSING):
        return f"the payment {row['id']} failed here, and is {seen.state} there"
    return None


async def _moved(connection: Connection, row: Row, seen: Seen, now: datetime) -> Row:
    if differs(row, seen):
        return row
    status = PROCESSING if (row["status"], seen.state) == (PROCESSING, PENDING) else seen.state
    failed = status == FAILED
    return await payments.move(
        connection,
        row,
        status,
        now,
        transaction_id=seen.id,
        link_id=seen.link_id,
        action_url=seen.action_url if status == PENDING else None,
        decline=(seen.decline or "soft") if failed else None,
        reason=one_line(seen.reason or "declined")[:_MOST_REASON] if failed else None,
        processed_at=(seen.at or now) if status in (COMPLETED, FAILED) else None,
    )
