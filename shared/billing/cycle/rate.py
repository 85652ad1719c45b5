"""Usage of the months that ended, by terms and meter, and what it costs in all.

One statement adds up the usage of everybody, as one pass over a month; its rows are rated in batches.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import errors

from shared.billing.cycle.run import Run
from shared.billing.plans.plan_json import charges_of
from shared.billing.plans.rating import rate
from shared.billing.recordset import written as recordset
from shared.billing.subscriptions import subscriptions
from shared.billing.subscriptions.shares import shares
from shared.billing.subscriptions.subscription import Subscription
from shared.billing.subscriptions.subscriptions import Connection
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.cycle", "rate.sql")

FENCE_SECONDS = 5
MANY = 1_000
"""Months from which on one pass over the usage beats a look at each user's."""
_MANY_ROWS = "SET LOCAL enable_nestloop = off; SET LOCAL enable_sort = off; SET LOCAL work_mem = '64MB'"
"""The planner cannot know how many calls a month has, and takes them for few."""
_ANY_ROWS = (
    "SET LOCAL enable_nestloop = DEFAULT; SET LOCAL enable_sort = DEFAULT; SET LOCAL work_mem = DEFAULT"
)


@dataclass(frozen=True, slots=True)
class Months:
    """How many there are; from when until when, where there are any."""

    count: int
    first: datetime | None
    last: datetime | None


async def months(connection: Connection, run: Run, users: Sequence[UUID] | None = None) -> Months:
    """How many months there are to rate, and what bounds them."""
    given = {"now": run.now, "users": users and list(users)}
    [row] = await fetched(connection, _SQL["due"], given)
    return Months(row["months"], row["first"], row["last"])


async def fence(connection: Connection) -> bool:
    """Wait for usage that is being written; False where that takes too long: then nothing is frozen yet."""
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{FENCE_SECONDS}s'")
            await connection.execute("LOCK TABLE usage_logs IN SHARE MODE")
    except errors.LockNotAvailable:
        return False
    return True


async def used(
    connection: Connection,
    run: Run,
    wanted: Months,
    batch: int,
    users: Sequence[UUID] | None = None,
    *,
    streamed: bool = False,
) -> AsyncGenerator[list[Row], None]:
    """What was used in these months, in batches that split no user.

    `streamed`, they come as they are read, and the connection is for nothing else until the last. A cursor is not
    declared: PostgreSQL reads in one process alone for it.
    """
    given = {
        "now": run.now,
        "grace": run.grace,
        "users": users and list(users),
        "first": wanted.first,
        "last": wanted.last,
    }
    async with connection.transaction():
        if wanted.count > MANY:
            await connection.execute(_MANY_ROWS)
        if streamed:
            rows: Any = connection.cursor().stream(_SQL["used"], given)
            async with aclosing(rows):
                async for one in _in_batches(rows, batch):
                    yield one
            return
        found = await connection.execute(_SQL["used"], given)
        await connection.execute(_ANY_ROWS)
    async for one in _in_batches(found, batch):
        yield one


async def _in_batches(rows: AsyncIterator[Row], batch: int) -> AsyncIterator[list[Row]]:
    waiting: list[Row] = []
    async for row in rows:
        if len(waiting) >= batch and row["user_id"] != waiting[-1]["user_id"]:
            yield waiting
            waiting = []
        waiting.append(row)
    if waiting:
        yield waiting


async def work(connection: Connection, users: Sequence[UUID], run: Run) -> Counter[str]:
    """Rate the months of these users, who are locked."""
    counts: Counter[str] = Counter()
    if (wanted := await months(connection, run, users)).count:
        async for rows in used(connection, run, wanted, MANY, users):
            counts += await write(connection, rows)
    return counts


async def write(connection: Connection, rows: Sequence[Row]) -> Counter[str]:
    """Rate what was used; the users are locked."""
    ids = list(dict.fromkeys(row["subscription_id"] for row in rows))
    by_id = {one.id: one for one in await subscriptions.load(connection, ids)}
    quantities: dict[tuple[UUID, datetime], dict[datetime, Row]] = defaultdict(dict)
    for row in rows:
        quantities[row["subscription_id"], row["period_start"]][row["span_start"]] = row
    rated = [
        line
        for (subscription_id, start), spans in quantities.items()
        for line in _rated(by_id[subscription_id], start, spans)
    ]
    if rated:
        await connection.execute(_SQL["write"], {"rows": recordset(rated)})
    return Counter(rated=len(quantities))


async def freeze(connection: Connection, run: Run, failed: Sequence[UUID]) -> int:
    """Months whose grace is over; how many."""
    given = {"now": run.now, "grace": run.grace, "failed": list(failed)}
    return (await connection.execute(_SQL["freeze"], given)).rowcount


async def late(connection: Connection, run: Run) -> int:
    """How many rows more came too late to be billed."""
    row = await (await connection.execute(_SQL["late"], {"now": run.now, "grace": run.grace})).fetchone()
    return row["late"] if row else 0


def _rated(subscription: Subscription, start: datetime, spans: dict[datetime, Row]) -> list[dict[str, Any]]:
    period = next((one for one in subscription.periods if one.starts_at == start), None)
    if period is None:  # settled meanwhile
        return []
    found = []
    for share in shares(subscription, period, subscription.covered_from(period.number)):
        parts = [spans[at] for at in share.spans if at in spans]
        if not parts:
            continue
        for charge in charges_of(share.terms.charges, subscription.currency):
            quantity = sum(row[charge.meter] for row in parts)
            amounts = rate(charge, share.included(charge.included), quantity, subscription.currency)
            found.append(
                {
                    "subscription_id": subscription.id,
                    "period_start": start,
                    "meter": charge.meter,
                    "terms": share.terms.key,
                    "quantity": int(quantity),
                    "amount": sum(one.amount for one in amounts),
                    "last_used_on": max(row["last_used_on"] for row in parts),
                }
            )
    return found
