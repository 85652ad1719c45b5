"""Where the books stand, on a real database."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.status import Books, Status, status, unbilled_months
from shared.stores.postgres import Database
from tests.ledger import Ledger, Row, at, ledger

pytestmark = pytest.mark.anyio

NOW = at("2026-11-16 12:00")


@pytest.fixture
def books(database_url: str) -> Iterator[Ledger]:
    with ledger(database_url) as opened:
        opened.plan()
        yield opened


@pytest.fixture
def ada(books: Ledger) -> UUID:
    return books.user()


@pytest.fixture
def row(books: Ledger, ada: UUID) -> Row:
    """A subscription for November."""
    return books.subscribed(ada)


async def found(database: Database, now: datetime = NOW) -> Status:
    async with database.transaction() as connection:
        return await status(connection, now)


async def euros(database: Database, now: datetime = NOW) -> Books:
    [books] = (await found(database, now)).books
    return books


async def test_books_without_an_invoice_are_empty(database: Database) -> None:
    empty = await found(database)
    assert (empty.books, empty.drafts, empty.late, empty.last_run) == ((), [], [], None)


async def test_revenue_is_what_was_invoiced_without_tax_less_credit_notes_by_the_sellers_months(
    database: Database, books: Ledger, row: Row
) -> None:
    books.add("seller", zone="Europe/Paris")
    paris = {"zone": "Europe/Paris"}
    books.invoice(row, "100.00", number="A-1", issued=at("2025-11-30 22:59"), seller=paris)
    books.invoice(row, "200.00", number="A-2", issued=at("2025-11-30 23:00"), seller=paris)
    old = books.invoice(
        row, "300.00", number="A-3", issued=at("2026-10-31 22:59"), status="paid", seller=paris
    )
    books.invoice(row, "400.00", number="A-4", issued=at("2026-10-31 23:00"), seller=paris)
    books.invoice(row, "500.00", issued=at("2026-11-02"))
    gone = books.invoice(row, "60.00", number="A-6", issued=at("2026-11-03"))
    books.credit_note(gone, "60.00", "12.00")
    books.rows("UPDATE invoices SET status = 'cancelled' WHERE id = %(id)s", id=gone["id"])
    books.invoice(row, "70.00", status="cancelled", issued=at("2026-11-03"))
    books.credit_note(old, "50.00", "10.00", issue_date=at("2026-11-05"))
    revenue = (await euros(database)).revenue
    assert list(revenue) == [date(2025 + n // 12, n % 12 + 1, 1) for n in range(11, 23)]
    assert revenue[date(2025, 12, 1)] == 200
    assert revenue[date(2026, 10, 1)] == 300
    assert revenue[date(2026, 11, 1)] == 350
    assert sum(revenue.values()) == 850


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (-5, "not due"),
        (0, "not due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "over 90"),
        (400, "over 90"),
    ],
)
async def test_receivables_have_the_age_of_the_day_on_which_they_were_due(
    database: Database, books: Ledger, row: Row, days: int, age: str
) -> None:
    books.add("seller", zone="America/New_York")
    due = at("2026-11-16 17:00") - timedelta(days=days)
    books.invoice(row, number="A-1", issued=at("2025-01-01"), due_date=due)
    for now in (at("2026-11-16 05:00"), at("2026-11-17 04:59")):
        told = await euros(database, now)
        assert {name for name, amount in told.receivables.items() if amount} == {age}
        assert told.invoices[age] == 1
        assert told.open == 36
        assert told.overdue == (0 if age == "not due" else 36)


async def test_what_is_open_is_what_is_due(database: Database, books: Ledger, ada: UUID, row: Row) -> None:
    one = books.invoice(row, number="A-1", due_date=at("2026-11-16"))
    two = books.invoice(row, number="A-2", due_date=at("2026-11-15"), status="overdue")
    books.invoice(row, number="A-3", status="paid")
    books.invoice(row)
    books.burn(books.credit(ada, "10.00"), one, "6.00")
    books.credit_note(two, "10.00", "2.00")
    told = await euros(database)
    assert told.open == 54
    assert told.overdue == 24
    assert told.credits == {"promotional": 4}


async def test_credits_are_outstanding_until_they_are_used_up_expire_or_are_voided(
    database: Database, books: Ledger, ada: UUID
) -> None:
    books.credit(ada, "5.00")
    books.credit(ada, "7.00", type="refund")
    books.credit(ada, "11.00", expires_at=NOW + timedelta(seconds=1))
    books.credit(ada, "13.00", expires_at=NOW)
    books.credit(ada, "17.00", voided_at=NOW)
    books.credit(ada, "1980", currency="JPY", type="compensation")
    euro, yen = (await found(database)).books
    assert euro.credits == {"promotional": 16, "refund": 7}
    assert yen.currency == "JPY"
    assert yen.credits == {"compensation": 1980}


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-10-31 12:00", "30.00"),
        ("2026-11-01 00:00", "30.00"),
        ("2026-11-02 00:00", "29.00"),
        ("2026-11-30 23:59", "1.00"),
        ("2026-12-01 00:00", "0"),
    ],
)
async def test_a_fee_is_deferred_for_the_days_that_are_to_come(
    database: Database, books: Ledger, row: Row, now: str, left: str
) -> None:
    books.invoice(row, number="A-1", issued=at("2026-10-31"))
    assert (await euros(database, at(now))).deferred == Decimal(left)


async def test_what_was_credited_is_not_deferred(
    database: Database, books: Ledger, ada: UUID, row: Row
) -> None:
    """16 November: 15 of 30 days are to come."""
    one = books.invoice(row, number="A-1")
    books.line(books.invoice(row), "5.00", starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1))
    assert (await euros(database)).deferred == Decimal("15.00")
    books.credit_note(one, "10.00", "2.00", number="LECT-CN-2026-000001")
    assert (await euros(database)).deferred == Decimal("10.00")
    half = {"starts_on": date(2026, 11, 11), "ends_on": date(2026, 12, 1)}
    excess = books.pending(row, "-8.00", **half)
    books.credit_note(one, "8.00", "1.60", pending_id=excess["id"], number="LECT-CN-2026-000002")
    assert (await euros(database)).deferred == Decimal("4.00")
    books.rows(
        "UPDATE subscriptions SET status = 'cancelled', ended_at = %(now)s, next_boundary = NULL", now=NOW
    )
    assert (await euros(database)).deferred == 0


async def test_prorations_are_deferred_and_usage_drafts_and_cancelled_invoices_are_not(
    database: Database, books: Ledger, row: Row
) -> None:
    draft = books.invoice(row, "50.00")
    rest = {"starts_on": date(2026, 11, 11), "ends_on": date(2026, 12, 1)}
    for amount in ("-20.00", "40.00"):
        pending = books.pending(row, amount, **rest)
        books.line(draft, amount, type="proration", pending_id=pending["id"], **rest)
    books.line(
        draft, "9.00", type="usage", meter="requests", starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1)
    )
    assert (await found(database)).books == ()
    books.rows("UPDATE invoices SET status = 'sent', number = 'A-1'")
    assert (await euros(database)).deferred == 25 + 15
    books.credit_note(draft, "50.00", "10.00")
    books.rows("UPDATE invoices SET status = 'cancelled'")
    assert (await euros(database)).deferred == 0


async def test_drafts_and_late_usage_are_named(database: Database, books: Ledger, row: Row) -> None:
    books.invoice(row, "30.00", draft_reason="the customer has no country", closes_at=at("2026-11-02"))
    books.invoice(row, "5.00", closes_at=at("2026-11-01"))
    books.rows("UPDATE billing_periods SET late_rows = 3, frozen_at = %(now)s", now=NOW)
    books.add("billing_runs", at=at("2026-11-15"), by_clock=True, counts={})
    told = await found(database)
    assert [(draft["user"], draft["total"], draft["draft_reason"]) for draft in told.drafts] == [
        ("ada@example.org", 6, None),
        ("ada@example.org", 36, "the customer has no country"),
    ]
    assert told.late == [
        {
            "user": "ada@example.org",
            "starts_on": date(2026, 11, 1),
            "ends_on": date(2026, 12, 1),
            "late_rows": 3,
        }
    ]
    assert told.last_run == at("2026-11-15")


async def test_what_consumers_elsewhere_in_the_union_bought_is_told_until_their_vat_is_charged(
    database: Database, books: Ledger, row: Row
) -> None:
    books.add("seller", country="FR", zone="Europe/Paris")
    german, french = {"country": "DE"}, {"country": "FR", "zone": "Europe/Paris"}
    sold: list[tuple[str, str, Row, Row]] = [
        ("1.00", "2024-12-31 22:59", german, {}),
        ("20.00", "2024-12-31 23:00", german, {}),
        ("300.00", "2026-01-05", german, {}),
        ("4000.00", "2026-01-06", {"country": "IT"}, {}),
        ("7.00", "2026-01-06", {"country": "MC"}, {}),  # at home in France
        ("7.00", "2026-01-07", german | {"vatNumber": "DE136695976"}, {}),
        ("7.00", "2026-01-08", {"country": "US"}, {}),
        ("7.00", "2026-01-09", {"country": "ES"}, {"tax_groups": [{"category": "O"}]}),  # the Canaries
        ("7.00", "2026-01-10", german, {"currency": "USD"}),
    ]
    for number, (net, issued, customer, more) in enumerate(sold):
        given: Row = {"seller": french, "metadata": {"customerInfo": customer}, **more}
        books.invoice(row, net, number=f"A-{number}", issued=at(issued), **given)
    books.invoice(row, "7.00", issued=at("2026-01-10"), metadata={"customerInfo": german}, seller=french)
    [corrected] = books.rows("SELECT * FROM invoices WHERE number = 'A-2'")
    books.credit_note(
        corrected,
        "50.00",
        metadata={"customerInfo": german, "seller": french},
        tax_groups=[{"category": "S"}],
    )
    assert (await found(database)).abroad == {2025: 20, 2026: 4250}
    books.rows("UPDATE seller SET oss = TRUE")
    assert (await found(database)).abroad == {}
    books.rows("UPDATE seller SET oss = FALSE, country = 'CH'")
    assert (await found(database)).abroad == {}


async def test_months_with_a_period_that_is_not_frozen_or_not_opened_may_still_be_billed(
    database: Database, books: Ledger, row: Row, ada: UUID
) -> None:
    async def months(before: str) -> list[str]:
        async with database.transaction() as connection:
            return await unbilled_months(connection, at(before))

    assert await months("2026-11-30") == []
    assert await months("2026-12-01") == ["2026-11"]
    assert await months("2027-02-15") == ["2026-11", "2026-12", "2027-01"]
    books.rows("UPDATE billing_periods SET frozen_at = '2026-12-04'")
    assert await months("2026-12-31") == []
    assert await months("2027-01-01") == ["2026-12"]
    books.rows("UPDATE subscriptions SET status = 'expired', ended_at = '2026-12-01', next_boundary = NULL")
    assert await months("2030-01-01") == []
    again = books.subscription(ada, start=date(2026, 9, 15), ended_at=at("2026-10-15"), status="cancelled")
    books.period(again)
    assert await months("2026-10-15") == ["2026-09"]
    assert await months("2030-01-01") == ["2026-09", "2026-10"]
