"""An operator's orders about subscriptions, placed: the user is locked, boundaries that passed come first."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from shared.billing.invoices import credit_notes
from shared.billing.parties import profiles
from shared.billing.period import Interval, local_day
from shared.billing.plans import plans
from shared.billing.subscriptions import orders, subscriptions
from shared.billing.subscriptions.life import advance
from shared.billing.subscriptions.subscription import (
    Cadence,
    Outcome,
    PauseReason,
    Period,
    Proration,
    Subscription,
    Terms,
)
from shared.billing.subscriptions.subscriptions import Connection
from shared.billing.subscriptions.terms import Offers, offers
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing", "placing.sql")

When = Literal["period-end", "now"]
FARTHEST: Final = timedelta(days=3660)


async def start(
    connection: Connection,
    user_id: UUID,
    plan: str,
    cadence: Cadence,
    currency: str | None,
    day: date | None,
    now: datetime,
    *,
    trial_days: int = 0,
    term_periods: int | None = None,
) -> UUID:
    """A new subscription; from today on, where no day is named. Raises InvalidRequest."""
    running = await _newest(connection, user_id, now)
    if running and not running.ended_at:
        raise InvalidRequest(
            f"there is a subscription to {running.terms.plan} already", "change it with `subscription change`"
        )
    customer = await profiles.customer(connection, user_id)
    seller = await profiles.seller(connection)
    today = local_day(now, customer.zone)
    begins = day or today
    if begins < today:
        raise InvalidRequest(f"{begins} is past in {customer.zone}", f"start it on {today} or later")
    if begins - today > FARTHEST:
        raise InvalidRequest(f"{begins} is more than ten years ahead", "name an earlier day")
    await plans.startable(connection, plan, now)
    offered = await offers(connection)
    terms = _terms(offered, plan, cadence, currency or seller.currency, now)
    started = orders.start(
        (uuid4(), user_id),
        terms,
        cadence,
        currency or seller.currency,
        customer.zone,
        begins,
        not_before=await subscriptions.last_end(connection, user_id),
        trial_days=trial_days,
        term_periods=term_periods,
    )
    await _save(connection, None, Outcome(started), offered, now)
    return started.id


async def change(
    connection: Connection, user_id: UUID, plan: str, cadence: Cadence, when: When, now: datetime
) -> Outcome:
    """Raises InvalidRequest."""
    await plans.startable(connection, plan, now)
    subscription, offered = await _running(connection, user_id, now)
    same = (plan, cadence) == (subscription.terms.plan, subscription.cadence)
    if same and (when == "now" or not subscription.next):
        raise InvalidRequest(f"the subscription is to {plan} already", "name another plan or interval")
    terms = _terms(offered, plan, cadence, subscription.currency, now)
    if when == "period-end":
        outcome = orders.change_at_end(subscription, plan, cadence)
    else:
        outcome = orders.change(subscription, terms, cadence, now, uuid4())
        outcome = await _left_of_the_fee(connection, subscription, outcome)
    return await _place(connection, subscription, outcome, offered, now)


async def cancel(connection: Connection, user_id: UUID, when: When, now: datetime) -> Outcome:
    """Raises InvalidRequest."""
    subscription, offered = await _running(connection, user_id, now)
    outcome = (
        orders.cancel_now(subscription, now) if when == "now" else orders.cancel_at_end(subscription, now)
    )
    return await _place(connection, subscription, outcome, offered, now)


async def pause(
    connection: Connection, user_id: UUID, now: datetime, reason: PauseReason | None = None
) -> Outcome:
    """Raises InvalidRequest."""
    subscription, offered = await _running(connection, user_id, now)
    return await _place(connection, subscription, orders.pause(subscription, now, reason), offered, now)


async def resume(connection: Connection, user_id: UUID, now: datetime) -> Outcome:
    """Raises InvalidRequest."""
    subscription, offered = await _running(connection, user_id, now)
    return await _place(connection, subscription, orders.resume(subscription, now), offered, now)


async def go_on(connection: Connection, user_id: UUID, now: datetime) -> Outcome:
    """End a pause, and take back no cancellation. Raises InvalidRequest."""
    subscription, offered = await _running(connection, user_id, now)
    return await _place(connection, subscription, orders.go_on(subscription, now), offered, now)


async def adjust(
    connection: Connection, user_id: UUID, amount: str, description: str, now: datetime
) -> dict[str, Any]:
    """A line of an operator's for the next invoice; below zero it lowers that. Raises InvalidRequest."""
    subscription, _ = await _running(connection, user_id, now)
    day = local_day(now, subscription.zone)
    line = {
        "description": description,
        "amount": amount,
        "starts_on": day,
        "ends_on": day + timedelta(days=1),
        "due_at": now,
    }
    return await subscriptions.adjust(connection, subscription, line, now)


async def currency_of(connection: Connection, user_id: UUID, now: datetime) -> str:
    """That of the subscription that runs. Raises InvalidRequest."""
    subscription, _ = await _running(connection, user_id, now)
    return subscription.currency


async def cadence(
    connection: Connection, user_id: UUID, interval: Interval | None, count: int | None
) -> Cadence:
    """The running subscription's own, where no other is named; another interval counts from one."""
    found = await subscriptions.newest(connection, user_id)
    own = found.cadence if found else Cadence("month")
    if interval is None or interval == own.interval:
        return Cadence(own.interval, count or own.count)
    return Cadence(interval, count or 1)


async def newest_id(connection: Connection, user_id: UUID) -> UUID | None:
    found = await subscriptions.newest(connection, user_id)
    return found.id if found else None


async def shown(
    connection: Connection, subscription_id: UUID | None = None, status: str | None = None
) -> list[Row]:
    """Subscriptions as rows, those that run first."""
    given = {"id": subscription_id, "status": status}
    return await fetched(connection, _SQL["shown"], given)


async def waiting(connection: Connection, subscription_id: UUID) -> list[Row]:
    """Lines that wait for the next invoice."""
    return await fetched(connection, _SQL["waiting"], {"id": subscription_id})


async def _newest(connection: Connection, user_id: UUID, now: datetime) -> Subscription | None:
    """With every boundary behind it that passed by now. Raises InvalidRequest for a now before its last change."""
    offered = await offers(connection)
    subscription = await subscriptions.newest(connection, user_id)
    while subscription and (boundary := subscription.next_boundary) and boundary <= now:
        await _save(connection, subscription, Outcome(subscription), offered, now)
        subscription = await subscriptions.newest(connection, user_id)
    if subscription and now < (last := subscription.changed_at):
        raise InvalidRequest(
            f"the subscription changed at {last.isoformat()} already, and this instant is before that",
            "set the clock, or name a later --now",
        )
    return subscription


async def _running(connection: Connection, user_id: UUID, now: datetime) -> tuple[Subscription, Offers]:
    subscription = await _newest(connection, user_id, now)
    if subscription is None:
        raise InvalidRequest("there is no subscription", "`subscription start` makes one")
    if subscription.ended_at:
        raise InvalidRequest(f"the subscription is {subscription.status} already", "start a new one")
    return subscription, await offers(connection)


def _terms(offered: Offers, plan: str, cadence: Cadence, currency: str, now: datetime) -> Terms:
    terms = offered.terms_at(plan, cadence, currency, now)
    if terms is None:
        raise InvalidRequest(
            f"the plan {plan} has no price by the {cadence.interval} in {currency}",
            f"`lectern-admin plan show {plan}` shows its prices",
        )
    return terms


async def _place(
    connection: Connection, before: Subscription, outcome: Outcome, offered: Offers, now: datetime
) -> Outcome:
    """Give back first what is not used of a fee, then write what came of the order."""
    if outcome.refund > 0 and (first := before.interval_first):
        opened = any(period.starts_at == first.starts_at for period in outcome.after.periods)
        rest = await _refunded(
            connection, before, first, outcome.refund, offered, now, never_charged=not opened
        )
        outcome = replace(outcome, prorations=(*outcome.prorations, *rest))
    await _save(connection, before, outcome, offered, now)
    return outcome


async def _left_of_the_fee(connection: Connection, before: Subscription, outcome: Outcome) -> Outcome:
    """A change gives back no more of a fee than is left of it: nothing of one that was waived or credited."""
    first = before.interval_first
    if first is None or not first.fee or before.terms.plan != first.plan:  # lines of an earlier change stand
        return outcome
    given = {"subscription_id": before.id, "period_start": first.starts_at}
    invoice = await (await connection.execute(_SQL["fee_invoice"], given)).fetchone()
    if invoice is None or invoice["status"] == "draft":
        return outcome
    waived = invoice["status"] == "cancelled"
    left = Decimal(0) if waived else max(invoice["fee"] - invoice["credited"], Decimal(0))
    lines = (replace(line, amount=max(line.amount, -left)) for line in outcome.prorations)
    return replace(outcome, prorations=tuple(line for line in lines if line.amount))


async def _refunded(
    connection: Connection,
    subscription: Subscription,
    first: Period,
    refund: Decimal,
    offered: Offers,
    now: datetime,
    *,
    never_charged: bool,
) -> list[Proration]:
    """Credit the invoice of the fee; what that cannot take, such as of an upgrade, is a line of the final invoice.

    `never_charged` is a fee whose month ended as it began: a draft does not carry it any more.
    """
    fee = first.fee or Decimal(0)
    given = {"subscription_id": subscription.id, "period_start": first.starts_at}
    invoice = await (await connection.execute(_SQL["fee_invoice"], given)).fetchone()
    day, ends = local_day(now, subscription.zone), subscription.interval_days[1]
    plan = subscription.terms.plan
    if invoice and invoice["status"] == "draft":
        amount = (fee if never_charged else 0) - refund
        return [Proration(amount, plan, day, ends, first.starts_at)] if amount else []
    charged = invoice["fee"] if invoice else fee
    credited = invoice["credited"] if invoice else Decimal(0)
    if invoice and invoice["status"] in ("sent", "overdue", "paid"):
        net = min(refund, charged - credited)
        if net > 0:
            reason = f"Unused time of {offered.name(plan)} from {day} on"
            await credit_notes.issue(connection, invoice["id"], reason, now, net=net)
    rest = refund - charged
    return [Proration(-rest, plan, day, ends, now)] if rest > 0 else []


async def _save(
    connection: Connection, before: Subscription | None, outcome: Outcome, offered: Offers, now: datetime
) -> None:
    """Write it and its successors, with the boundaries that passed by now."""
    while True:
        further = advance(outcome.after, now, offered.terms_at)
        successor = outcome.successor or further.successor
        told = replace(
            outcome, after=further.after, drafts=(*outcome.drafts, *further.drafts), successor=successor
        )
        await subscriptions.save(connection, [(before, told)], offered, now)
        if successor is None:
            return
        before, outcome = None, Outcome(successor)
