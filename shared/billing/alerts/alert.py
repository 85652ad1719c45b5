"""Pure: of what people are alerted, and in what words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from shared.billing import money
from shared.billing.period import first_instant, local_day
from shared.billing.subscriptions.subscription import Subscription

Meter = Literal["requests", "tokens"]
Reason = Literal["trial", "cancelled", "term"]

DAYS_AHEAD: Final = 7
"""So many days before its end a subscription is said to end."""
LIMITS: Final[Mapping[Meter, str]] = {"requests": "requestsPerMonth", "tokens": "tokensPerMonth"}
"""What a plan's limits call each meter."""


@dataclass(frozen=True, slots=True)
class Alert:
    """`occasion` is what it is about: of each there is one alert. Percents and money alike are Decimals."""

    user_id: UUID
    type: str
    occasion: str
    message: str
    threshold: Decimal | None = None
    current_value: Decimal | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What a month used of a meter under one set of terms, whose fee includes so many units and whose limit is so many.

    None is that it includes none, or has no limit.
    """

    used: int
    included: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class Measure:
    """So many units used, of those that are included or allowed."""

    used: int
    of: int
    kind: Literal["included", "allowed"]

    def reached(self, percent: int) -> bool:
        return self.used * 100 >= percent * self.of

    @property
    def percent(self) -> Decimal:
        """With two decimals, rounded down: never more than was used."""
        return Decimal(self.used * 10_000 // self.of) / 100


def measure(parts: Sequence[Part]) -> Measure | None:
    """What the parts of a month used of what their fees include; where the last one's includes none, of its limit."""
    if not parts:
        return None
    if parts[-1].included is not None:
        covered = [part for part in parts if part.included is not None]
        of = sum(part.included or 0 for part in covered)
        return Measure(sum(part.used for part in covered), of, "included") if of else None
    limit = parts[-1].limit
    return Measure(sum(part.used for part in parts), limit, "allowed") if limit else None


def used_message(found: Measure, meter: Meter, percent: int, first: date, last: date) -> str:
    """`first` and `last` are the month's days, both inclusive."""
    then = {
        "included": "; more is charged by the unit" if found.used >= found.of else "",
        "allowed": "; further calls are refused" if found.used >= found.of else "",
    }[found.kind]
    return (
        f"{percent}% of the {found.of:,} {meter} that the plan {_VERBS[found.kind]} "
        f"from {first} to {last} are used: {found.used:,}{then}"
    )


_VERBS = {"included": "includes", "allowed": "allows"}


def overdue_before(now: datetime, zone: str) -> datetime:
    """What was due before this instant is overdue: the first one of the seller's today."""
    return first_instant(local_day(now, zone), zone)


def overdue_message(number: str, due: Decimal, currency: str, day: date) -> str:
    return f"invoice {number} was due on {day}: {money.plain(due, currency)} {currency} are not paid"


def ending(subscription: Subscription, today: date) -> tuple[Reason, date] | None:
    """Why it ends within so many days, and the last of its days; None if it goes on, or has not begun.

    A trial ends even where the subscription goes on after it.
    """
    if subscription.ended_at or not subscription.periods:
        return None
    _, end = subscription.interval_days
    reason: Reason
    if subscription.is_trial:
        reason = "trial"
    elif subscription.cancel_at_period_end:
        reason = "cancelled"
    elif subscription.term_periods and _interval_number(subscription) >= subscription.term_periods:
        reason = "term"
    else:
        return None
    return (reason, end - timedelta(days=1)) if today < end <= today + timedelta(days=DAYS_AHEAD) else None


def ending_message(subscription: Subscription, reason: Reason, last: date) -> str:
    plan = subscription.terms.plan
    if reason == "trial":
        fee = f"{money.plain(subscription.terms.amount, subscription.currency)} {subscription.currency}"
        count, interval = subscription.cadence.count, subscription.cadence.interval
        every = f"a {interval}" if count == 1 else f"every {count} {interval}s"
        then = "it does not go on" if subscription.cancel_at_period_end else f"then it costs {fee} {every}"
        return f"the trial of the plan {plan} ends on {last}: {then}"
    why = {"cancelled": "it was cancelled", "term": "its term is over"}[reason]
    return f"the subscription to the plan {plan} ends on {last}: {why}"


def ending_facts(subscription: Subscription, reason: Reason) -> dict[str, Any]:
    """The plan; and of a trial, what it costs after that, where it goes on."""
    facts: dict[str, Any] = {"plan": subscription.terms.plan}
    if reason == "trial" and not subscription.cancel_at_period_end:
        facts["fee"] = {
            "amount": money.plain(subscription.terms.amount, subscription.currency),
            "currency": subscription.currency,
            "interval": subscription.cadence.interval,
            "count": subscription.cadence.count,
        }
    return facts


def _interval_number(subscription: Subscription) -> int:
    return (subscription.periods[-1].number - 1) // subscription.cadence.months + 1
