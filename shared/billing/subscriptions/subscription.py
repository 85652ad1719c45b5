"""Pure: a subscription and its life, as values.

A life is a row of months on the anchor, each following the one before; a fee is due at the first month of
each interval. Spans say which terms held from when on, and whether usage was billed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from shared.billing.period import MONTHS, Interval, first_instant, plus_months

Status = Literal["active", "paused", "cancelled", "expired"]
Mode = Literal["billed", "trial", "paused"]
Kind = Literal["renewal", "usage", "final"]
PauseReason = Literal["dunning"]
"""Why it is paused; an operator's pause has no reason."""

MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    "active": frozenset({"paused", "cancelled", "expired"}),
    "paused": frozenset({"active", "cancelled", "expired"}),
    "cancelled": frozenset(),
    "expired": frozenset(),
}
"""From each state, those that it may move to."""
AHEAD: Final = 13
"""Boundaries of months that the gate knows in advance."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed: copied from a plan's version, with the fee of a whole interval of the subscription.

    `charges` is JSON as the database writes it.
    """

    plan: str
    version: int
    amount: Decimal
    charges: str
    limits: Mapping[str, int | None]

    @property
    def key(self) -> str:
        return f"{self.plan}@{self.version}"


@dataclass(frozen=True, slots=True)
class Span:
    """From when on terms hold, until the next span."""

    starts_at: datetime
    starts_on: date
    mode: Mode
    terms: Terms


@dataclass(frozen=True, slots=True)
class Period:
    """One month on the anchor, half-open; number 0 is the trial."""

    number: int
    starts_at: datetime
    ends_at: datetime
    starts_on: date
    ends_on: date
    fee: Decimal | None = None
    plan: str | None = None
    covered_from: date | None = None


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a fee is due."""

    interval: Interval
    count: int = 1

    @property
    def months(self) -> int:
        return MONTHS[self.interval] * self.count


@dataclass(frozen=True, slots=True)
class Next:
    """The change that waits for the end of the interval."""

    plan: str
    cadence: Cadence


@dataclass(frozen=True, slots=True)
class Subscription:
    """`periods` are the newest ones, at least those of the interval that runs; all `spans` are here."""

    id: UUID
    user_id: UUID
    status: Status
    currency: str
    cadence: Cadence
    zone: str
    anchor: date
    starts_at: datetime
    spans: tuple[Span, ...]
    periods: tuple[Period, ...] = ()
    trial_end: datetime | None = None
    term_periods: int | None = None
    cancel_at_period_end: bool = False
    next: Next | None = None
    ended_at: datetime | None = None
    pause_reason: PauseReason | None = None

    @property
    def terms(self) -> Terms:
        return self.spans[-1].terms

    @property
    def next_boundary(self) -> datetime | None:
        if self.ended_at:
            return None
        return self.periods[-1].ends_at if self.periods else self.starts_at

    @property
    def changed_at(self) -> datetime:
        """When something last happened to it: nothing can happen before."""
        begun = (self.spans[-1].starts_at, self.periods[-1].starts_at) if self.periods else ()
        ended = (self.ended_at,) if self.ended_at else ()
        return max((*begun, *ended), default=datetime.min.replace(tzinfo=UTC))

    @property
    def is_trial(self) -> bool:
        """Whether the newest period is the trial."""
        return bool(self.periods) and self.periods[-1].number == 0

    @property
    def interval_days(self) -> tuple[date, date]:
        """First day of the interval that runs, and the day after its last; of the trial, while it runs."""
        if self.is_trial:
            return self.periods[-1].starts_on, self.periods[-1].ends_on
        number = self.periods[-1].number if self.periods else 1
        first = (number - 1) // self.cadence.months * self.cadence.months
        return plus_months(self.anchor, first), plus_months(self.anchor, first + self.cadence.months)

    @property
    def interval_first(self) -> Period | None:
        """The month with which the interval that runs began."""
        if not self.periods or self.is_trial:
            return None
        number = (self.periods[-1].number - 1) // self.cadence.months * self.cadence.months + 1
        return next((period for period in self.periods if period.number == number), None)

    def current(self) -> tuple[datetime, datetime]:
        """The period that runs, or will, as people see it."""
        _, end = self.interval_days
        first = self.interval_first
        begins = first.starts_at if first else self.periods[-1].starts_at if self.periods else self.starts_at
        ends = self.ended_at or first_instant(end, self.zone)
        if not self.periods and self.trial_end:
            ends = self.ended_at or self.trial_end
        return min(begins, ends), ends

    def covered_from(self, number: int) -> date | None:
        """The first paid day of the interval that a month lies in; None if none is."""
        first = (number - 1) // self.cadence.months * self.cadence.months + 1
        return next((one.covered_from for one in self.periods if one.number == first), None)

    def month_days(self, number: int) -> tuple[date, date]:
        """The whole month of this number, whatever cut it short."""
        return plus_months(self.anchor, number - 1), plus_months(self.anchor, number)


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice that a boundary opens: it carries the fee of its period, and what ended or waited by then."""

    kind: Kind
    period_start: datetime
    closes_at: datetime
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Proration:
    """A line that waits for the next invoice."""

    amount: Decimal
    plan: str
    starts_on: date
    ends_on: date
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order: the subscription after it, what it opens, what waits, and what follows it."""

    after: Subscription
    drafts: tuple[Draft, ...] = ()
    prorations: tuple[Proration, ...] = ()
    refund: Decimal = Decimal(0)
    """What of the fee of the interval that ran is not used."""
    successor: Subscription | None = None


TermsAt = Callable[[str, Cadence, str, datetime], Terms | None]
"""The newest terms of (plan, cadence, currency) at an instant; None if it has no such price."""


def month_starts(subscription: Subscription) -> tuple[datetime, ...]:
    """Where the months begin that the gate counts in: the one that runs, and those after it."""
    if subscription.ended_at:
        return ()
    number = max(subscription.periods[-1].number, 1) if subscription.periods else 1
    months = tuple(
        first_instant(plus_months(subscription.anchor, number - 1 + ahead), subscription.zone)
        for ahead in range(AHEAD + 1)
    )
    begun = subscription.periods[-1].starts_at if subscription.periods else subscription.starts_at
    return tuple(sorted({begun, *(month for month in months if month > begun)}))


def with_span(spans: tuple[Span, ...], span: Span) -> tuple[Span, ...]:
    """The later one at the same instant stands."""
    return (*(one for one in spans if one.starts_at != span.starts_at), span)


def spans_until(spans: tuple[Span, ...], end: datetime) -> Iterator[tuple[Span, datetime, date | None]]:
    """Each span with when it ends: instant, and local day if another follows."""
    for one, following in zip(spans, (*spans[1:], None), strict=True):
        yield one, following.starts_at if following else end, following.starts_on if following else None
