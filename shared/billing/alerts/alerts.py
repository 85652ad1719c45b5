"""Alerts as rows: those that are due, each raised once and with a message in the outbox; thresholds; what was read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing import outbox
from shared.billing.alerts import alert
from shared.billing.alerts.alert import LIMITS, Alert, Meter, Part
from shared.billing.parties import profiles
from shared.billing.period import local_day
from shared.billing.plans.plan_json import charges_of
from shared.billing.recordset import written
from shared.billing.subscriptions import subscriptions
from shared.billing.subscriptions.shares import Share, shares
from shared.billing.subscriptions.subscription import Period, Subscription, spans_until
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.alerts", "alerts.sql")

RAISED = "alert.raised"
"""The topic of the outbox; its subject is the alert's id."""

Connection = AsyncConnection[Row]


async def candidates(connection: Connection, now: datetime) -> list[UUID]:
    """Users whom something may have to be said, in the order of their ids."""
    return [row["id"] for row in await fetched(connection, _SQL["candidates"], {"now": now})]


async def of_usage(
    connection: Connection, users: Sequence[UUID], now: datetime, grace: timedelta
) -> list[Alert]:
    """One for each threshold that a month's usage has reached, of what was recorded by now and within the grace."""
    waiting = await fetched(connection, _SQL["waiting_thresholds"], {"users": list(users), "now": now})
    found = await subscriptions.load(connection, sorted({row["subscription_id"] for row in waiting}))
    wanted = {(row["subscription_id"], row["number"]) for row in waiting}
    months = {
        (one.id, period.number): (one, period, shares(one, period, one.covered_from(period.number)))
        for one in found
        for period in one.periods
        if (one.id, period.number) in wanted
    }
    used = await _used(connection, months.values(), now, grace)
    raised = []
    for row in waiting:
        subscription, period, parts = months[row["subscription_id"], row["number"]]
        meter: Meter = row["meter"]
        measure = alert.measure(
            [
                _part(share, subscription.currency, meter, used, (subscription.id, period.starts_at))
                for share in parts
            ]
        )
        if measure is None or not measure.reached(row["percent"]):
            continue
        last = period.ends_on - timedelta(days=1)
        raised.append(
            Alert(
                row["user_id"],
                "usage_threshold",
                row["occasion"],
                alert.used_message(measure, meter, row["percent"], period.starts_on, last),
                Decimal(row["percent"]),
                measure.percent,
                {
                    "subscription_id": str(subscription.id),
                    "meter": meter,
                    "used": measure.used,
                    measure.kind: measure.of,
                    "startDate": str(period.starts_on),
                    "endDate": str(last),
                },
            )
        )
    return raised


async def of_overdue_invoices(connection: Connection, users: Sequence[UUID]) -> list[Alert]:
    """Their `current_value` is what is due."""
    zone = (await profiles.seller(connection)).zone
    return [
        Alert(
            row["user_id"],
            "invoice_overdue",
            row["occasion"],
            alert.overdue_message(
                row["number"], row["due"], row["currency"], local_day(row["due_date"], zone)
            ),
            None,
            row["due"],
            {
                "invoice_id": str(row["id"]),
                "number": row["number"],
                "currency": row["currency"],
                "dueDate": str(local_day(row["due_date"], zone)),
            },
        )
        for row in await fetched(connection, _SQL["overdue_invoices"], {"users": list(users)})
    ]


async def of_endings(connection: Connection, users: Sequence[UUID], now: datetime) -> list[Alert]:
    occasions = {
        row["id"]: row["occasion"]
        for row in await fetched(connection, _SQL["endings"], {"users": list(users), "now": now})
    }
    raised = []
    for one in await subscriptions.load(connection, list(occasions)):
        if found := alert.ending(one, local_day(now, one.zone)):
            reason, last = found
            metadata = {
                "subscription_id": str(one.id),
                "reason": reason,
                "endDate": str(last),
                **alert.ending_facts(one, reason),
            }
            message = alert.ending_message(one, reason, last)
            raised.append(
                Alert(one.user_id, "subscription_expiring", occasions[one.id], message, metadata=metadata)
            )
    return raised


async def raise_all(connection: Connection, found: Sequence[Alert], now: datetime) -> list[Row]:
    """`id`, `user_id` and `type` of those that are new; each has a message in the outbox."""
    if not found:
        return []
    raised = await fetched(
        connection, _SQL["raise"], {"rows": written([asdict(one) for one in found]), "now": now}
    )
    told = [outbox.Message(RAISED, row["user_id"], row["id"], {"type": row["type"]}) for row in raised]
    await outbox.put_many(connection, told, now)
    return raised


async def set_thresholds(
    connection: Connection, user: UUID, meter: Meter, percents: Sequence[int], now: datetime
) -> None:
    """Those and no others; one that stands stays as it was set."""
    given = {"user": user, "meter": meter, "percents": list(percents), "now": now}
    await connection.execute(_SQL["drop_thresholds"], given)
    await connection.execute(_SQL["add_thresholds"], given)


async def thresholds(connection: Connection, user: UUID) -> dict[str, list[int]]:
    """Percents by meter, ascending."""
    return {
        row["meter"]: row["percents"] for row in await fetched(connection, _SQL["thresholds"], {"user": user})
    }


async def listed(connection: Connection, user: UUID | None, *, unread: bool) -> list[Row]:
    """The newest first; of everybody, where no user is named."""
    return await fetched(connection, _SQL["alerts"], {"id": None, "user": user, "unread": unread})


async def find(connection: Connection, alert_id: UUID) -> Row:
    """As `listed` has it."""
    [row] = await fetched(connection, _SQL["alerts"], {"id": alert_id, "user": None, "unread": False})
    return row


async def unknown(connection: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """Those that are no alert's."""
    known = {row["id"] for row in await fetched(connection, _SQL["known"], {"ids": list(ids)})}
    return [one for one in ids if one not in known]


async def mark_read(
    connection: Connection, now: datetime, *, ids: Sequence[UUID] = (), user: UUID | None = None
) -> list[Row]:
    """These, or all of a user; the rows of those that were not read before."""
    return await fetched(connection, _SQL["read"], {"ids": list(ids), "user": user, "now": now})


async def _used(
    connection: Connection,
    months: Iterable[tuple[Subscription, Period, Sequence[Share]]],
    now: datetime,
    grace: timedelta,
) -> Mapping[tuple[UUID, datetime, datetime], Mapping[str, int]]:
    """Units by meter, by subscription, month's start and span's start."""
    keys: list[tuple[UUID, datetime, datetime]] = []
    windows: list[dict[str, Any]] = []
    for month in months:
        for key, window in _windows(*month, now, grace):
            windows.append({"place": len(keys), **window})
            keys.append(key)
    rows = await fetched(connection, _SQL["used"], {"windows": written(windows)}) if windows else []
    return {keys[row["place"]]: row for row in rows}


def _windows(
    one: Subscription, period: Period, parts: Sequence[Share], now: datetime, grace: timedelta
) -> Iterator[tuple[tuple[UUID, datetime, datetime], dict[str, Any]]]:
    rated = {start for share in parts for start in share.spans}
    for span, until, _ in spans_until(one.spans, period.ends_at):
        if span.starts_at in rated:
            yield (
                (one.id, period.starts_at, span.starts_at),
                {
                    "user_id": one.user_id,
                    "starts_at": max(span.starts_at, period.starts_at),
                    "ends_at": min(until, period.ends_at),
                    "recorded_by": min(now, period.ends_at + grace),
                },
            )


def _part(
    share: Share,
    currency: str,
    meter: Meter,
    used: Mapping[tuple[UUID, datetime, datetime], Mapping[str, int]],
    month: tuple[UUID, datetime],
) -> Part:
    charges = charges_of(share.terms.charges, currency)
    included = sum(charge.included for charge in charges if charge.meter == meter)
    return Part(
        sum(used[*month, start][meter] for start in share.spans),
        share.included(included) if included else None,
        share.terms.limits.get(LIMITS[meter]),
    )
