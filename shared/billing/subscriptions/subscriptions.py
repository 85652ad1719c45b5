"""Subscriptions as rows: read and written in batches, with all that an outcome brings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from psycopg import AsyncConnection

from shared.billing.recordset import array, written
from shared.billing.subscriptions.subscription import (
    Cadence,
    Draft,
    Next,
    Outcome,
    Period,
    Proration,
    Span,
    Subscription,
    Terms,
    month_starts,
)
from shared.billing.subscriptions.terms import Offers
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.subscriptions", "subscriptions.sql")

Connection = AsyncConnection[Row]


async def load(connection: Connection, ids: Sequence[UUID]) -> list[Subscription]:
    """By user and id. Of their months, those of the interval that runs and of what is not settled."""
    given = {"ids": array(ids)}
    spans: dict[UUID, list[Span]] = defaultdict(list)
    for row in await fetched(connection, _SQL["spans"], given):
        terms = Terms(row["plan"], row["plan_version"], row["amount"], row["charges"], row["limits"])
        spans[row["subscription_id"]].append(Span(row["starts_at"], row["starts_on"], row["mode"], terms))
    periods: dict[UUID, list[Period]] = defaultdict(list)
    for row in await fetched(connection, _SQL["periods"], given):
        periods[row.pop("subscription_id")].append(Period(**row))
    found = []
    for row in await fetched(connection, _SQL["subscriptions"], given):
        waiting = row["next_plan"] and Next(
            row["next_plan"], Cadence(row["next_interval"], row["next_interval_count"])
        )
        own = spans[row["id"]]
        found.append(
            Subscription(
                row["id"],
                row["user_id"],
                row["status"],
                row["currency"],
                Cadence(row["interval"], row["interval_count"]),
                row["zone"],
                row["anchor"],
                own[0].starts_at,
                tuple(own),
                tuple(periods[row["id"]]),
                row["trial_end"],
                row["term_periods"],
                row["cancel_at_period_end"],
                waiting or None,
                row["ended_at"],
                row["pause_reason"],
            )
        )
    return found


async def newest(connection: Connection, user_id: UUID) -> Subscription | None:
    """The user's subscription that runs, or the one that ended last."""
    row = await (await connection.execute(_SQL["newest_of"], {"user": user_id})).fetchone()
    return (await load(connection, [row["id"]]))[0] if row else None


async def all_of(connection: Connection, user_id: UUID) -> list[Subscription]:
    rows = await fetched(connection, _SQL["all_of"], {"user": user_id})
    return await load(connection, [row["id"] for row in rows])


async def at_boundary(connection: Connection, users: Sequence[UUID], now: datetime) -> list[Subscription]:
    rows = await fetched(connection, _SQL["at_boundary"], {"users": list(users), "now": now})
    return await load(connection, [row["id"] for row in rows])


async def last_end(connection: Connection, user_id: UUID) -> datetime | None:
    [row] = await fetched(connection, _SQL["last_end"], {"user": user_id})
    ended: datetime | None = row["ended_at"]
    return ended


async def save(
    connection: Connection,
    changed: Iterable[tuple[Subscription | None, Outcome]],
    offers: Offers,
    now: datetime,
) -> None:
    """Write what came of each subscription, and tell the gate.

    Before it stands what was read; None for a new one.
    """
    subscriptions, spans, periods, drafts, pending = [], [], [], [], []
    limits: dict[UUID, dict[str, Any]] = {}
    for before, outcome in changed:
        after = outcome.after
        subscriptions.append(_as_row(after))
        known = before.spans if before else ()
        spans += [_span_row(after.id, span) for span in after.spans if span not in known]
        periods += _period_rows(before, after)
        if before:
            for gone in {one.starts_at for one in before.periods} - {one.starts_at for one in after.periods}:
                await connection.execute(_SQL["drop_period"], {"id": after.id, "starts_at": gone})
        drafts += [_draft_row(after, draft) for draft in outcome.drafts]
        pending += [_pending_row(after, line, offers) for line in outcome.prorations]
        limits[after.user_id] = _limits_row(after, offers, now)
    await _write(connection, "write_subscriptions", subscriptions, now)
    await _write(connection, "write_spans", spans, now)
    await _write(connection, "write_periods", periods, now)
    await _write(connection, "write_drafts", drafts, now)
    await _write(connection, "write_pending", pending, now)
    await _write(connection, "write_limits", list(limits.values()), now)


async def open_usage_invoice(
    connection: Connection, subscription: Subscription, period: Period, sequence: int, now: datetime
) -> None:
    """One more, for what was recorded late."""
    draft = Draft("usage", period.starts_at, now, period.starts_on, period.ends_on)
    await _write(connection, "write_drafts", [_draft_row(subscription, draft, sequence)], now)


async def adjust(
    connection: Connection, subscription: Subscription, line: Mapping[str, Any], now: datetime
) -> Row:
    """A line of an operator's that waits for the next invoice."""
    row = {"id": uuid4(), "user_id": subscription.user_id, "subscription_id": subscription.id,
           "type": "adjustment", "currency": subscription.currency, **line}  # fmt: skip
    await _write(connection, "write_pending", [row], now)
    return row


async def renew_free_limits(connection: Connection, offers: Offers, now: datetime) -> None:
    """A new version of the free plan reaches those for whom nothing runs."""
    await connection.execute(
        _SQL["renew_free_limits"], {**_limit_columns(offers.free_limits(now)), "now": now}
    )


def _as_row(one: Subscription) -> dict[str, Any]:
    start, end = one.current()
    trial_start = one.spans[0].starts_at if one.trial_end else None
    return {
        "id": one.id,
        "user_id": one.user_id,
        "plan": one.terms.plan,
        "status": one.status,
        "current_period_start": start,
        "current_period_end": end,
        "cancel_at_period_end": one.cancel_at_period_end,
        "amount": one.terms.amount,
        "currency": one.currency,
        "interval": one.cadence.interval,
        "interval_count": one.cadence.count,
        "trial_start": trial_start,
        "trial_end": one.trial_end,
        "zone": one.zone,
        "anchor": one.anchor,
        "term_periods": one.term_periods,
        "next_plan": one.next and one.next.plan,
        "next_interval": one.next and one.next.cadence.interval,
        "next_interval_count": one.next and one.next.cadence.count,
        "next_boundary": one.next_boundary,
        "ended_at": one.ended_at,
        "pause_reason": one.pause_reason if one.status == "paused" else None,
    }


def _span_row(subscription_id: UUID, span: Span) -> dict[str, Any]:
    return {
        "subscription_id": subscription_id,
        "starts_at": span.starts_at,
        "starts_on": span.starts_on,
        "mode": span.mode,
        "plan": span.terms.plan,
        "plan_version": span.terms.version,
        "amount": span.terms.amount,
        "charges": span.terms.charges,
        "limits": dict(span.terms.limits),
    }


def _period_rows(before: Subscription | None, after: Subscription) -> list[dict[str, Any]]:
    known = set(before.periods) if before else set()
    rows = []
    for number, one in enumerate(after.periods):
        if one in known:
            continue
        first = number == 0 and (before is None or not before.periods)
        rows.append(
            {
                "subscription_id": after.id,
                "number": one.number,
                "starts_at": one.starts_at,
                "ends_at": one.ends_at,
                "starts_on": one.starts_on,
                "ends_on": one.ends_on,
                "follows": None if first else one.starts_at,
                "fee": one.fee,
                "plan": one.plan,
                "covered_from": one.covered_from,
            }
        )
    return rows


def _draft_row(one: Subscription, draft: Draft, sequence: int = 0) -> dict[str, Any]:
    key = f"{draft.kind} {draft.period_start} {sequence}"
    return {
        "id": uuid5(one.id, key),
        "user_id": one.user_id,
        "subscription_id": one.id,
        "kind": draft.kind,
        "period_start": draft.period_start,
        "sequence": sequence,
        "closes_at": draft.closes_at,
        "currency": one.currency,
        "period": {
            "type": _period_type(one.cadence, draft),
            "startDate": draft.starts_on.isoformat(),
            "endDate": (draft.ends_on - timedelta(days=1)).isoformat(),
        },
    }


def _period_type(cadence: Cadence, draft: Draft) -> str:
    if draft.kind == "final":
        return "custom"
    if draft.kind == "usage" or cadence == Cadence("month"):
        return "monthly"
    return "yearly" if cadence == Cadence("year") else "custom"


def _pending_row(one: Subscription, line: Proration, offers: Offers) -> dict[str, Any]:
    name = offers.name(line.plan)
    return {
        "id": uuid4(),
        "user_id": one.user_id,
        "subscription_id": one.id,
        "type": "proration",
        "description": ("Unused time of " if line.amount < 0 else "Remaining time of ") + name,
        "amount": line.amount,
        "currency": one.currency,
        "starts_on": line.starts_on,
        "ends_on": line.ends_on,
        "due_at": line.due_at,
        "metadata": {
            "plan": line.plan,
            "wording": {"key": "unused_time" if line.amount < 0 else "remaining_time", "plan": name},
        },
    }


def _limits_row(one: Subscription, offers: Offers, now: datetime) -> dict[str, Any]:
    runs = one.status == "active" and one.periods
    limits = one.terms.limits if runs else offers.free_limits(now)
    starts = month_starts(one) if one.periods else ()
    return {
        "user_id": one.user_id,
        **_limit_columns(limits),
        "month_starts": list(starts),
    }


def _limit_columns(limits: Mapping[str, int | None]) -> dict[str, int | None]:
    return {
        "requests": limits.get("requestsPerMonth"),
        "tokens": limits.get("tokensPerMonth"),
        "concurrent": limits.get("concurrentRequests"),
    }


async def _write(connection: Connection, name: str, rows: list[dict[str, Any]], now: datetime) -> None:
    if rows:
        await connection.execute(_SQL[name], {"rows": written(rows), "now": now})
