"""Drafts of invoices, computed anew from what is rated, booked and waiting, until they are sent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.billing.invoices import draft_rows, lines
from shared.billing.invoices.draft_rows import Treated
from shared.billing.invoices.lines import Line
from shared.billing.invoices.unbooked import Unbooked
from shared.billing.parties import profiles, rates
from shared.billing.recordset import array, written
from shared.billing.subscriptions import subscriptions
from shared.billing.subscriptions.subscription import Subscription
from shared.billing.subscriptions.subscriptions import Connection
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.invoices", "drafts.sql")


async def compose(connection: Connection, users: Sequence[UUID], now: datetime) -> Counter[str]:
    """Give every draft of these users its lines and taxes; drop those without lines; settle what is all booked.

    The users are locked.
    """
    opened = await _read(connection, users)
    if await _open_late(connection, opened, now):
        opened = await _read(connection, users)
    if not opened:
        return Counter()
    seller = await profiles.seller(connection)
    customers = await profiles.customers(connection, list({one.subscription.user_id for one in opened}))
    names = {row["id"]: row["name"] for row in await fetched(connection, _SQL["plan_names"])}
    drafts, items, empty = [], [], []
    counts: Counter[str] = Counter()
    treated = Treated(seller, rates.known())
    for one in opened:
        customer = customers[one.subscription.user_id]
        for draft in one.drafts:
            kept = lines.fitted(
                [(line, treated.of(customer, line.taxed_on)) for line in one.lines(draft, names)]
            )
            one.take(kept)
            if not kept:
                empty.append(draft["id"])
                continue
            treatments = [treated.of(customer, line.taxed_on) for line in kept]
            reason = next((found for found in treatments if isinstance(found, str)), None)
            counts["waiting" if reason else "drafts"] += 1
            rows = [
                draft_rows.item(draft, place, line, treatment)
                for place, (line, treatment) in enumerate(zip(kept, treatments, strict=True), 1)
            ]
            items += rows
            drafts.append(
                draft_rows.written(
                    one.subscription.cadence, draft, rows, kept, treatments, reason, customer, now
                )
            )
    given = array(draft["id"] for one in opened for draft in one.drafts)
    await connection.execute(_SQL["drop_items"], {"ids": given})
    if items:
        await connection.execute(_SQL["write_items"], {"rows": written(items)})
    if drafts:
        await connection.execute(_SQL["write_drafts"], {"rows": written(drafts), "now": now})
    if empty:
        await connection.execute(_SQL["drop_drafts"], {"ids": empty})
    await _settle(connection, opened, now)
    return counts


async def waive(connection: Connection, draft: Row, now: datetime) -> None:
    """Cancel a draft with all that it carries by now: no later invoice makes up for it. Raises InvalidRequest.

    Its user is locked.
    """
    await compose(connection, [draft["user_id"]], now)
    if not (await connection.execute(_SQL["waive"], {"id": draft["id"]})).rowcount:
        raise InvalidRequest(f"{draft['number']} carries nothing", "the next billing run drops it")


async def overcharges(connection: Connection, users: Sequence[UUID]) -> list[tuple[Subscription, Line]]:
    """Usage that late rows made cheaper, and that no invoice since could take, or none will."""
    return [
        (one.subscription, line)
        for one in await _read(connection, users)
        if not one.drafts
        for row in one.ratings
        if row["frozen_at"]
        and (one.subscription.ended_at or row["frozen_at"] <= one.subscription.periods[-1].starts_at)
        for line in one.usage(row)
        if line.amount < 0
    ]


async def _read(connection: Connection, users: Sequence[UUID]) -> list[Unbooked]:
    of_users = {"users": array(users)}
    involved = [row["id"] for row in await fetched(connection, _SQL["involved"], of_users)]
    if not involved:
        return []
    found = {one.id: Unbooked(one) for one in await subscriptions.load(connection, involved)}
    given = {"ids": array(involved)}
    for row in await fetched(connection, _SQL["drafts"], of_users):
        found[row["subscription_id"]].drafts.append(row)
    for row in await fetched(connection, _SQL["ratings"], given):
        found[row["subscription_id"]].ratings.append(row)
    for row in await fetched(connection, _SQL["booked"], given):
        key = (row["period_start"], row["meter"], row["terms"])
        found[row["subscription_id"]].booked.setdefault(key, {})[row["tier"]] = (row["units"], row["amount"])
    for row in await fetched(connection, _SQL["pending"], given):
        found[row["subscription_id"]].pending.append(row)
    return list(found.values())


async def _open_late(connection: Connection, opened: Iterable[Unbooked], now: datetime) -> int:
    """A further usage invoice, where something was recorded late and nothing else follows that would carry it."""
    count = 0
    for one in opened:
        if one.drafts or not one.subscription.ended_at:
            continue
        for start in sorted({row["period_start"] for row in one.ratings if row["frozen_at"]}):
            period = one.period(start)
            rated = [row for row in one.ratings if row["period_start"] == start]
            late = [line for row in rated for line in one.usage(row)]
            if period and any(line.amount > 0 for line in late):
                given = {"id": one.subscription.id, "period_start": start}
                [row] = await fetched(connection, _SQL["sequence"], given)
                await subscriptions.open_usage_invoice(connection, one.subscription, period, row["next"], now)
                count += 1
                break
    return count


async def _settle(connection: Connection, opened: Sequence[Unbooked], now: datetime) -> None:
    """A frozen month of which nothing is left to book, where no draft may still carry some of it."""
    quiet = [one for one in opened if not one.drafts]
    left = [
        {"subscription_id": str(one.subscription.id), "period_start": row["period_start"].isoformat()}
        for one in quiet
        for row in one.ratings
        if one.usage(row)
    ]
    if quiet:
        ids = [one.subscription.id for one in quiet]
        await connection.execute(_SQL["settle"], {"ids": ids, "open": Jsonb(left), "now": now})
