"""Pure: what boundaries make of a subscription: months, fees, renewals, ends."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from shared.billing.period import first_instant
from shared.billing.subscriptions.orders import start
from shared.billing.subscriptions.subscription import (
    Draft,
    Mode,
    Next,
    Outcome,
    Period,
    Span,
    Status,
    Subscription,
    Terms,
    TermsAt,
    with_span,
)


def advance(subscription: Subscription, now: datetime, terms_at: TermsAt) -> Outcome:
    """All boundaries until now, each once and in order. The successor is advanced too."""
    drafts: list[Draft] = []
    successor = None
    while (boundary := subscription.next_boundary) and boundary <= now:
        step = _step(subscription, boundary, terms_at)
        subscription = step.after
        drafts += step.drafts
        successor = step.successor
    return Outcome(subscription, tuple(drafts), successor=successor)


def _step(subscription: Subscription, boundary: datetime, terms_at: TermsAt) -> Outcome:
    last = subscription.periods[-1] if subscription.periods else None
    if last is None and subscription.trial_end:
        trial = Period(
            0, boundary, subscription.trial_end, subscription.spans[0].starts_on, subscription.anchor
        )
        return Outcome(replace(subscription, periods=(trial,)))
    if last is None:
        return _opened(subscription, boundary, last)
    final = Draft("final", last.starts_at, boundary, last.starts_on, last.ends_on)
    ends_interval = last.number % subscription.cadence.months == 0
    if ends_interval and subscription.cancel_at_period_end:
        status: Status = "expired" if last.number == 0 else "cancelled"
        return Outcome(replace(subscription, status=status, ended_at=boundary), (final,))
    if (
        ends_interval
        and last.number
        and subscription.term_periods == last.number // subscription.cadence.months
    ):
        return Outcome(replace(subscription, status="expired", ended_at=boundary), (final,))
    if not ends_interval:
        return _opened(subscription, boundary, last)
    wanted, renewed = _renewed(subscription, boundary, terms_at)
    if last.number and wanted.cadence != subscription.cadence:
        day = last.ends_on
        successor = start(
            (_successor_id(subscription, boundary), subscription.user_id),
            renewed,
            wanted.cadence,
            subscription.currency,
            subscription.zone,
            day,
            not_before=boundary,
        )
        if subscription.status == "paused":
            successor = replace(
                successor,
                status="paused",
                spans=(replace(successor.spans[0], mode="paused"),),
                pause_reason=subscription.pause_reason,
            )
        ended = replace(subscription, status="cancelled", ended_at=boundary, next=None)
        return Outcome(ended, (final,), successor=successor)
    paused = subscription.status == "paused"
    mode: Mode = "paused" if paused else "billed"
    spans = subscription.spans
    if renewed != subscription.terms or mode != spans[-1].mode:
        spans = with_span(spans, Span(boundary, last.ends_on, mode, renewed))
    going = replace(subscription, spans=spans, cadence=wanted.cadence, next=None)
    return _opened(going, boundary, last)


def _renewed(subscription: Subscription, boundary: datetime, terms_at: TermsAt) -> tuple[Next, Terms]:
    """The waiting change, where it still has a price; else the same again, at the newest price if there is one.

    A trial turns into what was agreed at its start.
    """
    own = Next(subscription.terms.plan, subscription.cadence)
    for wanted in [own] if subscription.next is None else [subscription.next, own]:
        found = None
        if wanted is not own or not subscription.is_trial:
            found = terms_at(wanted.plan, wanted.cadence, subscription.currency, boundary)
        if found:
            return wanted, found
    return own, subscription.terms


def _opened(subscription: Subscription, boundary: datetime, last: Period | None) -> Outcome:
    """The next month, and the invoice at its start."""
    number = last.number + 1 if last else 1
    starts_on, ends_on = subscription.month_days(number)
    begins_interval = (number - 1) % subscription.cadence.months == 0
    pays = begins_interval and subscription.status == "active"
    period = Period(
        number,
        boundary,
        first_instant(ends_on, subscription.zone),
        starts_on,
        ends_on,
        fee=subscription.terms.amount if pays else None,
        plan=subscription.terms.plan if pays else None,
        covered_from=starts_on if pays else None,
    )
    after = replace(subscription, periods=(*subscription.periods, period))
    if begins_interval or last is None:
        draft = Draft("renewal", boundary, boundary, *after.interval_days)
    else:
        draft = Draft("usage", last.starts_at, boundary, last.starts_on, last.ends_on)
    return Outcome(after, (draft,))


def _successor_id(subscription: Subscription, boundary: datetime) -> UUID:
    return uuid5(subscription.id, boundary.isoformat())
