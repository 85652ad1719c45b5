"""Subscriptions whose month ended go on, change or end; each boundary opens a draft of an invoice."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from shared.billing.cycle.run import Run
from shared.billing.subscriptions import subscriptions
from shared.billing.subscriptions.life import advance
from shared.billing.subscriptions.subscription import Outcome, Subscription
from shared.billing.subscriptions.subscriptions import Connection
from shared.billing.subscriptions.terms import Offers, offers
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing.cycle", "renew.sql")


async def due(connection: Connection, run: Run) -> list[UUID]:
    rows = await fetched(connection, _SQL["due"], {"now": run.now})
    return [row["user_id"] for row in rows]


async def work(connection: Connection, users: Sequence[UUID], run: Run) -> Counter[str]:
    offered = await offers(connection)
    counts: Counter[str] = Counter()
    changed: list[tuple[Subscription | None, Outcome]] = []
    for subscription in await subscriptions.at_boundary(connection, users, run.now):
        for before, outcome in advanced(subscription, run, offered):
            changed.append((before, outcome))
            counts["ended" if outcome.after.ended_at else "renewed"] += 1
    await subscriptions.save(connection, changed, offered, run.now)
    return counts


def advanced(
    subscription: Subscription, run: Run, offered: Offers
) -> list[tuple[Subscription | None, Outcome]]:
    """What the boundaries until now make of it, and of those that follow it."""
    before: Subscription | None = subscription
    outcome = advance(subscription, run.now, offered.terms_at)
    found = [(before, outcome)]
    while outcome.successor:
        outcome = advance(outcome.successor, run.now, offered.terms_at)
        found.append((None, outcome))
    return found
