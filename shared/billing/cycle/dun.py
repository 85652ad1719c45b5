"""Whoever cannot be charged is reminded on the days of dunning; after the last, the subscription is paused."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from shared.billing import pausing
from shared.billing.alerts import alerts
from shared.billing.cycle.run import Run
from shared.billing.parties import profiles
from shared.billing.payments.charging.chargeable import waits_for_method
from shared.billing.payments.dunning import dunning, notice
from shared.billing.period import first_instant, local_day
from shared.billing.recordset import array, written
from shared.billing.subscriptions.subscriptions import Connection
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing.cycle", "dun.sql")


async def due(connection: Connection, run: Run) -> list[UUID]:
    """Users with a step whose day has come, or with a subscription to pause or resume, in the order of their ids."""
    given = {"came": _came(run.now, (await profiles.seller(connection)).zone), "last": dunning.LAST}
    waiting = {row["user_id"] for row in await fetched(connection, _SQL["due"], given)}
    return sorted(waiting.union(await pausing.candidates(connection)))


async def work(connection: Connection, users: Sequence[UUID], run: Run) -> Counter[str]:
    """Counts `reminded` invoices, and subscriptions `paused` and `resumed`."""
    counts = Counter(reminded=await _remind(connection, users, run))
    counts["paused"] = len(await pausing.pause_unpaid(connection, users, run.now))
    counts["resumed"] = len(await pausing.resume_paid(connection, users, run.now))
    return counts


async def _remind(connection: Connection, users: Sequence[UUID], run: Run) -> int:
    waits = await waits_for_method(connection, users, run.now, run.providers)
    seller = await profiles.seller(connection)
    today = local_day(run.now, seller.zone)
    steps, found = [], []
    for row in await fetched(connection, _SQL["unpaid"], {"users": array(waits), "now": run.now}):
        due_on = local_day(row["due_date"], seller.zone)
        step = dunning.step(due_on, today, row["done"])
        if step is None:
            continue
        lack, method = waits[row["user_id"]]
        steps.append({"invoice_id": row["id"], "step": step, "reason": lack})
        found.append(notice.reminder(row, due_on, today, step, lack, method, seller.iban))
    if steps:
        await connection.execute(_SQL["reminded"], {"rows": written(steps), "now": run.now})
        await alerts.raise_all(connection, found, run.now)
    return len(steps)


def _came(now: datetime, zone: str) -> list[datetime]:
    """What was due before each of these instants has reached a step; the last step first."""
    tomorrow = local_day(now, zone) + timedelta(days=1)
    return [first_instant(tomorrow - timedelta(days=days), zone) for days in reversed(dunning.DAYS)]
