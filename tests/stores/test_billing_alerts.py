"""Who is alerted of what, on a real database: each occasion once, with a message in the outbox."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.alerts import alerts
from shared.billing.alerts.alerts import RAISED
from shared.billing.cycle import alert, overdue
from shared.billing.cycle.run import Run
from shared.stores.postgres import Database, Row
from tests.ledger import CHARGES, LIMITS, Ledger, at, ledger

pytestmark = pytest.mark.anyio

GRACE = timedelta(hours=72)
MID = at("2026-11-15")
HOUR = timedelta(hours=1)


@pytest.fixture
def books(database_url: str) -> Iterator[Ledger]:
    with ledger(database_url) as opened:
        opened.plan()
        yield opened


@pytest.fixture
def ada(books: Ledger) -> UUID:
    return books.user()


async def run(database: Database, now: datetime) -> Counter[str]:
    """Both stages, as a run has them."""
    told: Counter[str] = Counter()
    for stage in (overdue, alert):
        async with database.transaction() as connection:
            users = await stage.due(connection, Run(now, GRACE))
            assert users == sorted(users)
            told += await stage.work(connection, users, Run(now, GRACE))
    return told


def raised(books: Ledger) -> list[Row]:
    """Every alert, the oldest first; each has its message in the outbox."""
    found = books.rows("SELECT * FROM billing_alerts ORDER BY created_at, occasion")
    told = books.rows("SELECT * FROM outbox")
    assert {(row["topic"], row["subject"], row["user_id"], row["created_at"]) for row in told} == {
        (RAISED, row["id"], row["user_id"], row["created_at"]) for row in found
    }
    return found


def threshold(
    books: Ledger, user: UUID, *percents: int, meter: str = "requests", since: str = "2026-11-01"
) -> None:
    for percent in percents:
        books.add("alert_thresholds", user_id=user, meter=meter, percent=percent, created_at=at(since))


async def test_each_threshold_is_told_once_at_the_unit_that_reaches_it(
    database: Database, books: Ledger, ada: UUID
) -> None:
    subscription = books.subscribed(ada)
    threshold(books, ada, 50, 80, 100)
    books.usage(ada, at("2026-11-02"), 499)
    assert await run(database, MID) == Counter()
    books.usage(ada, at("2026-11-03"))
    assert await run(database, MID) == {"usage_threshold": 1}
    assert await run(database, MID) == Counter()
    books.usage(ada, at("2026-11-04"), 500, tool_name="resolve-library-id")
    assert await run(database, MID + HOUR) == {"usage_threshold": 2}
    assert await run(database, at("2026-11-30")) == Counter()
    rows = raised(books)
    assert [(row["threshold"], row["current_value"]) for row in rows] == [(50, 50), (100, 100), (80, 100)]
    assert [row["created_at"] for row in rows] == [MID, MID + HOUR, MID + HOUR]
    assert rows[0]["metadata"] == {
        "subscription_id": str(subscription["id"]), "meter": "requests", "used": 500, "included": 1000,
        "startDate": "2026-11-01", "endDate": "2026-11-30",
    }  # fmt: skip
    assert rows[0]["message"].startswith("50% of the 1,000 requests that the plan includes")


async def test_only_what_is_billed_and_was_recorded_in_time_counts(
    database: Database, books: Ledger, ada: UUID
) -> None:
    eve = books.user("eve@example.org")
    books.subscribed(ada)
    threshold(books, ada, 80)
    books.usage(ada, at("2026-11-02"), 799)
    for odd in (
        {"outcome": "failed"},
        {"outcome": "refused", "refused_by": "minute"},
        {"tool_name": "prompts/get"},
        {"tool_name": "completion/complete"},
        {"recorded_at": MID + timedelta(seconds=1)},
        {"user_id": eve},
    ):
        books.usage(ada, at("2026-11-02"), **odd)
    books.usage(ada, at("2026-10-31 23:59"))
    assert await run(database, MID) == Counter()
    books.usage(ada, at("2026-11-02"), outcome="missed", tool_name="resources/read")
    assert await run(database, MID) == {"usage_threshold": 1}


async def test_a_month_that_ended_is_told_of_until_it_is_frozen_and_late_usage_is_not(
    database: Database, books: Ledger, ada: UUID
) -> None:
    books.subscribed(ada)
    threshold(books, ada, 50, 80, 90)
    books.usage(ada, at("2026-11-30 23:59"), 500)
    books.usage(ada, at("2026-11-30"), 300, recorded_at=at("2026-12-04"))
    books.usage(ada, at("2026-11-30"), 400, recorded_at=at("2026-12-04") + HOUR)
    books.usage(ada, at("2026-12-01"), 900)
    assert await run(database, at("2026-12-01")) == {"usage_threshold": 1}
    assert await run(database, at("2026-12-05")) == {"usage_threshold": 1}
    books.rows("UPDATE billing_periods SET frozen_at = '2026-12-04'")
    books.usage(ada, at("2026-11-30"), 500, recorded_at=at("2026-12-01"))
    assert await run(database, at("2026-12-06")) == Counter()


async def test_a_threshold_is_for_the_month_in_which_it_is_set_and_those_after_it(
    database: Database, books: Ledger, ada: UUID
) -> None:
    row = books.subscribed(ada)
    books.period(
        row,
        number=2,
        starts_at=at("2026-12-01"),
        ends_at=at("2027-01-01"),
        follows=at("2026-12-01"),
    )
    for month in ("2026-11-30", "2026-12-01"):
        books.usage(ada, at(month), 900)
    threshold(books, ada, 80, since="2026-12-01")
    assert await run(database, at("2026-12-02")) == {"usage_threshold": 1}
    [one] = raised(books)
    assert one["metadata"]["startDate"] == "2026-12-01"


async def test_where_nothing_is_included_a_threshold_is_of_the_limit(
    database: Database, books: Ledger, ada: UUID
) -> None:
    row = books.subscription(ada)
    books.span(row, charges=[], limits={**LIMITS, "requestsPerMonth": 200})
    books.period(row)
    threshold(books, ada, 100)
    threshold(books, ada, 100, meter="tokens")
    books.usage(ada, at("2026-11-02"), 200, tokens=1_000_000)
    assert await run(database, MID) == {"usage_threshold": 1}
    [one] = raised(books)
    assert one["message"].endswith("used: 200; further calls are refused")


async def test_tokens_have_thresholds_of_their_own(database: Database, books: Ledger, ada: UUID) -> None:
    books.subscribed(ada)
    threshold(books, ada, 150, meter="tokens")
    books.usage(ada, at("2026-11-02"), 75, tokens=1000)
    assert await run(database, MID) == {"usage_threshold": 1}
    [one] = raised(books)
    assert (one["threshold"], one["current_value"]) == (150, 150)
    assert one["message"].endswith("used: 75,000; more is charged by the unit")


async def test_trials_and_pauses_are_not_measured(database: Database, books: Ledger, ada: UUID) -> None:
    row = books.subscription(ada)
    books.span(row)
    books.span(row, starts_at=at("2026-11-10"), mode="paused")
    books.span(row, starts_at=at("2026-11-12"))
    books.period(row)
    threshold(books, ada, 50)
    books.usage(ada, at("2026-11-09"), 200)
    books.usage(ada, at("2026-11-11"), 600)
    books.usage(ada, at("2026-11-13"), 200)
    assert await run(database, MID) == Counter()
    books.usage(ada, at("2026-11-13"), 266)
    assert await run(database, MID) == {"usage_threshold": 1}


async def test_a_change_within_a_month_splits_what_is_included_by_days(
    database: Database, books: Ledger, ada: UUID
) -> None:
    """20 days of 1,000 and 10 days of 4,000 make 2,000."""
    books.plan("large", amount="90.00")
    row = books.subscription(ada)
    books.span(row)
    more = [{**CHARGES[0], "included": 4000}]
    books.span(row, starts_at=at("2026-11-21 15:00"), plan="large", charges=more)
    books.period(row)
    threshold(books, ada, 50)
    books.usage(ada, at("2026-11-21 14:59"), 999)
    assert await run(database, at("2026-11-22")) == Counter()
    books.usage(ada, at("2026-11-21 15:00"))
    assert await run(database, at("2026-11-22")) == {"usage_threshold": 1}


async def test_an_invoice_is_overdue_from_the_first_instant_after_its_day_and_told_once(
    database: Database, books: Ledger, ada: UUID
) -> None:
    books.add("seller", zone="Europe/Paris")
    row = books.subscribed(ada)
    one = books.invoice(row, number="LECT-2026-000001", issued=at("2026-11-01"))
    books.burn(books.credit(ada, "6.00"), one, "6.00")
    books.invoice(row, due_date=at("2026-11-01"))
    books.invoice(row, number="LECT-2026-000002", due_date=at("2026-11-01"), status="paid")
    settled = books.invoice(row, number="LECT-2026-000003", due_date=at("2026-11-01"))
    books.burn(books.credit(ada, "36.00"), settled, "36.00")
    last = at("2026-11-15 23:00")  # midnight in Paris
    assert await run(database, last - timedelta(seconds=1)) == Counter()
    assert await run(database, last) == {"overdue": 1, "invoice_overdue": 1}
    assert await run(database, last + HOUR) == Counter()
    [told] = raised(books)
    assert (told["threshold"], told["current_value"]) == (None, Decimal(30))
    assert told["message"] == "invoice LECT-2026-000001 was due on 2026-11-15: 30.00 EUR are not paid"
    states = books.rows("SELECT number, status FROM invoices WHERE number LIKE 'LECT%' ORDER BY number")
    assert [state["status"] for state in states] == ["overdue", "paid", "sent"]


async def test_an_end_is_told_once_and_one_that_was_put_off_again(
    database: Database, books: Ledger, ada: UUID
) -> None:
    row = books.subscribed(ada, cancel_at_period_end=True)
    assert await run(database, at("2026-11-23 23:59")) == Counter()
    assert await run(database, at("2026-11-24")) == {"subscription_expiring": 1}
    assert await run(database, at("2026-11-30 23:59")) == Counter()
    [told] = raised(books)
    assert told["message"] == "the subscription to the plan small ends on 2026-11-30: it was cancelled"
    assert told["metadata"] == {
        "subscription_id": str(row["id"]), "plan": "small", "reason": "cancelled", "endDate": "2026-11-30"
    }  # fmt: skip
    books.rows(
        "UPDATE subscriptions SET current_period_start = '2026-12-01T00:00Z', current_period_end = '2027-01-01T00:00Z'"
    )
    books.period(
        row, number=2, starts_at=at("2026-12-01"), ends_at=at("2027-01-01"), follows=at("2026-12-01")
    )
    assert await run(database, at("2026-12-27")) == {"subscription_expiring": 1}


async def test_a_term_is_told_in_its_last_period_only(database: Database, books: Ledger, ada: UUID) -> None:
    books.subscribed(ada, term_periods=2)
    assert await run(database, at("2026-11-30")) == Counter()
    books.rows("UPDATE subscriptions SET term_periods = 1")
    assert await run(database, at("2026-11-30")) == {"subscription_expiring": 1}


async def test_nobody_who_was_removed_is_alerted(database: Database, books: Ledger, ada: UUID) -> None:
    row = books.subscribed(ada, cancel_at_period_end=True)
    books.invoice(row, number="LECT-2026-000001", issued=at("2026-11-01"))
    threshold(books, ada, 1)
    books.usage(ada, at("2026-11-02"), 100)
    books.rows("UPDATE users SET removed_at = now()")
    assert await run(database, at("2026-11-29")) == {"overdue": 1}


async def test_a_batch_of_many_users_is_told_each_their_own(database: Database, books: Ledger) -> None:
    for number in range(40):
        user = books.user(f"u{number}@example.org")
        books.subscribed(user, cancel_at_period_end=number % 2 == 0)
        threshold(books, user, 10, 20)
        books.usage(user, at("2026-11-02"), 100 + 100 * (number % 2))
    assert await run(database, at("2026-11-29")) == {"usage_threshold": 60, "subscription_expiring": 20}
    assert await run(database, at("2026-11-29")) == Counter()
    assert len(raised(books)) == 80


async def test_thresholds_are_replaced_and_one_that_stands_is_not_set_anew(
    database: Database, books: Ledger, ada: UUID
) -> None:
    for now, percents in ((at("2026-11-01"), [50, 80]), (MID, [80, 100])):
        async with database.transaction() as connection:
            await alerts.set_thresholds(connection, ada, "requests", percents, now)
    rows = books.rows("SELECT percent, created_at FROM alert_thresholds ORDER BY percent")
    assert [(row["percent"], row["created_at"]) for row in rows] == [(80, at("2026-11-01")), (100, MID)]
    async with database.transaction() as connection:
        await alerts.set_thresholds(connection, ada, "tokens", [10], MID)
        await alerts.set_thresholds(connection, ada, "requests", [], MID)
        assert await alerts.thresholds(connection, ada) == {"tokens": [10]}


async def test_months_of_a_year_are_measured_each_for_itself(
    database: Database, books: Ledger, ada: UUID
) -> None:
    row = books.subscribed(
        ada, interval="year", current_period_end=at("2027-11-01"), next_boundary=at("2026-12-01")
    )
    books.rows("UPDATE billing_periods SET ends_at = '2026-12-01T00:00Z', ends_on = '2026-12-01'")
    books.period(
        row,
        number=2,
        starts_at=at("2026-12-01"),
        ends_at=at("2027-01-01"),
        follows=at("2026-12-01"),
        covered_from=None,
    )
    threshold(books, ada, 50)
    books.usage(ada, at("2026-11-30"), 400)
    books.usage(ada, at("2026-12-01"), 500)
    assert await run(database, at("2026-12-02")) == {"usage_threshold": 1}
    [told] = raised(books)
    assert told["metadata"]["startDate"] == date(2026, 12, 1).isoformat()
