"""What boundaries and orders make of a subscription, by the amounts that were worked out by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.period import first_instant
from shared.billing.subscriptions import orders
from shared.billing.subscriptions.life import advance
from shared.billing.subscriptions.proration import included
from shared.billing.subscriptions.shares import shares
from shared.billing.subscriptions.subscription import Cadence, Outcome, Subscription, Terms, month_starts
from shared.errors import InvalidRequest

ID, USER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
MONTH, YEAR = Cadence("month"), Cadence("year")


def terms(amount: str, plan: str = "basic", version: int = 1) -> Terms:
    return Terms(plan, version, Decimal(amount), "[]", {})


def never(*_: object) -> None:
    """Nothing newer is offered."""


def begun(day: date, amount: str, cadence: Cadence = MONTH, zone: str = "UTC", **more: Any) -> Subscription:
    started = orders.start((ID, USER), terms(amount), cadence, "EUR", zone, day, **more)
    return advance(started, started.starts_at, never).after


def at(day: date, zone: str = "UTC", hour: int = 12) -> datetime:
    return first_instant(day, zone) + timedelta(hours=hour)


def amounts(outcome: Outcome) -> list[str]:
    return [f"{line.amount:.2f}" for line in outcome.prorations]


@pytest.mark.parametrize(
    ("start", "zone", "old", "new", "changed", "wanted"),
    [
        (date(2026, 10, 1), "UTC", "19.00", "49.00", date(2026, 10, 16), ["-9.81", "25.29"]),
        (date(2027, 3, 1), "Europe/Paris", "19.99", "49.99", date(2027, 3, 11), ["-13.54", "33.86"]),
    ],
)
def test_a_change_gives_back_the_unused_days_and_takes_the_new_plans(
    start: date, zone: str, old: str, new: str, changed: date, wanted: list[str]
) -> None:
    subscription = begun(start, old, zone=zone)
    outcome = orders.change(subscription, terms(new, "premium"), MONTH, at(changed, zone), OTHER)
    assert amounts(outcome) == wanted
    assert outcome.after.terms.plan == "premium"


def test_a_change_in_a_month_that_the_anchor_shortens() -> None:
    subscription = advance(begun(date(2027, 1, 31), "49.99"), at(date(2027, 2, 1)), never).after
    outcome = orders.change(subscription, terms("19.99", "premium"), MONTH, at(date(2027, 2, 20)), OTHER)
    assert amounts(outcome) == ["-14.28", "5.71"]


def test_a_year_is_changed_by_its_days() -> None:
    subscription = begun(date(2027, 3, 1), "490", YEAR)
    there = advance(subscription, at(date(2028, 2, 29)), never).after
    outcome = orders.change(there, terms("990", "premium"), YEAR, at(date(2028, 2, 29)), OTHER)
    assert amounts(outcome) == ["-1.34", "2.70"]


def test_a_cancellation_gives_back_the_day_it_is_made_on() -> None:
    outcome = orders.cancel_now(begun(date(2028, 2, 1), "49.99"), at(date(2028, 2, 10)))
    assert outcome.refund == Decimal("34.48")
    assert outcome.after.status == "cancelled"
    [final] = outcome.drafts
    assert (final.kind, final.starts_on, final.ends_on) == ("final", date(2028, 2, 1), date(2028, 2, 11))


def test_three_plans_in_a_month_add_up() -> None:
    subscription = begun(date(2026, 10, 1), "49.99")
    total = Decimal("49.99")
    for day, plan in ((date(2026, 10, 11), "second"), (date(2026, 10, 21), "third")):
        outcome = orders.change(subscription, terms("49.99", plan), MONTH, at(day), OTHER)
        subscription = outcome.after
        total += sum(line.amount for line in outcome.prorations)
    assert total == Decimal("49.99")
    assert [included(4999, *days, 31) for days in ((0, 10), (10, 20), (20, 31))] == [1613, 1612, 1774]


def test_a_change_and_its_undo_on_one_day_cancel_out() -> None:
    first = begun(date(2026, 10, 1), "19.00")
    changed = orders.change(first, terms("49.00", "premium"), MONTH, at(date(2026, 10, 16), hour=9), OTHER)
    undone = orders.change(changed.after, first.terms, MONTH, at(date(2026, 10, 16), hour=15), OTHER)
    assert sum(line.amount for line in changed.prorations + undone.prorations) == 0
    [only] = shares(undone.after, undone.after.periods[0], date(2026, 10, 1))
    assert only.terms == first.terms
    assert only.included(10_000) == 10_000
    assert len(only.spans) == 3  # what was used between the two is the first plan's


def test_terms_without_a_day_of_their_own_hand_their_usage_to_those_that_follow() -> None:
    one = begun(date(2026, 10, 1), "19.00")
    for hour, plan in ((9, "premium"), (15, "large")):
        one = orders.change(one, terms("49.00", plan), MONTH, at(date(2026, 10, 16), hour=hour), OTHER).after
    before, after = shares(one, one.periods[0], date(2026, 10, 1))
    assert (before.terms.plan, len(before.spans)) == ("basic", 1)
    assert (after.terms.plan, len(after.spans)) == ("large", 2)


def test_included_units_are_split_by_days_and_add_up() -> None:
    first = begun(date(2026, 10, 1), "19.00")
    changed = orders.change(first, terms("49.00", "premium"), MONTH, at(date(2026, 10, 16)), OTHER)
    old, new = shares(changed.after, changed.after.periods[0], date(2026, 10, 1))
    assert (old.included(10_000), new.included(10_000)) == (4_839, 5_161)


def test_a_trial_moves_the_anchor_to_its_end_and_converts_by_itself() -> None:
    subscription = begun(date(2027, 1, 31), "49.99", trial_days=14)
    assert subscription.is_trial
    assert orders.change(subscription, terms("9", "x"), MONTH, at(date(2027, 2, 3)), OTHER).prorations == ()
    outcome = advance(subscription, at(date(2027, 2, 14)), never)
    assert outcome.after.anchor == date(2027, 2, 14)
    assert [(draft.kind, draft.starts_on) for draft in outcome.drafts] == [("renewal", date(2027, 2, 14))]
    assert outcome.after.periods[-1].fee == Decimal("49.99")


def test_a_trial_turns_into_what_was_agreed_at_its_start() -> None:
    subscription = begun(date(2027, 1, 31), "49.99", trial_days=14)
    outcome = advance(subscription, at(date(2027, 3, 14)), lambda plan, *_: terms("60", plan, 2))
    assert [period.fee for period in outcome.after.periods] == [None, Decimal("49.99"), 60]


def test_a_trial_that_is_cancelled_expires_without_a_fee() -> None:
    subscription = begun(date(2027, 1, 31), "49.99", trial_days=14)
    waiting = orders.cancel_at_end(subscription, at(date(2027, 2, 3))).after
    outcome = advance(waiting, at(date(2027, 3, 1)), never)
    assert outcome.after.status == "expired"
    assert outcome.after.ended_at == first_instant(date(2027, 2, 14), "UTC")
    assert not any(period.fee for period in outcome.after.periods)


def test_a_fixed_term_ends_with_its_last_period_whole() -> None:
    subscription = begun(date(2026, 1, 1), "10", term_periods=3)
    outcome = advance(subscription, at(date(2026, 12, 1)), never)
    assert outcome.after.status == "expired"
    assert [period.starts_on.month for period in outcome.after.periods] == [1, 2, 3]
    assert [draft.kind for draft in outcome.drafts] == ["renewal", "renewal", "final"]


def test_a_year_has_one_fee_and_a_usage_invoice_a_month() -> None:
    outcome = advance(begun(date(2026, 1, 1), "100", YEAR), at(date(2027, 1, 1)), never)
    assert [draft.kind for draft in outcome.drafts] == ["usage"] * 11 + ["renewal"]
    assert [period.number for period in outcome.after.periods if period.fee] == [1, 13]


def test_a_period_that_begins_while_paused_is_free_and_a_resumption_pays_the_days_left() -> None:
    paused = orders.pause(begun(date(2026, 10, 1), "31"), at(date(2026, 10, 20))).after
    later = advance(paused, at(date(2026, 12, 5)), never).after
    assert [period.fee for period in later.periods] == [31, None, None]
    resumed = orders.resume(later, at(date(2026, 12, 21)))
    assert amounts(resumed) == ["11.00"]
    assert resumed.after.periods[-1].covered_from == date(2026, 12, 21)
    same = orders.resume(paused, at(date(2026, 10, 25)))
    assert same.prorations == ()


def test_a_pause_goes_on_over_a_renewal_and_into_another_interval() -> None:
    paused = orders.pause(begun(date(2026, 10, 1), "31"), at(date(2026, 10, 20))).after
    later = advance(paused, at(date(2026, 12, 5)), lambda plan, *_: terms("35", plan, 2)).after
    assert [f"{span.mode} {span.terms.amount}" for span in later.spans] == [
        "billed 31",
        "paused 31",
        "paused 35",
    ]
    waiting = orders.change_at_end(paused, "basic", YEAR).after
    outcome = advance(waiting, at(date(2026, 11, 1)), lambda plan, *_: terms("300", plan))
    assert outcome.successor
    following = advance(outcome.successor, at(date(2026, 11, 1)), never).after
    assert (following.status, [span.mode for span in following.spans]) == ("paused", ["paused"])
    assert [period.fee for period in following.periods] == [None]


def test_a_change_now_drops_the_one_that_waited() -> None:
    waiting = orders.change_at_end(begun(date(2026, 10, 1), "31"), "large", MONTH).after
    changed = orders.change(waiting, terms("62", "middle"), MONTH, at(date(2026, 10, 16)), OTHER).after
    assert changed.next is None


def test_another_interval_ends_one_subscription_and_starts_the_next_on_the_same_day() -> None:
    outcome = orders.change(begun(date(2026, 10, 1), "31"), terms("300"), YEAR, at(date(2026, 10, 11)), OTHER)
    assert outcome.refund == 21
    assert outcome.after.status == "cancelled"
    assert outcome.successor
    following = advance(outcome.successor, at(date(2026, 10, 11)), never).after
    assert following.periods[0].starts_at == outcome.after.ended_at == outcome.after.periods[-1].ends_at
    assert following.anchor == date(2026, 10, 11)


def test_a_change_of_interval_waits_for_the_boundary() -> None:
    waiting = orders.change_at_end(begun(date(2026, 10, 1), "31"), "basic", YEAR).after
    outcome = advance(waiting, at(date(2026, 11, 1)), lambda plan, *_: terms("300", plan))
    assert outcome.after.status == "cancelled"
    assert outcome.successor
    assert outcome.successor.cadence == YEAR
    assert outcome.successor.starts_at == outcome.after.ended_at


def test_a_renewal_takes_the_newest_terms_and_a_running_interval_keeps_its_own() -> None:
    def newer(plan: str, *_: object) -> Terms:
        return terms("25", plan, 2)

    outcome = advance(begun(date(2026, 10, 1), "19"), at(date(2026, 12, 2)), newer)
    assert [period.fee for period in outcome.after.periods] == [19, 25, 25]
    assert [span.terms.version for span in outcome.after.spans] == [1, 2]


def test_nothing_happens_before_the_start() -> None:
    started = orders.start((ID, USER), terms("19"), MONTH, "EUR", "UTC", date(2026, 10, 10))
    assert advance(started, at(date(2026, 10, 1)), never) == Outcome(started)
    ended = orders.cancel_at_end(started, at(date(2026, 10, 2)))
    assert (ended.after.status, [draft.kind for draft in ended.drafts]) == ("cancelled", ["final"])


def test_periods_tile_a_life_across_a_change_of_clocks() -> None:
    life = advance(begun(date(2026, 1, 31), "5", zone="Europe/Paris"), at(date(2028, 1, 31)), never).after
    for one, following in zip(life.periods, life.periods[1:], strict=False):
        assert one.ends_at == following.starts_at
        assert one.ends_on == following.starts_on


def test_the_gate_is_told_the_month_that_runs_and_thirteen_more() -> None:
    starts = month_starts(begun(date(2026, 1, 31), "5"))
    assert [start.date().isoformat() for start in starts[:3]] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert len(starts) == 14


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (orders.resume, "nothing to resume|goes on"),
        (lambda one, now: orders.pause(orders.pause(one, now).after, now), "paused already"),
        (lambda one, now: orders.cancel_at_end(orders.cancel_at_end(one, now).after, now), "already"),
        (lambda one, now: orders.cancel_now(orders.cancel_now(one, now).after, now), "cancelled already"),
        (
            lambda one, now: orders.change(orders.pause(one, now).after, terms("9"), MONTH, now, OTHER),
            "is paused",
        ),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(order, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidRequest, match=said):
        order(begun(date(2026, 10, 1), "19"), datetime(2026, 10, 5, tzinfo=UTC))


def test_a_cancellation_at_the_first_instant_leaves_no_month() -> None:
    subscription = begun(date(2026, 10, 1), "19")
    outcome = orders.cancel_now(subscription, subscription.starts_at)
    assert outcome.after.periods == ()
    assert outcome.refund == 19


def test_a_state_that_ended_moves_nowhere() -> None:
    ended = replace(begun(date(2026, 10, 1), "19"), status="expired", ended_at=at(date(2026, 11, 1)))
    for order in (orders.pause, orders.resume, orders.cancel_now, orders.cancel_at_end):
        with pytest.raises(InvalidRequest, match="expired already"):
            order(ended, at(date(2026, 11, 2)))
