"""Numbers have no gap, dates of issue never go back, and a year of the seller's begins anew."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.billing import outbox
from shared.billing.numbers import CREDIT_NOTES, INVOICES, take
from shared.stores.postgres import Database
from tests.billing import NOW, add_user

pytestmark = pytest.mark.anyio


async def test_numbers_follow_each_other_in_each_series(database: Database) -> None:
    async with database.transaction() as connection:
        first = await take(connection, INVOICES, 2, NOW, "UTC")
        assert first == [("LECT-2026-000001", NOW), ("LECT-2026-000002", NOW)]
        assert await take(connection, CREDIT_NOTES, 1, NOW, "UTC") == [("LECT-CN-2026-000001", NOW)]
        assert await take(connection, INVOICES, 1, NOW, "UTC") == [("LECT-2026-000003", NOW)]
        assert await take(connection, INVOICES, 0, NOW, "UTC") == []


async def test_a_clock_that_goes_back_does_not_take_a_date_of_issue_back(database: Database) -> None:
    async with database.transaction() as connection:
        await take(connection, INVOICES, 1, NOW, "UTC")
        assert await take(connection, INVOICES, 1, NOW - timedelta(days=400), "UTC") == [
            ("LECT-2026-000002", NOW)
        ]


async def test_a_year_begins_where_the_seller_is(database: Database) -> None:
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    async with database.transaction() as connection:
        assert await take(connection, INVOICES, 1, eve, "UTC") == [("LECT-2026-000001", eve)]
        assert await take(connection, INVOICES, 1, eve, "Europe/Paris") == [("LECT-2027-000001", eve)]
        assert await take(connection, INVOICES, 1, eve, "America/New_York") == [("LECT-2027-000002", eve)]


async def test_a_transaction_that_fails_leaves_no_gap(database: Database) -> None:
    async def one(failing: bool) -> str | None:
        try:
            async with database.transaction() as connection:
                [(number, _)] = await take(connection, INVOICES, 1, NOW, "UTC")
                if failing:
                    raise ZeroDivisionError
                return number
        except ZeroDivisionError:
            return None

    given = await asyncio.gather(*(one(count % 3 == 0) for count in range(30)))
    kept = sorted(number for number in given if number)
    assert kept == [f"LECT-2026-{number:06}" for number in range(1, 21)]


async def test_more_than_six_digits_are_written_whole(database: Database) -> None:
    async with database.transaction() as connection:
        await take(connection, INVOICES, 999_999, NOW, "UTC")
        [(number, _)] = await take(connection, INVOICES, 1, NOW, "UTC")
    assert number == "LECT-2026-1000000"


async def test_messages_wait_in_the_outbox_with_the_time_of_the_books(database: Database) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        await outbox.put(connection, "invoice.sent", user_id, user_id, {"number": "LECT-2026-000001"}, NOW)
        await outbox.put_many(connection, [], NOW)
    [row] = await database.rows(
        "SELECT topic, user_id, subject, payload, created_at, delivered_at FROM outbox"
    )
    assert row == {
        "topic": "invoice.sent",
        "user_id": user_id,
        "subject": user_id,
        "payload": {"number": "LECT-2026-000001"},
        "created_at": NOW,
        "delivered_at": None,
    }
