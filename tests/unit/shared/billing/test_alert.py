"""What people are alerted of, and in what words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.alerts.alert import (
    Measure,
    Part,
    ending,
    ending_message,
    measure,
    overdue_before,
    overdue_message,
    used_message,
)
from shared.billing.subscriptions.life import advance
from shared.billing.subscriptions.orders import start
from shared.billing.subscriptions.subscription import Cadence, Subscription, Terms

TERMS = Terms("small", 1, Decimal("30.00"), "[]", {})
MONTHLY = Cadence("month")
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([Part(800, 1000, 5000)], Measure(800, 1000, "included")),
        ([Part(800, None, 5000)], Measure(800, 5000, "allowed")),
        ([Part(800, None, None)], None),
        ([Part(800, 0, None)], None),
        ([], None),
        ([Part(100, 400, 500), Part(300, 700, 900)], Measure(400, 1100, "included")),
        ([Part(100, None, 500), Part(300, 700, 900)], Measure(300, 700, "included")),
        ([Part(100, 400, 500), Part(300, None, 900)], Measure(400, 900, "allowed")),
    ],
)
def test_usage_is_measured_by_what_fees_include_or_else_by_the_limit_that_holds(
    parts: list[Part], expected: Measure | None
) -> None:
    assert measure(parts) == expected


def test_a_threshold_is_reached_at_the_unit_and_a_percent_is_never_rounded_up() -> None:
    assert not Measure(799, 1000, "included").reached(80)
    assert Measure(800, 1000, "included").reached(80)
    assert Measure(2, 3, "included").percent == Decimal("66.66")
    assert Measure(2999, 3000, "included").percent == Decimal("99.96")
    assert not Measure(2, 3, "included").reached(67)


def test_a_message_says_how_much_of_what_and_what_comes_of_more() -> None:
    assert used_message(Measure(8012, 10_000, "included"), "requests", 80, FIRST, LAST) == (
        "80% of the 10,000 requests that the plan includes from 2026-11-01 to 2026-11-30 are used: 8,012"
    )
    assert used_message(Measure(10_001, 10_000, "included"), "tokens", 100, FIRST, LAST).endswith(
        "are used: 10,001; more is charged by the unit"
    )
    assert used_message(Measure(50, 50, "allowed"), "requests", 50, FIRST, LAST) == (
        "50% of the 50 requests that the plan allows from 2026-11-01 to 2026-11-30 are used: 50; "
        "further calls are refused"
    )
    assert overdue_message("LECT-2026-000001", Decimal("36.0000"), "EUR", LAST) == (
        "invoice LECT-2026-000001 was due on 2026-11-30: 36.00 EUR are not paid"
    )
    assert overdue_message("LECT-2026-000001", Decimal("1980.0000"), "JPY", LAST).endswith(
        "1980 JPY are not paid"
    )


@pytest.mark.parametrize(
    ("zone", "now", "before"),
    [
        ("UTC", "2026-11-30T00:00:00", "2026-11-30T00:00:00"),
        ("UTC", "2026-11-30T23:59:59", "2026-11-30T00:00:00"),
        ("Europe/Paris", "2026-11-29T22:59:59", "2026-11-28T23:00:00"),
        ("Europe/Paris", "2026-11-29T23:00:00", "2026-11-29T23:00:00"),
        ("Pacific/Auckland", "2026-11-30T12:00:00", "2026-11-30T11:00:00"),
        ("America/Asuncion", "2024-10-06T12:00:00", "2024-10-06T04:00:00"),  # no midnight on that day
    ],
)
def test_what_was_due_before_the_sellers_today_is_overdue(zone: str, now: str, before: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert overdue_before(moment, zone) == datetime.fromisoformat(before).replace(tzinfo=UTC)


def subscribed(when: date, *, trial: int = 0, cadence: Cadence = MONTHLY, **more: object) -> Subscription:
    """One that began on 1 November, as it is at the first instant of a day."""
    zone = "America/New_York"
    ids = (UUID(int=1), UUID(int=2))
    begun = start(ids, TERMS, cadence, "EUR", zone, date(2026, 11, 1), trial_days=trial)
    begun = replace(begun, **more)  # type: ignore[arg-type]
    at = datetime(when.year, when.month, when.day, 12, tzinfo=UTC)
    return advance(begun, at, lambda *_: TERMS).after


@pytest.mark.parametrize(
    ("more", "reason", "last"),
    [
        ({"trial": 20}, "trial", date(2026, 11, 20)),
        ({"trial": 20, "cancel_at_period_end": True}, "trial", date(2026, 11, 20)),
        ({"cancel_at_period_end": True}, "cancelled", date(2026, 11, 30)),
        ({"term_periods": 1}, "term", date(2026, 11, 30)),
        ({"term_periods": 3}, "term", date(2027, 1, 31)),
        ({"term_periods": 1, "cadence": Cadence("month", 3)}, "term", date(2027, 1, 31)),
        ({"term_periods": 1, "cadence": Cadence("year")}, "term", date(2027, 10, 31)),
        ({"cancel_at_period_end": True, "status": "paused"}, "cancelled", date(2026, 11, 30)),
    ],
)
def test_an_end_is_told_in_the_seven_days_before_it_and_at_no_other_time(
    more: dict[str, object], reason: str, last: date
) -> None:
    told = [
        day
        for ahead in range(-40, 3)
        for day in [last + timedelta(days=ahead)]
        if day >= FIRST and ending(subscribed(day, **more), day)  # type: ignore[arg-type]
    ]
    assert told == [last - timedelta(days=back) for back in range(6, -1, -1)]
    assert ending(subscribed(last, **more), last) == (reason, last)  # type: ignore[arg-type]
    assert ending(subscribed(last, **more), last + timedelta(days=1)) is None  # type: ignore[arg-type]


def test_a_trial_that_is_shorter_is_told_from_its_first_day() -> None:
    assert ending(subscribed(FIRST, trial=3), FIRST) == ("trial", date(2026, 11, 3))


@pytest.mark.parametrize("more", [{}, {"trial": 14}, {"term_periods": 4}])
def test_a_subscription_that_goes_on_does_not_end(more: dict[str, object]) -> None:
    day = date(2026, 12, 12 if "trial" in more else 30)
    assert ending(subscribed(day, **more), day) is None  # type: ignore[arg-type]


def test_one_that_has_not_begun_or_is_over_does_not_end() -> None:
    ids = (UUID(int=1), UUID(int=2))
    waiting = start(ids, TERMS, Cadence("month"), "EUR", "UTC", date(2026, 11, 1), trial_days=3)
    assert ending(waiting, date(2026, 10, 31)) is None
    over = subscribed(date(2026, 12, 2), cancel_at_period_end=True)
    assert over.status == "cancelled"
    assert ending(over, date(2026, 11, 30)) is None


def test_the_message_of_an_end_says_what_follows() -> None:
    trial = subscribed(FIRST, trial=14)
    day = date(2026, 11, 14)
    assert ending_message(trial, "trial", day) == (
        "the trial of the plan small ends on 2026-11-14: then it costs 30.00 EUR a month"
    )
    quarterly = replace(trial, cadence=Cadence("month", 3))
    assert ending_message(quarterly, "trial", day).endswith("30.00 EUR every 3 months")
    left = replace(trial, cancel_at_period_end=True)
    assert ending_message(left, "trial", day).endswith("2026-11-14: it does not go on")
    assert ending_message(trial, "cancelled", day) == (
        "the subscription to the plan small ends on 2026-11-14: it was cancelled"
    )
    assert ending_message(trial, "term", day).endswith("2026-11-14: its term is over")
