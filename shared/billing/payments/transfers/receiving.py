"""What came to our bank accounts is asked for, kept and matched, one short transaction at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shared.billing.payments.port import Receiver, Transfer
from shared.billing.payments.till import Till
from shared.billing.payments.transfers import allocating, transfers
from shared.billing.payments.transfers.matching import Part
from shared.billing.payments.transfers.transfers import Kept
from shared.errors import InvalidRequest, ValueRefused

FIRST: Final = timedelta(days=90)
"""How far back a provider is asked that told nothing yet."""
AGAIN: Final = timedelta(days=30)
"""How far back it is always asked: what is listed late has its own date."""


async def receive(till: Till, provider: Receiver, now: datetime) -> None:
    """What is new at a provider. Raises ProviderError."""
    async with till.transaction() as connection:
        newest = await transfers.newest(connection, provider.name)
    since = now - FIRST if newest is None else min(newest, now) - AGAIN
    await keep(till, provider.name, [one async for one in provider.received(since)], now)


async def keep(till: Till, provider: str, found: Sequence[Transfer], now: datetime) -> Kept:
    async with till.transaction() as connection:
        kept = await transfers.keep(connection, provider, found, now)
    till.counts["received"] += kept.new
    till.notes += [f"{provider}: {line}" for line in kept.contradictions]
    return kept


async def match(till: Till, now: datetime, ids: Sequence[UUID] | None = None) -> dict[UUID, tuple[Part, ...]]:
    """All that is unmatched, or these, each in a transaction of its own: what each pays that is sure."""
    matched = {}
    async with till.transaction() as connection:
        wanted = await allocating.promising(connection, ids)
    for transfer_id in wanted:
        try:
            async with till.transaction() as connection:
                parts = await allocating.match(connection, transfer_id, now)
        except (InvalidRequest, ValueRefused) as error:
            till.notes.append(f"transfer {transfer_id}: {error.line}")
            continue
        if parts:
            matched[transfer_id] = parts
    till.counts["matched"] += len(matched)
    return matched


async def take(till: Till, provider: str, found: Transfer, now: datetime) -> None:
    """One that a provider told of."""
    await match(till, now, (await keep(till, provider, [found], now)).ids)
