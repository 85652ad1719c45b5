"""Pure: the lines of an invoice: a fee in advance, usage in arrears, what waited; never below zero in all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from shared.billing.plans.plan import Charge
from shared.billing.plans.rating import line_differences, rate, shown
from shared.billing.subscriptions.shares import Share
from shared.billing.subscriptions.subscription import Period, Subscription

Type = Literal["fee", "usage", "proration", "adjustment"]

Usage = tuple[datetime, str, str]
"""Month, meter and terms: what is rated together."""
Tiers = Mapping[int, tuple[int, Decimal]]
"""Units and amount by tier."""


Wording = Mapping[str, Any]
"""What documents word a description from in any language: a `key` of their words, and what it is filled in with."""


@dataclass(frozen=True, slots=True)
class Line:
    """Half-open in days. The tax is that of `taxed_on`. Without a wording the description is as somebody typed it."""

    type: Type
    description: str
    quantity: int
    unit_price: Decimal
    amount: Decimal
    starts_on: date
    ends_on: date
    taxed_on: date
    units: int | None = None
    period_start: datetime | None = None
    meter: str | None = None
    terms: str | None = None
    tier: int | None = None
    pending_id: UUID | None = None
    wording: Wording | None = None


def fee(subscription: Subscription, period: Period, plan_name: str) -> list[Line]:
    """The fee of the interval that begins with this month, if one is due."""
    if not period.fee:
        return []
    months = subscription.cadence.months
    ends_on = subscription.month_days(period.number + months - 1)[1]
    return [Line("fee", plan_name, 1, period.fee, period.fee, period.starts_on, ends_on, period.starts_on)]


def usage(
    period: Period, share: Share, charge: Charge, quantity: int, used_on: date, booked: Tiers, currency: str
) -> list[Line]:
    """What a month's usage costs more than what is booked, a line a tier."""
    covered = share.included(charge.included)
    found = []
    for line in line_differences(rate(charge, covered, quantity, currency), booked):
        shown_quantity, unit_price = shown(line, currency)
        beyond = _beyond(charge, covered, line.tier)
        found.append(
            Line(
                "usage",
                _used(charge, beyond),
                shown_quantity,
                unit_price,
                line.amount,
                period.starts_on,
                max(period.ends_on, used_on),
                used_on,
                units=line.units,
                period_start=period.starts_at,
                meter=charge.meter,
                terms=share.terms.key,
                tier=line.tier,
                wording=_wording(charge, beyond),
            )
        )
    return found


def fitted(lines: Sequence[tuple[Line, object]]) -> list[Line]:
    """The same lines with what is below zero cut, so that no tax group is: the rest of it stays unbooked.

    Each comes with its tax group.
    """
    room: dict[object, Decimal] = defaultdict(Decimal)
    for line, group in lines:
        room[group] += max(line.amount, Decimal(0))
    kept = []
    for line, group in lines:
        amount = max(line.amount, -room[group])
        if line.amount < 0:
            room[group] += amount
        if amount == line.amount:
            kept.append(line)
        elif amount:
            kept.append(replace(line, quantity=1, unit_price=amount, amount=amount))
    return kept


def booked_with(
    booked: Mapping[Usage, Tiers], lines: Iterable[Line]
) -> dict[Usage, dict[int, tuple[int, Decimal]]]:
    """What is booked once these lines are too."""
    after = {key: dict(tiers) for key, tiers in booked.items()}
    for line in lines:
        if line.period_start and line.meter and line.terms and line.tier is not None:
            tiers = after.setdefault((line.period_start, line.meter, line.terms), {})
            units, amount = tiers.get(line.tier, (0, Decimal(0)))
            tiers[line.tier] = units + (line.units or 0), amount + line.amount
    return after


def _beyond(charge: Charge, covered: int, tier: int) -> int:
    """After which unit a tier prices."""
    tiered = charge.model in ("graduated", "volume") and tier
    return covered + ((charge.tiers[tier - 1].up_to or 0) if tiered else 0)


def _used(charge: Charge, beyond: int) -> str:
    """`Requests beyond 10,000`."""
    name = charge.meter.capitalize()
    return f"{name} beyond {beyond:,}" if beyond else name


def _wording(charge: Charge, beyond: int) -> Wording:
    """What `_used` says."""
    return {"key": f"{charge.meter}_beyond", "units": beyond} if beyond else {"key": charge.meter}
