"""Providers are asked to refund, outside of any transaction; and again, where nobody knows what came of it."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.billing.payments.payment import COMPLETED, FAILED, PENDING
from shared.billing.payments.port import Charger, RefundAsk, SeenRefund
from shared.billing.payments.reversals import refunds, reversals
from shared.billing.payments.till import LEASE, Till
from shared.errors import ProviderRefused, ProviderStopped, ProviderUnclear
from shared.one_line import one_line
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.reversals", "refunding.sql")

_COUNTED: Final = {COMPLETED: "refunded", FAILED: "refunds_failed"}
_DISPUTED: Final = "a dispute was opened"
_MOST_REASON: Final = 300


async def resume(till: Till, now: datetime) -> None:
    """Every refund that is under way: asked for, asked for again, or looked up."""
    for name, charger in till.chargers.items():
        async with till.transaction() as connection:
            rows = await refunds.listed(connection, status=PENDING, provider=name)

        async def one(row: Row, charger: Charger = charger) -> None:
            await ask(till, charger, row, now)

        await till.each(name, rows, one)


async def ask(till: Till, charger: Charger, refund: Row, now: datetime) -> Row:
    """What became of a refund. Raises ProviderUnclear and ProviderStopped: the next run asks again."""
    leased = await _leased(till, refund, now)
    if leased is not None:
        try:
            seen = await _became(till, charger, leased, now)
        except ProviderRefused as error:
            seen = _failed(leased, error.line)
        except ProviderUnclear as error:  # its hint is to order it again
            await _release(till, leased, str(error))
            raise
        except ProviderStopped as error:
            await _release(till, leased, error.line)
            raise
        await _recorded(till, leased, seen, now)
    async with till.transaction() as connection:
        return await refunds.one(connection, refund["id"])


async def _became(till: Till, charger: Charger, row: Row, now: datetime) -> SeenRefund | None:
    """Asked for by its key; looked up where its id is known, or the provider forgot the key by now.

    None where the provider does not tell. Raises ProviderError.
    """
    key = row["idempotency_key"]
    wanted = RefundAsk(
        key or "", row["id"], row["provider_transaction_id"] or "", row["amount"], row["currency"]
    )
    if key is None or row["provider_refund_id"]:
        return await charger.find_refund(wanted, row["provider_refund_id"])
    if row["asked_before"] and (row["is_disputed"] or now - row["asked_before"] >= charger.key_lasts):
        if found := await charger.find_refund(wanted, None):
            return found
        if row["is_disputed"]:
            return _failed(row, _DISPUTED)
        async with till.transaction(row["user_id"]) as connection:
            await connection.execute(_SQL["ask_anew"], {"id": row["id"], "now": now})
    return await charger.refund(wanted)


async def _recorded(till: Till, row: Row, seen: SeenRefund | None, now: datetime) -> None:
    async with till.transaction(row["user_id"]) as connection:
        if seen is None:
            await connection.execute(_SQL["release"], _released(row, None))
            return
        before = await refunds.one(connection, row["id"])
        if seen.id:
            named = replace(seen, refund_id=row["id"])
            await refunds.record(connection, {"id": row["payment_id"]}, named, now)
        elif before["status"] == PENDING:
            await refunds.fail(connection, before, seen.reason or "", now)
        after = await refunds.one(connection, row["id"])
    if after["status"] != before["status"]:
        till.counts[_COUNTED[after["status"]]] += 1


async def _leased(till: Till, refund: Row, now: datetime) -> Row | None:
    """As it stands, and nobody else asks; None where somebody does, and where a dispute of the payment forbids it."""
    async with till.transaction(refund["user_id"]) as connection:
        instant = till.instant()
        given = {"id": refund["id"], "now": now, "instant": instant, "until": instant + LEASE}
        rows = await fetched(connection, _SQL["lease"], given)
        if not rows:
            return None
        payment = await reversals.payment_of(connection, refund["payment_id"])
        leased = refund | rows[0] | {"is_disputed": payment["is_disputed"]}
        if payment["is_disputed"] and leased["asked_before"] is None and leased["idempotency_key"]:
            await refunds.fail(connection, await refunds.one(connection, refund["id"]), _DISPUTED, now)
            return None
        return leased


async def _release(till: Till, row: Row, reason: str) -> None:
    async with till.transaction(row["user_id"]) as connection:
        await connection.execute(_SQL["release"], _released(row, one_line(reason)[:_MOST_REASON]))


def _released(row: Row, reason: str | None) -> dict[str, object]:
    return {"id": row["id"], "until": row["leased_until"], "reason": reason}


def _failed(row: Row, reason: str) -> SeenRefund:
    return SeenRefund("", row["amount"], "failed", reason)
