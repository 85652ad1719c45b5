"""What providers told us is believed once the object is fetched; what it is to us is recorded, the rest is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.billing.payments import payments, recording
from shared.billing.payments.methods import methods
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Event, Found, Provider, Seen, SeenMethod, Transfer
from shared.billing.payments.till import Till
from shared.billing.payments.transfers import receiving
from shared.errors import InvalidRequest, ProviderRefused, ProviderStopped, ProviderUnclear
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments", "events.sql")

_COUNTED: Final = {
    "pending": "to_confirm",
    "processing": "processing",
    "completed": "completed",
    "failed": "declined",
    "refunded": "went_back",
}
STATES: Final = ("waiting", "handled", "unmatched")


async def listed(connection: Connection, status: str | None = None) -> list[Row]:
    """The newest first."""
    return await fetched(connection, _SQL["events"], {"status": status})


async def handle(till: Till, now: datetime) -> None:
    """Fetch the object of each event that waits, once for all events of it, and record what it is."""
    for name, provider in till.providers.items():
        async with till.transaction() as connection:
            rows = await fetched(connection, _SQL["waiting"], {"provider": name})
        by_object: dict[str, list[Row]] = {}
        for row in rows:
            by_object.setdefault(row["object_id"] or row["event_id"], []).append(row)

        async def one(events: list[Row], provider: Provider = provider) -> None:
            await _handled(till, provider, events, now)

        await till.each(name, by_object.values(), one)


async def _handled(till: Till, provider: Provider, events: Sequence[Row], now: datetime) -> None:
    newest = events[-1]
    ids = [row["id"] for row in events]
    event = Event(
        newest["event_id"], newest["type"], newest["object_id"], newest["happened_at"], newest["account"]
    )
    try:
        found = await provider.fetch(event)
    except (ProviderUnclear, ProviderStopped) as error:
        async with till.transaction() as connection:
            await connection.execute(_SQL["put_off"], {"ids": ids, "reason": error.line})
        raise
    except ProviderRefused as error:
        await _settle(till, ids, now, error.line)
        return
    payment, reason = await _taken(till, provider, event, found, now)
    await _settle(till, ids, now, reason, payment)


async def _taken(
    till: Till, provider: Provider, event: Event, found: Found | None, now: datetime
) -> tuple[UUID | None, str | None]:
    """The payment that it was, and why it is nothing to us."""
    if isinstance(found, Seen):
        return await _payment(till, provider, event, found, now)
    if isinstance(found, Transfer):
        await receiving.take(till, provider.name, found, now)
        return None, None
    if isinstance(found, SeenMethod):
        try:
            async with till.transaction() as connection:
                taken = await methods.take_in(connection, provider.name, found, now)
        except InvalidRequest as error:
            return None, error.line
        return None, None if taken else "the method is of nobody here"
    return None, None


async def _payment(
    till: Till, provider: Provider, event: Event, seen: Seen, now: datetime
) -> tuple[UUID | None, str | None]:
    async with till.transaction() as connection:
        ours = await payments.of_provider(
            connection,
            provider.name,
            payment_id=seen.payment_id,
            transaction_id=seen.id,
            link_id=seen.link_id,
        )
    if ours is None:
        return None, "no payment here is of that object"
    looks = None
    while True:
        if seen.disputes and looks != ours["looks"]:  # they go to and fro: only the newest look counts
            looks = ours["looks"]
            found = await provider.fetch(event)
            seen = found if isinstance(found, Seen) else seen
        async with till.transaction(ours["user_id"]) as connection:
            row = await payments.locked(connection, ours["id"])
            if seen.disputes and row["looks"] != looks:
                ours = row
                continue
            if reason := recording.differs(row, seen):
                return ours["id"], reason
            after = await recording.record(connection, row, seen, now)
        if after["status"] != row["status"]:
            till.counts[_COUNTED[after["status"]]] += 1
        return ours["id"], None


async def _settle(
    till: Till, ids: Sequence[UUID], now: datetime, reason: str | None, payment: UUID | None = None
) -> None:
    status = "unmatched" if reason else "handled"
    given = {"ids": list(ids), "status": status, "reason": reason, "payment_id": payment, "now": now}
    async with till.transaction() as connection:
        await connection.execute(_SQL["settle"], given)
    till.counts["events" if reason is None else "unmatched"] += len(ids)
