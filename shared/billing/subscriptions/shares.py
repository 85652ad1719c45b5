"""Pure: under which terms the usage of a month is rated, and how much of it each fee covers."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.billing.subscriptions.proration import included
from shared.billing.subscriptions.subscription import Period, Subscription, Terms, spans_until


@dataclass(frozen=True, slots=True)
class Share:
    """What of a month is rated under one set of terms."""

    terms: Terms
    spans: tuple[datetime, ...]
    """The starts of the spans whose usage it is."""
    parts: tuple[tuple[int, int], ...]
    """The days of the month that are its own, half-open and from 0."""
    days: int
    """Of the whole month."""

    def included(self, units: int) -> int:
        """What the fee covers of a month's units."""
        return sum(included(units, before, after, self.days) for before, after in self.parts)


def shares(subscription: Subscription, period: Period, covered_from: date | None) -> tuple[Share, ...]:
    """By terms, in the order in which they held; `covered_from` is the first paid day of the period's interval.

    Usage belongs to the terms of its instant. Terms without a day of their own, as a change that was undone
    on its day has, hand theirs to those that follow.
    """
    begins, ends = subscription.month_days(period.number)
    low = max(begins, covered_from) if covered_from else ends
    high = min(ends, period.ends_on)
    held: list[tuple[str, datetime, bool]] = []
    terms: dict[str, Terms] = {}
    parts: dict[str, list[tuple[int, int]]] = {}
    for span, until, until_day in spans_until(subscription.spans, period.ends_at):
        if until <= period.starts_at or span.starts_at >= period.ends_at:
            continue
        key = span.terms.key
        terms.setdefault(key, span.terms)
        first, last = max(low, span.starts_on), min(high, until_day or high)
        if first < last:
            parts.setdefault(key, []).append(((first - begins).days, (last - begins).days))
        held.append((key, span.starts_at, span.mode == "billed"))
    rated: dict[str, list[datetime]] = {key: [] for key in terms}
    for place, (key, starts_at, billed) in enumerate(held):
        if billed:
            rated[_with_days(held, place, parts) or key].append(starts_at)
    return tuple(
        Share(terms[key], tuple(starts), tuple(parts.get(key, ())), (ends - begins).days)
        for key, starts in rated.items()
        if starts
    )


def _with_days(
    held: list[tuple[str, datetime, bool]], place: int, parts: dict[str, list[tuple[int, int]]]
) -> str | None:
    """The terms there, or the nearest after them, or before, that have days."""
    nearest = [*held[place:], *reversed(held[:place])]
    return next((key for key, _, _ in nearest if key in parts), None)
