"""What providers told us is recorded, what is open is settled, and what is due is charged."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.billing.books import balance
from shared.billing.payments import events
from shared.billing.payments.charging import charging, open_attempts
from shared.billing.payments.methods import detaching, method_links
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Charger, Provider
from shared.billing.payments.reversals import refunding
from shared.billing.payments.till import Till


@dataclass(frozen=True, slots=True)
class Collect:
    """Who is asked for money, and what the instant is while the run goes on."""

    providers: Mapping[str, Provider]
    chargers: Mapping[str, Charger]
    instant: Callable[[], datetime]


async def charge(connection: Connection, collect: Collect, now: datetime) -> Till:
    """On a connection in autocommit. What was told comes first, so that nobody is asked for what they paid."""
    till = Till(connection, collect.providers, collect.chargers, collect.instant)
    await events.handle(till, now)
    await open_attempts.settle_open(till, now)
    await method_links.take_links(till, now)
    await charging.charge(till, now)
    await refunding.resume(till, now)
    await detaching.detach_removed(till, now)
    for name, provider in collect.providers.items():
        if name not in till.stopped:
            await till.guarded(name, _balance(till, provider, now))
    return till


async def rehearse(connection: Connection, collect: Collect, now: datetime) -> Counter[str]:
    """Counts what is due to be tried, and asks nobody."""
    return Counter(due_charges=len(await charging.due(connection, collect.chargers, now)))


async def _balance(till: Till, provider: Provider, now: datetime) -> None:
    till.counts["balance"] += await balance.take(till.connection, provider, now)
