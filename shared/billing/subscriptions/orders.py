"""Pure: what an operator's order makes of a subscription: start, change, cancel, pause, resume."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from shared.billing.period import first_instant, local_day
from shared.billing.subscriptions.proration import unused
from shared.billing.subscriptions.subscription import (
    Cadence,
    Draft,
    Mode,
    Next,
    Outcome,
    PauseReason,
    Proration,
    Span,
    Subscription,
    Terms,
    with_span,
)
from shared.errors import InvalidRequest


def start(
    ids: tuple[UUID, UUID],
    terms: Terms,
    cadence: Cadence,
    currency: str,
    zone: str,
    day: date,
    *,
    not_before: datetime | None = None,
    trial_days: int = 0,
    term_periods: int | None = None,
) -> Subscription:
    """A subscription of (id, user) from the first instant of a local day, or from later on that day.

    Its first period opens at the first `advance`.
    """
    begins = max(first_instant(day, zone), not_before) if not_before else first_instant(day, zone)
    anchor = day + timedelta(days=trial_days)
    mode: Mode = "trial" if trial_days else "billed"
    return Subscription(
        *ids,
        status="active",
        currency=currency,
        cadence=cadence,
        zone=zone,
        anchor=anchor,
        starts_at=begins,
        spans=(Span(begins, day, mode, terms),),
        trial_end=first_instant(anchor, zone) if trial_days else None,
        term_periods=term_periods,
    )


def change(
    subscription: Subscription,
    terms: Terms,
    cadence: Cadence,
    now: datetime,
    successor_id: UUID,
) -> Outcome:
    """Other terms from now on; another cadence ends the subscription and starts its successor.

    Raises InvalidRequest where that is not possible.
    """
    _live(subscription)
    if subscription.status == "paused":
        raise InvalidRequest(
            "the subscription is paused", "resume it first, or change it at the period's end"
        )
    today = local_day(now, subscription.zone)
    if not subscription.periods or subscription.is_trial:
        span = Span(max(now, subscription.starts_at), max(today, subscription.spans[0].starts_on),
                    subscription.spans[-1].mode, terms)  # fmt: skip
        return Outcome(
            replace(subscription, spans=with_span(subscription.spans, span), cadence=cadence, next=None)
        )
    if cadence != subscription.cadence:
        ended = cancel_now(subscription, now)
        return replace(
            ended,
            successor=start(
                (successor_id, subscription.user_id),
                terms,
                cadence,
                subscription.currency,
                subscription.zone,
                today,
                not_before=now,
                term_periods=None,
            ),
        )
    begun, ends = subscription.interval_days
    used, days = (today - begun).days, (ends - begun).days
    first = subscription.interval_first
    lines = []
    if first is None or first.covered_from is not None:
        old = unused(subscription.terms.amount, used, days, subscription.currency)
        new = unused(terms.amount, used, days, subscription.currency)
        lines = [
            Proration(amount, plan, today, ends, now)
            for amount, plan in ((-old, subscription.terms.plan), (new, terms.plan))
            if amount
        ]
    span = Span(now, today, "billed", terms)
    after = replace(subscription, spans=with_span(subscription.spans, span), next=None)
    return Outcome(after, prorations=tuple(lines))


def change_at_end(subscription: Subscription, plan: str, cadence: Cadence) -> Outcome:
    """Other terms from the next interval on. Raises InvalidRequest."""
    _live(subscription)
    if subscription.cancel_at_period_end:
        raise InvalidRequest(
            "the subscription ends with its period", "take that back with `subscription resume`"
        )
    wanted = (
        None if (plan, cadence) == (subscription.terms.plan, subscription.cadence) else Next(plan, cadence)
    )
    return Outcome(replace(subscription, next=wanted))


def cancel_at_end(subscription: Subscription, now: datetime) -> Outcome:
    """No further interval. Before the first one, it ends at once. Raises InvalidRequest."""
    _live(subscription)
    if not subscription.periods:
        return _never_begun(subscription, now)
    if subscription.cancel_at_period_end:
        raise InvalidRequest("the subscription is to end with its period already", "--at now ends it at once")
    return Outcome(replace(subscription, cancel_at_period_end=True, next=None))


def cancel_now(subscription: Subscription, now: datetime) -> Outcome:
    """The end, at once: what is not used of the fee is given back, what was used is billed. Raises InvalidRequest."""
    _live(subscription)
    if not subscription.periods:
        return _never_begun(subscription, now)
    today = local_day(now, subscription.zone)
    last = subscription.periods[-1]
    begun, ends = subscription.interval_days
    first = subscription.interval_first
    refund = Decimal(0)
    if first is not None and first.covered_from is not None:
        used, days = (today - begun).days, (ends - begun).days
        refund = unused(subscription.terms.amount, used, days, subscription.currency)
    if now > last.starts_at:
        periods = (*subscription.periods[:-1], replace(last, ends_at=now, ends_on=today))
    else:
        periods = subscription.periods[:-1]
    closing = periods[-1] if periods else last
    after = replace(
        subscription,
        status="cancelled",
        ended_at=now,
        periods=periods,
        cancel_at_period_end=False,
        next=None,
    )
    draft = Draft(
        "final", closing.starts_at, now, closing.starts_on, max(closing.ends_on, today + timedelta(1))
    )
    return Outcome(after, (draft,), refund=refund)


def _never_begun(subscription: Subscription, now: datetime) -> Outcome:
    """Its end before its start; what an operator added is still invoiced."""
    today = local_day(now, subscription.zone)
    draft = Draft("final", subscription.starts_at, now, today, today + timedelta(1))
    return Outcome(replace(subscription, status="cancelled", ended_at=now, next=None), (draft,))


def pause(subscription: Subscription, now: datetime, reason: PauseReason | None = None) -> Outcome:
    """Usage is not billed from now on, and intervals that begin are not. Raises InvalidRequest.

    An operator takes over a pause that has a reason: then nothing but an order ends it.
    """
    _live(subscription)
    if subscription.pause_reason and reason is None:
        return Outcome(replace(subscription, pause_reason=None))
    if subscription.status == "paused":
        raise InvalidRequest("the subscription is paused already", "`subscription resume` goes on with it")
    if not subscription.periods:
        raise InvalidRequest("the subscription has not begun", "cancel it, or wait for its start")
    span = Span(now, local_day(now, subscription.zone), "paused", subscription.terms)
    spans = with_span(subscription.spans, span)
    return Outcome(replace(subscription, status="paused", spans=spans, pause_reason=reason))


def resume(subscription: Subscription, now: datetime) -> Outcome:
    """Go on, and take a waiting cancellation back. Raises InvalidRequest where there is nothing to resume."""
    _live(subscription)
    kept = replace(subscription, cancel_at_period_end=False)
    if subscription.status == "paused":
        return go_on(kept, now)
    if not subscription.cancel_at_period_end:
        raise InvalidRequest("the subscription is active, and goes on", "there is nothing to resume")
    return Outcome(kept)


def go_on(subscription: Subscription, now: datetime) -> Outcome:
    """End a pause, and no cancellation. Of an interval that began while paused, the days left are billed."""
    today = local_day(now, subscription.zone)
    mode: Mode = "trial" if subscription.is_trial else "billed"
    span = Span(now, today, mode, subscription.terms)
    spans = with_span(subscription.spans, span)
    kept = replace(subscription, status="active", spans=spans, pause_reason=None)
    first = subscription.interval_first
    if first is None or first.covered_from is not None:
        return Outcome(kept)
    begun, ends = subscription.interval_days
    amount = unused(
        subscription.terms.amount, (today - begun).days, (ends - begun).days, subscription.currency
    )
    periods = tuple(
        replace(period, covered_from=today) if period == first else period for period in kept.periods
    )
    lines = (Proration(amount, subscription.terms.plan, today, ends, now),) if amount else ()
    return Outcome(replace(kept, periods=periods), prorations=lines)


def _live(subscription: Subscription) -> None:
    if subscription.ended_at:
        raise InvalidRequest(f"the subscription is {subscription.status} already", "start a new one")
