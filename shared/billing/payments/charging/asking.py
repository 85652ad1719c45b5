"""What a provider is asked of one attempt, and how its answer is recorded."""

from datetime import datetime
from typing import Final

from shared.billing.payments import recording
from shared.billing.payments.payment import COMPLETED, FAILED, PENDING, PROCESSING
from shared.billing.payments.port import Ask, Payer, Seen
from shared.billing.payments.till import Till
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.charging", "charging.sql")

_COUNTED: Final = {COMPLETED: "charged", PROCESSING: "processing", FAILED: "declined", PENDING: "to_confirm"}


async def ask_of(till: Till, row: Row) -> Ask:
    """`row` is a payment with the `number` of its invoice."""
    async with till.transaction() as connection:
        [facts] = await fetched(connection, _SQL["asked"], {"id": row["id"]})
    payer = Payer(row["user_id"], facts["email"], facts["name"], facts["provider_customer_id"])
    return Ask(
        row["idempotency_key"],
        row["id"],
        row["number"],
        row["amount"],
        row["currency"],
        payer,
        facts["provider_method_id"],
        facts["method_type"],
        row["asked_at"],
    )


async def recorded(till: Till, row: Row, seen: Seen, now: datetime) -> Row:
    """The payment as it is then, and counted."""
    async with till.transaction(row["user_id"]) as connection:
        after = await recording.record(connection, row, seen, now)
    if reason := recording.differs(row, seen):
        till.notes.append(f"{row['provider']}: {reason}: lectern-admin billing reconcile")
    if after["status"] != row["status"] or row["checked_at"] is None:
        till.counts["called_off" if after["decline"] == "cancelled" else _COUNTED[after["status"]]] += 1
    return after


async def release(till: Till, row: Row) -> None:
    """Nobody is at it any more, and nobody knows what came of it."""
    async with till.transaction(row["user_id"]) as connection:
        await connection.execute(_SQL["release"], {"id": row["id"], "until": row["leased_until"]})


def refused(row: Row, reason: str) -> Seen:
    """What a request that a provider never takes makes of a payment."""
    return Seen(None, "failed", row["amount"], row["currency"], decline="refused", reason=reason)
