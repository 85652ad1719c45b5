"""Refunds that no provider makes: an operator pays them, and records it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from shared.billing.money import plain
from shared.billing.payments.payment import COMPLETED, PENDING
from shared.billing.payments.reversals import refunds, reversals
from shared.billing.payments.reversals.refund import BY_HAND, NAMES
from shared.billing.payments.reversals.reversals import Connection
from shared.billing.period import local_day
from shared.errors import InvalidRequest
from shared.stores.postgres import Row


async def paid(
    connection: Connection,
    payment_id: UUID,
    amount: Decimal | None,
    at: datetime,
    now: datetime,
    *,
    reason: str | None = None,
    default_reason: str,
    reference: str | None = None,
) -> Row:
    """The refund that waits to be paid, or a new one, is completed. The row of the payment's user is locked.

    Raises InvalidRequest for a provider that makes refunds itself, for one that is recorded already by its reference,
    where it is not clear which one that waits was paid, and for more than can go back.
    """
    payment = await reversals.payment_of(connection, payment_id)
    if payment["provider"] not in BY_HAND:
        name = NAMES[payment["provider"]]
        raise InvalidRequest(
            f"{name} refunds the payment {payment_id} itself, and tells of what others refund there",
            "leave --recorded out",
        )
    came = local_day(payment["processed_at"] or at, payment["zone"])
    if local_day(at, payment["zone"]) < came:
        raise InvalidRequest(
            f"the payment {payment_id} came on {came}, and that is before", "name a later day"
        )
    found = await refunds.listed(connection, payment_id=payment_id)
    if reference and any((row["reference"], row["status"]) == (reference, COMPLETED) for row in found):
        raise InvalidRequest("a refund with this reference is recorded already", "name another --reference")
    row = _waiting(found, amount, payment["currency"])
    if row is None:
        row = await refunds.order(connection, payment_id, amount, reason or default_reason, now)
    went = max(at, payment["processed_at"] or at)
    await refunds.complete(connection, row, went, now, reference=reference, reason=reason)
    return await refunds.one(connection, row["id"])


def _waiting(found: list[Row], amount: Decimal | None, code: str) -> Row | None:
    """The oldest that waits, of this amount if one is named. Raises InvalidRequest where others could be meant."""
    waiting = [row for row in reversed(found) if row["status"] == PENDING and amount in (None, row["amount"])]
    amounts = {row["amount"] for row in waiting}
    if len(amounts) > 1:
        named = " and ".join(plain(one, code) for one in sorted(amounts))
        raise InvalidRequest(f"refunds of {named} {code} wait to be paid", "name one by --amount")
    return waiting[0] if waiting else None
