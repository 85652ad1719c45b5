"""Invoices are charged: an attempt is written, its provider asked outside of any transaction, the outcome recorded.

Where nobody knows the outcome, the same key is sent again; once the provider forgot the key, the object is looked up.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.billing.parties import profiles
from shared.billing.payments import payments
from shared.billing.payments.charging.asking import ask_of, recorded, refused, release
from shared.billing.payments.charging.attempt import Try, Unpaid, decide
from shared.billing.payments.charging.chargeable import chargeable
from shared.billing.payments.charging.open_attempts import end_open, opened, resume
from shared.billing.payments.payment import FAILED, PENDING, Origin
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Charger, Seen
from shared.billing.payments.till import LEASE, Till
from shared.billing.period import first_instant, local_day
from shared.errors import InvalidRequest, ProviderRefused, ProviderStopped, ProviderUnclear
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.charging", "charging.sql")


async def due(
    connection: Connection, chargers: Mapping[str, Charger], now: datetime
) -> list[tuple[Row, Row, Try]]:
    """Invoices that are tried now, each with the method's row."""
    zone = (await profiles.seller(connection)).zone
    today = local_day(now, zone)
    rows = await _unpaid(connection, today, zone)
    methods = await chargeable(connection, list({row["user_id"] for row in rows}), now, chargers)
    found = []
    for row in rows:
        method = methods.get(row["user_id"])
        wanted = method and decide(_facts(row, zone), method["id"], today)
        if method and wanted:
            found.append((row, method, wanted))
    return found


async def charge(till: Till, now: datetime) -> None:
    """Every invoice that is due to be tried, by each provider's methods."""
    async with till.transaction() as connection:
        wanted = await due(connection, till.chargers, now)
    for name, charger in till.chargers.items():

        async def one(item: tuple[Row, Row, Try], charger: Charger = charger) -> None:
            row, method, reason = item
            await _tried(till, charger, row, method, reason, now)

        await till.each(name, [item for item in wanted if item[1]["provider"] == name], one)


async def attempt(
    till: Till,
    charger: Charger,
    user_id: UUID,
    number: str,
    origin: Origin,
    now: datetime,
    *,
    method: Row | None = None,
    step: int | None = None,
    return_url: str | None = None,
) -> Row | None:
    """One attempt at all that is due; the page of a `link` leads back to `return_url`.

    None where another began, nothing is due, or the method was removed meanwhile. What is unclear stays open, for the
    next run. Raises InvalidRequest while a dispute of the invoice is open: one that is won brings the money back.
    """
    async with till.transaction(user_id) as connection:
        invoice = await payments.due(connection, number)
        if await fetched(connection, _SQL["disputed"], {"invoice_id": invoice["id"]}):
            raise InvalidRequest(
                f"a dispute of {number} is open, and may bring its money back", "wait until it is decided"
            )
        if invoice["status"] not in ("sent", "overdue") or invoice["due"] <= 0:
            return None
        if await fetched(connection, _SQL["opened"], {"invoice_id": invoice["id"]}):
            return None
        if method and await fetched(connection, _SQL["removed_method"], {"id": method["id"]}):
            return None
        row = await payments.begin(
            connection,
            invoice,
            charger.name,
            origin,
            now,
            till.instant() + LEASE,
            method_id=method["id"] if method else None,
            step=step,
        )
        if step is not None:
            await _step(connection, invoice["id"], step, "charged", now, payment_id=row["id"])
    leased = row | {"number": invoice["number"]}
    try:
        seen = await _asked(till, charger, leased, return_url)
    except (ProviderUnclear, ProviderStopped):
        await release(till, leased)
        raise
    return await recorded(till, leased, seen, now)


async def pay_link(
    till: Till, charger: Charger, invoice: Mapping[str, Any], return_url: str, now: datetime
) -> Row:
    """The open page of an invoice, or a new one. What else is open is ended first. Raises InvalidRequest."""
    number = invoice["number"]
    if (refusal := charger.unfit(invoice["due"], invoice["currency"], None)) is not None:
        raise InvalidRequest(f"{number} cannot be paid by {charger.name}: {refusal}", "ask for a transfer")
    await end_open(till, invoice["id"], now, keep_links=True)
    for row in await opened(till, invoice["id"]):
        if row["action_url"] and row["amount"] == invoice["due"] and row["provider"] == charger.name:
            return row
    await end_open(till, invoice["id"], now)
    made = await attempt(till, charger, invoice["user_id"], number, "link", now, return_url=return_url)
    if made is None or not made["action_url"]:
        raise InvalidRequest(
            f"there is no page for {number}: {made['failure_reason'] if made else 'nothing is due'}",
            f"lectern-admin invoice show {number}",
        )
    return made


async def _tried(till: Till, charger: Charger, row: Row, method: Row, wanted: Try, now: datetime) -> None:
    if row["open_id"] is not None:
        if row["open_status"] != PENDING or not row["action_url"]:
            return
        for before in await opened(till, row["id"]):
            other = till.chargers.get(before["provider"])
            if other is None or (await resume(till, other, before, now, ended=True))["status"] != FAILED:
                return
    refusal = charger.unfit(row["due"], row["currency"], method["type"])
    if refusal is not None:
        if wanted.step is not None:
            async with till.transaction(row["user_id"]) as connection:
                await _step(connection, row["id"], wanted.step, "not_attempted", now, reason=refusal)
            till.counts["not_attempted"] += 1
        return
    await attempt(
        till, charger, row["user_id"], row["number"], wanted.origin, now, method=method, step=wanted.step
    )


async def _asked(till: Till, charger: Charger, row: Row, return_url: str | None) -> Seen:
    """Raises ProviderUnclear, ProviderStopped."""
    asked = await ask_of(till, row)
    try:
        if row["origin"] == "link":
            return await charger.pay_link(asked, return_url or "")
        return await charger.charge(asked)
    except ProviderRefused as error:
        return refused(row, error.line)


async def _unpaid(connection: Connection, today: date, zone: str) -> list[Row]:
    before = first_instant(today + timedelta(days=1), zone)
    return await fetched(connection, _SQL["unpaid"], {"before": before})


def _facts(row: Row, zone: str) -> Unpaid:
    return Unpaid(
        local_day(row["due_date"], zone), row["steps"], row["tried"], row["last_method"], row["declined"]
    )


async def _step(
    connection: Connection,
    invoice_id: UUID,
    step: int,
    did: str,
    now: datetime,
    *,
    payment_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    given = {"invoice_id": invoice_id, "step": step, "did": did, "now": now}
    await connection.execute(_SQL["step"], given | {"payment_id": payment_id, "reason": reason})
