"""Attempts that are open: asked again by the same key, looked up, or ended at the provider."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shared.billing.payments import payments
from shared.billing.payments.charging.asking import ask_of, recorded, refused, release
from shared.billing.payments.payment import PENDING, PROCESSING
from shared.billing.payments.port import Charger, Seen
from shared.billing.payments.till import LEASE, Till
from shared.errors import InvalidRequest, ProviderRefused, ProviderStopped, ProviderUnclear
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.charging", "charging.sql")

_POLLED: Final = timedelta(hours=6)
"""How often a payment that is being processed is looked up, should nobody tell of it."""


async def settle_open(till: Till, now: datetime) -> None:
    """Attempts that are open: asked again, looked up, or ended where nothing is to be paid any more."""
    for name, charger in till.chargers.items():
        given = {"provider": name, "now": till.instant(), "unchecked": now - _POLLED}
        async with till.transaction() as connection:
            rows = await fetched(connection, _SQL["open"], given)

        async def one(row: Row, charger: Charger = charger) -> None:
            await resume(till, charger, row, now)

        await till.each(name, rows, one)


async def resume(till: Till, charger: Charger, row: Row, now: datetime, *, ended: bool = False) -> Row:
    """What became of an open attempt; one that is `ended`, or pays what is not due, is cancelled at the provider."""
    leased = await _leased(till, row["id"], row["user_id"])
    if leased is None:
        async with till.transaction() as connection:
            return await payments.one(connection, row["id"])
    ended = ended or (leased["status"] == PENDING and leased["due"] < leased["amount"])
    try:
        seen = await _became(till, charger, leased, now, ended=ended)
    except (ProviderUnclear, ProviderStopped):
        await release(till, leased)
        raise
    return await recorded(till, leased, seen, now)


async def end_open(till: Till, invoice_id: UUID, now: datetime, *, keep_links: bool = False) -> None:
    """Cancel at the provider what is open on an invoice. Raises InvalidRequest where that is not possible now."""
    for row in await opened(till, invoice_id):
        charger = till.chargers.get(row["provider"])
        if charger is None:
            raise InvalidRequest(
                f"{row['provider']} is asked already, and is not configured", "set its LECTERN_*_API_KEY"
            )
        after = await resume(till, charger, row, now, ended=not (keep_links and row["link_id"]))
        if after["status"] == PROCESSING or (after["status"] == PENDING and not after["link_id"]):
            raise InvalidRequest(
                f"the payment {after['id']} is {after['status']} at {row['provider']}",
                "wait until it is known what came of it: lectern-admin billing run --only charge",
            )


async def opened(till: Till, invoice_id: UUID) -> list[Row]:
    """One at most."""
    async with till.transaction() as connection:
        return await fetched(connection, _SQL["opened"], {"invoice_id": invoice_id})


async def _became(till: Till, charger: Charger, row: Row, now: datetime, *, ended: bool) -> Seen:
    """Raises ProviderUnclear, ProviderStopped."""
    ids = row["provider_transaction_id"], row["link_id"]
    asked = await ask_of(till, row)
    try:
        if ended:
            return await charger.cancel(asked, *ids)
        asks_again = ids == (None, None) and row["origin"] != "link"
        if asks_again and now - row["asked_at"] < charger.key_lasts:
            return await charger.charge(asked)
        found = await charger.find(asked, *ids)
        if found is None and asks_again:
            return await charger.charge(asked)
    except ProviderRefused as error:
        return refused(row, error.line)
    return found or refused(row, f"{charger.name} does not know of it")


async def _leased(till: Till, payment_id: UUID, user_id: UUID) -> Row | None:
    async with till.transaction(user_id) as connection:
        given = {"id": payment_id, "now": till.instant(), "until": till.instant() + LEASE}
        rows = await fetched(connection, _SQL["lease"], given)
        return rows[0] if rows else None
