"""Laws of a subscription's life: whatever is ordered, and when, its months tile it and its days are paid for once."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.billing import money
from shared.billing.period import first_instant, local_day
from shared.billing.subscriptions import orders
from shared.billing.subscriptions.life import advance
from shared.billing.subscriptions.shares import shares
from shared.billing.subscriptions.subscription import (
    MOVES,
    Cadence,
    Draft,
    Outcome,
    Period,
    Proration,
    Subscription,
    Terms,
)
from shared.errors import InvalidRequest

EXAMPLES = 300

ZONES = (
    *("UTC", "Europe/Paris", "Africa/Cairo", "America/Santiago", "Asia/Beirut", "America/Havana"),
    *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Asia/Tokyo"),
)
PLANS = {"small": "19.99", "middle": "49.99", "large": "490"}
CADENCES = (Cadence("month"), Cadence("month"), Cadence("month", 3), Cadence("year"))

anchors = st.dates(date(2026, 1, 1), date(2028, 12, 31)) | st.sampled_from(
    [date(2028, 2, 29), date(2027, 1, 31), date(2026, 11, 30), date(2027, 3, 28), date(2027, 10, 31)]
)
gaps = st.timedeltas(timedelta(0), timedelta(days=70)) | st.sampled_from(
    [timedelta(0), timedelta(hours=1), timedelta(hours=9)]
)
names = st.sampled_from(
    ["change", "change", "change at end", "cancel", "cancel at end", "pause", "resume", "resume", "wait"]
)


def priced(plan: str, cadence: Cadence, currency: str, _: datetime | None = None) -> Terms:
    fee = money.rounded(Decimal(PLANS[plan]) * cadence.months, currency)
    return Terms(plan, 1, fee, "[]", {})


@dataclass(frozen=True)
class Order:
    after: timedelta
    name: str
    plan: str
    cadence: Cadence | None
    """None is its own."""


@dataclass
class Life:
    """A subscription, all that ever came of it, and those that went before it."""

    now: datetime
    one: Subscription
    periods: dict[datetime, Period]
    drafts: list[Draft]
    prorations: list[Proration]
    refund: Decimal
    ended: list["Life"]

    def take(self, outcome: Outcome) -> "Life":
        """Returns the life that goes on."""
        before, after = self.one, outcome.after
        assert after.status == before.status or after.status in MOVES[before.status]
        known = {one.starts_at for one in before.periods}
        kept = {one.starts_at for one in after.periods}
        for gone in known - kept:
            del self.periods[gone]
        self.periods |= {one.starts_at: one for one in after.periods}
        self.one = after
        self.drafts += outcome.drafts
        self.prorations += outcome.prorations
        self.refund += outcome.refund
        if outcome.successor is None:
            return self
        return begun(outcome.successor, self.now, [*self.ended, self])

    def pass_to(self, now: datetime) -> "Life":
        self.now = now
        life, outcome = self, advance(self.one, now, priced)
        while True:
            following = life.take(outcome)
            if following is life:
                return life
            life, outcome = following, advance(following.one, now, priced)


def begun(one: Subscription, now: datetime, ended: list[Life]) -> Life:
    return Life(now, one, {}, [], [], Decimal(0), ended)


def place(life: Life, order: Order) -> Life:
    one, now = life.one, life.now
    cadence = order.cadence or one.cadence
    terms = priced(order.plan, cadence, one.currency)
    try:
        match order.name:
            case "change":
                outcome = orders.change(one, terms, cadence, now, UUID(int=len(life.ended) + 10))
            case "change at end":
                outcome = orders.change_at_end(one, order.plan, cadence)
            case "cancel":
                outcome = orders.cancel_now(one, now)
            case "cancel at end":
                outcome = orders.cancel_at_end(one, now)
            case "pause":
                outcome = orders.pause(one, now)
            case "resume":
                outcome = orders.resume(one, now)
            case _:
                return life
    except InvalidRequest:
        return life
    return life.take(outcome).pass_to(now)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Subscription, datetime, list[Order]]:
    zone, day = draw(st.sampled_from(ZONES)), draw(anchors)
    cadence = draw(st.sampled_from(CADENCES))
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    one = orders.start(
        (UUID(int=1), UUID(int=2)),
        priced(draw(st.sampled_from(sorted(PLANS))), cadence, currency),
        cadence,
        currency,
        zone,
        day,
        trial_days=draw(st.sampled_from([0, 0, 14])),
        term_periods=draw(st.sampled_from([None, None, None, 1, 4])),
    )
    now = first_instant(day, zone) - draw(st.sampled_from([timedelta(0), timedelta(0), timedelta(days=3)]))
    kinds = st.builds(
        Order,
        gaps,
        names,
        st.sampled_from(sorted(PLANS)),
        st.none() | st.none() | st.none() | st.sampled_from(CADENCES),
    )
    return one, now, draw(st.lists(kinds, max_size=10))


def lived(life: tuple[Subscription, datetime, list[Order]], steps: int = 1) -> Life:
    """The life after all its orders and 40 days more; time passes in so many steps between two orders."""
    one, now, wanted = life
    going = begun(one, now, []).pass_to(now)
    for order in [*wanted, Order(timedelta(days=40), "wait", "small", None)]:
        at = going.now
        for step in range(1, steps + 1):
            going = going.pass_to(at + order.after * step / steps)
        going = place(going, order)
    return going


def chain(life: Life) -> list[Life]:
    return [*life.ended, life]


@settings(max_examples=EXAMPLES, deadline=None)
@given(lives())
def test_months_tile_a_life_on_the_anchor(life: tuple[Subscription, datetime, list[Order]]) -> None:
    for found in chain(lived(life)):
        one, periods = found.one, [found.periods[start] for start in sorted(found.periods)]
        for before, after in pairwise(periods):
            assert (before.ends_at, before.ends_on, before.number + 1) == (
                after.starts_at,
                after.starts_on,
                after.number,
            )
        for period in periods:
            assert period.starts_at < period.ends_at
            if period.number:
                assert period.starts_on == one.month_days(period.number)[0]
            if period is not periods[-1] or not one.ended_at:
                assert period.ends_at == first_instant(period.ends_on, one.zone)
        if periods:
            assert periods[0].starts_at == one.starts_at
            assert periods[-1].ends_at == (one.ended_at or one.next_boundary)
        assert one.ended_at or (one.next_boundary or found.now) > found.now
        starts = [span.starts_at for span in one.spans]
        assert starts == sorted(set(starts))
        assert [span.starts_on for span in one.spans] == sorted(span.starts_on for span in one.spans)
    for old, new in pairwise(chain(lived(life))):
        assert old.one.ended_at == new.one.starts_at


@settings(max_examples=EXAMPLES, deadline=None)
@given(lives(), st.integers(2, 7))
def test_time_that_passes_in_steps_is_time_that_passes_at_once(
    life: tuple[Subscription, datetime, list[Order]], steps: int
) -> None:
    once, stepped = chain(lived(life)), chain(lived(life, steps))
    assert [replace(one.one, periods=()) for one in once] == [replace(one.one, periods=()) for one in stepped]
    assert [one.periods for one in once] == [one.periods for one in stepped]
    assert [one.drafts for one in once] == [one.drafts for one in stepped]
    assert [(one.prorations, one.refund) for one in once] == [(one.prorations, one.refund) for one in stepped]


@settings(max_examples=EXAMPLES, deadline=None)
@given(lives())
def test_each_interval_costs_its_days_by_the_terms_that_held_on_them(
    life: tuple[Subscription, datetime, list[Order]],
) -> None:
    """Worked out day by day: a change holds from its day on; what began paused is paid from its resumption."""
    for found in chain(lived(life)):
        one = found.one
        firsts = [
            period
            for period in found.periods.values()
            if period.number and (period.number - 1) % one.cadence.months == 0
        ]
        wanted = Decimal(0)
        for first in firsts:
            low, high = first.starts_on, one.month_days(first.number + one.cadence.months - 1)[1]
            covered = first.covered_from
            if covered is None:
                continue
            days = (high - low).days
            end = high
            if one.status == "cancelled" and one.ended_at and one.ended_at < first_instant(high, one.zone):
                end = local_day(one.ended_at, one.zone)
            by_day: list[tuple[date, Decimal]] = []
            for number in range((covered - low).days, (end - low).days):
                day = low + timedelta(days=number)
                held = [span for span in one.spans if span.starts_on <= day][-1]
                by_day.append((day, held.terms.amount))
            for day, fee in by_day:
                part = (day - low).days
                wanted += money.share(fee, part + 1, days, one.currency)
                wanted -= money.share(fee, part, days, one.currency)
        fees = sum((period.fee or Decimal(0) for period in firsts), Decimal(0))
        changed = sum((line.amount for line in found.prorations), Decimal(0))
        assert fees + changed - found.refund == wanted + _dropped(found)


def _dropped(found: Life) -> Decimal:
    """A cancellation at the very instant of a renewal gives back a fee whose month is no more."""
    if not found.refund or not found.one.ended_at:
        return Decimal(0)
    starts = {draft.period_start for draft in found.drafts if draft.kind == "renewal"}
    gone = found.one.ended_at in starts and found.one.ended_at not in found.periods
    return -found.refund + _changed_then(found) if gone else Decimal(0)


def _changed_then(found: Life) -> Decimal:
    return sum((line.amount for line in found.prorations if line.due_at == found.one.ended_at), Decimal(0))


@settings(max_examples=EXAMPLES, deadline=None)
@given(lives())
def test_included_units_of_a_month_are_there_once_for_the_days_that_are_paid(
    life: tuple[Subscription, datetime, list[Order]],
) -> None:
    for found in chain(lived(life)):
        one = replace(found.one, periods=tuple(found.periods[start] for start in sorted(found.periods)))
        for period in one.periods:
            if not period.number:
                continue
            covered = one.covered_from(period.number)
            shared = shares(one, period, covered)
            begins, ends = one.month_days(period.number)
            paid = max(0, (min(ends, period.ends_on) - max(begins, covered)).days) if covered else 0
            spans: dict[datetime, int] = defaultdict(int)
            for share in shared:
                assert share.included(10_000) >= 0
                for start in share.spans:
                    spans[start] += 1
            assert all(count == 1 for count in spans.values())
            billed = [
                span.starts_at
                for span, following in zip(one.spans, [*one.spans[1:], None], strict=True)
                if span.mode == "billed"
                and span.starts_at < period.ends_at
                and (following is None or following.starts_at > period.starts_at)
            ]
            assert sorted(spans) == billed
            most = (2 * 10_000 * paid + (ends - begins).days) // (2 * (ends - begins).days)
            assert sum(share.included(10_000) for share in shared) <= most + 1


@settings(max_examples=EXAMPLES, deadline=None)
@given(lives())
def test_each_month_that_ends_is_on_one_document(life: tuple[Subscription, datetime, list[Order]]) -> None:
    for found in chain(lived(life)):
        keys = [(draft.kind, draft.period_start) for draft in found.drafts]
        assert len(keys) == len(set(keys))
        assert [draft.closes_at for draft in found.drafts] == sorted(
            draft.closes_at for draft in found.drafts
        )
        assert [draft.kind for draft in found.drafts].count("final") == bool(found.one.ended_at)
        closes = [draft.closes_at for draft in found.drafts]
        for period in found.periods.values():
            if period.ends_at <= found.now and period.number:
                assert period.ends_at in closes


@given(st.sampled_from(ZONES), st.dates(date(2024, 1, 1), date(2040, 1, 1)))
def test_a_day_begins_with_its_first_instant(zone: str, day: date) -> None:
    begins = first_instant(day, zone)
    assert local_day(begins, zone) == day
    assert local_day(begins - timedelta(seconds=1), zone) < day
    assert begins.tzinfo == UTC
