"""The ledger on a real database: what each way of money posts, and what providers' lines add."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from bench import ledger_laws
from shared.billing.books import balance, books, ledger
from shared.billing.money import plain
from shared.billing.payments.port import BalanceLine
from shared.stores.postgres import Database
from tests.charger import StandIn
from tests.ledger import Ledger, Row, at
from tests.ledger import ledger as opened

pytestmark = pytest.mark.anyio

NOW = at("2027-03-01 12:00")
TODAY = NOW.date()


@pytest.fixture
def rows(database_url: str) -> Iterator[Ledger]:
    with opened(database_url) as found:
        found.plan()
        yield found


@pytest.fixture
def ada(rows: Ledger) -> UUID:
    return rows.user()


@pytest.fixture
def bill(rows: Ledger, ada: UUID) -> Row:
    return rows.invoice(rows.subscribed(ada), number="A-1", status="overdue")


class Lines(StandIn):
    """A provider of whom only its lines are asked."""

    lines: tuple[BalanceLine, ...]
    since: list[datetime]

    def __init__(self, *lines: BalanceLine, name: str = "stripe") -> None:
        super().__init__(name)
        self.lines, self.since = lines, []

    async def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        self.since.append(since)
        for line in self.lines:
            if line.at >= since:
                yield line


def paid(rows: Ledger, bill: Row, amount: str = "36.00", **more: Any) -> Row:
    given = {"status": "completed", "provider": "stripe", "provider_transaction_id": "pi_1",
             "processed_at": at("2026-11-02"), "created_at": at("2026-11-02"),
             "currency": bill["currency"], **more}  # fmt: skip
    return rows.add("payments", invoice_id=bill["id"], user_id=bill["user_id"], amount=amount, **given)


def line(
    number: int, kind: Any, amount: str, fee: str = "0", source: str | None = None, **more: Any
) -> BalanceLine:
    given = {"currency": "EUR", "at": at("2026-11-03"), **more}
    return BalanceLine(f"txn_{number}", kind, Decimal(amount), Decimal(fee), source=source, **given)


async def took(database: Database, lines: Lines, now: datetime = NOW) -> int:
    async with database.connection() as connection:
        return await balance.take(connection, lines, now)


async def lawful(database: Database, now: datetime = NOW, *, lines: bool = False) -> None:
    async with database.connection() as connection:
        assert await ledger_laws.broken(connection, now, lines=lines) is None


async def sums(database: Database, until: date = TODAY, now: datetime = NOW) -> dict[str, str]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    async with database.connection() as connection:
        async for entry in books.entries(connection, until, now):
            for account, amount, code in entry.postings:
                found[f"{account.rpartition(':')[2]} {code}"] += amount
    return {name: plain(amount, name[-3:]) for name, amount in sorted(found.items()) if amount}


async def kinds(database: Database, now: datetime = NOW) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        return [
            (str(entry.day), entry.kind)
            async for entry in books.entries(connection, now.date(), now)
            if entry.kind != "recognition"
        ]


async def test_a_chargeback_takes_what_was_paid_and_its_credit_and_a_won_one_returns_both(
    database: Database, rows: Ledger, ada: UUID, bill: Row
) -> None:
    payment = paid(rows, bill)
    note = rows.credit_note(bill, "10.00", "2.00", number="CN-1", issue_date=at("2026-11-05"))
    credit = rows.credit(ada, "12.00", type="refund", credit_note_id=note["id"], created_at=at("2026-11-05"))
    dispute = rows.add("disputes", payment_id=payment["id"], provider_dispute_id="dp_1", kind="chargeback",
                       state="open", amount="36.00", currency="EUR", opened_at=at("2026-11-20"),
                       taken_at=at("2026-11-20"))  # fmt: skip
    rows.add("credit_payouts", credit_id=credit["id"], currency="EUR", amount="12.00", dispute_id=dispute["id"],
             created_at=at("2026-11-21"))  # fmt: skip
    rows.rows("UPDATE payments SET status = 'refunded', refunded_amount = amount")
    found = await sums(database)
    assert found == {"Receivable EUR": "24.00", "Revenue EUR": "-20.00", "Tax EUR": "-4.00"}
    await lawful(database)
    rows.rows("UPDATE disputes SET state = 'won', returned_at = '2026-12-20T00:00:00Z'")
    rows.rows("UPDATE payments SET status = 'completed', refunded_amount = 0")
    assert await sums(database) == {
        "CustomerCredit EUR": "-12.00",
        "Revenue EUR": "-20.00",
        "Stripe EUR": "36.00",
        "Tax EUR": "-4.00",
    }
    assert (await kinds(database))[-4:] == [
        ("2026-11-20", "dispute"),
        ("2026-11-21", "paid_out"),
        ("2026-12-20", "dispute_won"),
        ("2026-12-20", "paid_out_returned"),
    ]
    await lawful(database)


async def test_an_inquiry_moves_nothing(database: Database, rows: Ledger, bill: Row) -> None:
    payment = paid(rows, bill)
    before = await sums(database)
    rows.add("disputes", payment_id=payment["id"], provider_dispute_id="dp_1", kind="chargeback", state="inquiry",
             amount="36.00", currency="EUR", opened_at=at("2026-11-20"))  # fmt: skip
    assert await sums(database) == before


@pytest.mark.parametrize("status", ["pending", "completed", "failed"])
async def test_a_refund_pays_its_credit_out_once_it_is_completed(
    database: Database, rows: Ledger, ada: UUID, bill: Row, status: str
) -> None:
    payment = paid(rows, bill, "40.00")
    credit = rows.credit(ada, "4.00", type="refund", payment_id=payment["id"], created_at=at("2026-11-02"))
    refund = rows.add("refunds", payment_id=payment["id"], amount="4.00", currency="EUR", status=status, reason="asked",
                      completed_at=at("2026-11-10") if status == "completed" else None)  # fmt: skip
    rows.add("credit_payouts", credit_id=credit["id"], currency="EUR", amount="4.00", refund_id=refund["id"])
    if status == "completed":
        rows.rows("UPDATE payments SET refunded_amount = 4")
    left = {"CustomerCredit EUR": "-4.00", "Stripe EUR": "40.00"}
    assert await sums(database) == {
        "Revenue EUR": "-30.00",
        "Tax EUR": "-6.00",
        **({"Stripe EUR": "36.00"} if status == "completed" else left),
    }
    await lawful(database)


async def test_a_refund_that_fails_after_all_is_undone_on_the_day_on_which_it_fails(
    database: Database, rows: Ledger, ada: UUID, bill: Row
) -> None:
    payment = paid(rows, bill, "40.00")
    credit = rows.credit(ada, "4.00", type="refund", payment_id=payment["id"], created_at=at("2026-11-02"))
    refund = rows.add("refunds", payment_id=payment["id"], amount="4.00", currency="EUR", status="failed",
                      reason="asked", created_at=at("2026-11-09"), completed_at=at("2026-11-10"),
                      failed_at=at("2026-11-20"))  # fmt: skip
    rows.add("credit_payouts", credit_id=credit["id"], currency="EUR", amount="4.00", refund_id=refund["id"],
             created_at=at("2026-11-09"))  # fmt: skip
    assert (await kinds(database))[-4:] == [
        ("2026-11-10", "refund"),
        ("2026-11-10", "paid_out"),
        ("2026-11-20", "refund_failed"),
        ("2026-11-20", "paid_out_returned"),
    ]
    assert "CustomerCredit EUR" not in await sums(database, date(2026, 11, 19))
    assert (await sums(database))["CustomerCredit EUR"] == "-4.00"
    await lawful(database)


async def test_what_a_bank_takes_back_that_was_refunded_too_is_nobodys_debt(
    database: Database, rows: Ledger, bill: Row
) -> None:
    payment = paid(rows, bill)
    rows.add("refunds", payment_id=payment["id"], amount="30.00", currency="EUR", status="completed", reason="asked",
             completed_at=at("2026-11-10"))  # fmt: skip
    rows.add("disputes", payment_id=payment["id"], provider_dispute_id="dp_1", kind="chargeback", state="lost",
             amount="36.00", currency="EUR", opened_at=at("2026-11-20"), taken_at=at("2026-11-20"))  # fmt: skip
    rows.rows("UPDATE payments SET status = 'refunded', refunded_amount = amount")
    found = await sums(database)
    assert (found["Receivable EUR"], found["Suspense EUR"], found["Stripe EUR"]) == (
        "36.00",
        "30.00",
        "-30.00",
    )
    await lawful(database)


async def test_what_comes_back_to_a_credit_whose_time_is_over_is_lost_at_once(
    database: Database, rows: Ledger, ada: UUID, bill: Row
) -> None:
    credit = rows.credit(ada, "20.00", created_at=at("2026-11-01"), expires_at=at("2026-11-10"))
    rows.burn(credit, bill, "15.00", created_at=at("2026-11-01"))
    note = rows.credit_note(bill, "30.00", "6.00", number="CN-1", issue_date=at("2026-11-15"))
    rows.burn(credit, bill, "-15.00", created_at=at("2026-11-15"), credit_note_id=note["id"])
    assert [one for one in await kinds(database) if one[1] == "expired"] == [
        ("2026-11-10", "expired"),
        ("2026-11-15", "expired"),
    ]
    assert await sums(database) == {}
    for day in ("2026-11-09", "2026-11-10", "2026-11-14"):
        assert "CustomerCredit EUR" in await sums(database, date.fromisoformat(day)) or day != "2026-11-09"
    await lawful(database)


async def test_a_credit_that_expires_today_is_there_until_then(
    database: Database, rows: Ledger, ada: UUID
) -> None:
    rows.credit(ada, "20.00", created_at=at("2026-11-01"), expires_at=NOW + timedelta(seconds=1))
    assert await sums(database) == {"CustomerCredit EUR": "-20.00", "PromotionalExpense EUR": "20.00"}
    assert await sums(database, now=NOW + timedelta(seconds=1)) == {}


async def test_days_are_those_of_the_seller_that_the_invoice_names(
    database: Database, rows: Ledger, ada: UUID
) -> None:
    rows.add("seller", zone="America/New_York")
    row = rows.subscribed(ada)
    bill = rows.invoice(row, number="A-1", issued=at("2026-11-30 23:30"), seller={"zone": "Europe/Paris"})
    paid(rows, bill, processed_at=at("2026-12-01 23:30"))
    rows.credit(ada, "1.00", created_at=at("2026-12-01 03:00"))
    assert await kinds(database) == [
        ("2026-11-30", "grant"),
        ("2026-12-01", "invoice"),
        ("2026-12-02", "payment"),
    ]


async def test_lines_are_taken_once_from_two_days_before_the_newest_on(
    database: Database, rows: Ledger, bill: Row
) -> None:
    lines = Lines()
    assert await took(database, lines) == 0
    assert not lines.since
    paid(rows, bill)
    lines.lines = (
        line(1, "payment", "36.00", "0.79", "pi_1"),
        line(2, "fee", "-2.00", at=at("2026-12-01")),
        line(3, "payment", "5", currency="USDC"),
    )
    assert await took(database, lines) == 2
    late = line(4, "payout", "-10.00", at=at("2026-11-29"))
    lines.lines = (*lines.lines, late, line(5, "payout", "-10.00", at=at("2026-11-28")))
    assert await took(database, lines) == 1
    assert lines.since == [at("2026-10-31"), at("2026-11-29")]
    [kept] = rows.rows("SELECT * FROM balance_transactions WHERE provider_id = 'txn_1'")
    assert (kept["kind"], kept["amount"], kept["fee"], kept["source"]) == (
        "payment", Decimal(36), Decimal("0.79"), "pi_1",
    )  # fmt: skip


async def test_clearing_is_the_balance_at_the_provider(database: Database, rows: Ledger, bill: Row) -> None:
    payment = paid(rows, bill)
    rows.add("refunds", payment_id=payment["id"], amount="6.00", currency="EUR", status="completed", reason="asked",
             provider_refund_id="re_1", completed_at=at("2026-11-10"))  # fmt: skip
    rows.add("disputes", payment_id=payment["id"], provider_dispute_id="dp_1", kind="chargeback", state="lost",
             amount="30.00", currency="EUR", opened_at=at("2026-11-20"), taken_at=at("2026-11-20"))  # fmt: skip
    rows.rows("UPDATE payments SET status = 'refunded', refunded_amount = amount")
    lines = Lines()
    lines.lines = (
        line(1, "payment", "36.00", "0.79", "pi_1"),
        line(2, "refund", "-6.00", "0.30", "re_1"),
        line(3, "dispute", "-30.00", "20.00", "dp_1"),
        line(4, "fee", "-2.00", "0.10"),
        line(5, "adjustment", "40.00"),
        line(6, "payout", "-10.00", "0.25"),
        line(7, "payout", "10.00"),
    )
    await took(database, lines)
    found = await sums(database)
    assert {name: found[name] for name in ("Stripe EUR", "Fees EUR", "Suspense EUR")} == {
        "Stripe EUR": "16.56",
        "Fees EUR": "23.44",
        "Suspense EUR": "-40.00",
    }
    assert "Bank EUR" not in found
    await lawful(database, lines=True)


async def test_what_is_paid_by_hand_lies_in_the_bank_and_goes_back_from_there(
    database: Database, rows: Ledger, bill: Row
) -> None:
    payment = paid(rows, bill, provider="manual", provider_transaction_id=None)
    rows.add("refunds", payment_id=payment["id"], amount="6.00", currency="EUR", status="completed", reason="asked",
             completed_at=at("2026-11-10"))  # fmt: skip
    rows.rows("UPDATE payments SET refunded_amount = 6")
    assert await sums(database) == {
        "Bank EUR": "30.00",
        "Receivable EUR": "6.00",
        "Revenue EUR": "-30.00",
        "Tax EUR": "-6.00",
    }


async def test_what_a_provider_exchanged_is_held_in_its_own_currency(
    database: Database, rows: Ledger, ada: UUID
) -> None:
    bill = rows.invoice(rows.subscribed(ada), "30.00", number="A-1", currency="USD")
    payment = paid(rows, bill)
    rows.add("refunds", payment_id=payment["id"], amount="6.00", currency="USD", status="completed", reason="asked",
             provider_refund_id="re_1", completed_at=at("2026-11-10"))  # fmt: skip
    rows.rows("UPDATE payments SET refunded_amount = 6")
    lines = Lines()
    lines.lines = (line(1, "payment", "33.00", "1.00", "pi_1"), line(2, "refund", "-5.60", "0", "re_1"))
    await took(database, lines)
    found = await sums(database)
    assert {name: amount for name, amount in found.items() if "Stripe" in name or "Conversion" in name} == {
        "Conversion EUR": "-27.40",
        "Conversion USD": "30.00",
        "Stripe EUR": "26.40",
    }
    await lawful(database, lines=True)


async def test_of_wise_which_is_a_bank_the_fees_of_what_came_are_booked_alone(
    database: Database, rows: Ledger, bill: Row
) -> None:
    paid(rows, bill, provider="wise", provider_transaction_id="t-1")
    lines = Lines(name="wise")
    lines.lines = (line(1, "payment", "36.00", "0.50", "t-1"), line(2, "adjustment", "-500.00", "3.00"))
    await took(database, lines)
    found = await sums(database)
    assert {name: found[name] for name in ("Bank EUR", "Fees EUR")} == {
        "Bank EUR": "35.50",
        "Fees EUR": "0.50",
    }


def test_accounts_are_those_that_a_ledger_opens() -> None:
    assert len(set(ledger.ACCOUNTS)) == len(ledger.ACCOUNTS) == 12
