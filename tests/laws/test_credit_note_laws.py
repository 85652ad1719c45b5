"""Invoices, credits and credit notes on real PostgreSQL: whatever is done in whatever order, the books add up."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from shared.billing.credits import credits
from shared.billing.credits.credit import Balance
from shared.billing.invoices import credit_notes
from shared.billing.money import rounded
from shared.billing.parties import tax_groups
from tests.billing import NOW, add_invoice, add_user, pay, read
from tests.laws.machine import Machine

CURRENCIES = ("EUR", "EUR", "EUR", "JPY", "KWD")
GROUPS = (("S", "20"), ("S", "8.5"), ("S", "0"))
STEPS = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

percents = st.sampled_from([1, 33, 50, 100])
amounts = st.sampled_from(["0.01", "0.05", "1", "9.99", "19.00", "100", "333.33"])
currencies = st.sampled_from(CURRENCIES)
lately = st.integers(0, 2)
"""Which invoice, counted back from the newest."""
ZERO = Decimal(0)


def money(text: str, currency: str) -> Decimal:
    """At the currency's digits, and above zero."""
    return rounded(Decimal(text), currency) or Decimal(1)


class Books(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.invoices: list[UUID] = []
        self.users: list[UUID] = []
        self.grants: list[UUID] = []

    @initialize()
    def open(self) -> None:
        async def start() -> None:
            await self.connect()
            self.users = [await add_user(self.connection) for _ in range(2)]

        self.run(start())

    @rule(
        who=st.integers(0, 1),
        amount=amounts,
        currency=currencies,
        type=st.sampled_from(["promotional", "refund", "compensation"]),
        days=st.none() | st.integers(1, 5),
    )
    def grant(self, who: int, amount: str, currency: str, type: str, days: int | None) -> None:
        expires = None if days is None else self.now + timedelta(days=days)
        row = self.run(
            credits.grant(
                self.connection,
                self.users[who],
                money(amount, currency),
                currency,
                type,
                "given",
                self.now,
                expires_at=expires,
            )
        )
        self.grants.append(row["id"])

    @rule(
        who=st.integers(0, 1),
        currency=currencies,
        lines=st.lists(st.tuples(amounts, st.sampled_from(GROUPS)), min_size=1, max_size=3),
        gift=st.none() | amounts,
    )
    def send(
        self, who: int, currency: str, lines: list[tuple[str, tuple[str, str]]], gift: str | None
    ) -> None:
        if gift:
            self.grant(who, gift, currency, "promotional", 2)
        wanted = [(str(money(amount, currency)), *group) for amount, group in lines]
        row = self.run(add_invoice(self.connection, self.users[who], wanted, now=self.now, currency=currency))
        self.invoices.append(row["id"])

    @rule(which=lately, percent=percents)
    def pay(self, which: int, percent: int) -> None:
        bill = self.picked(which)
        if bill and bill["status"] in ("sent", "overdue"):
            amount = rounded(bill["due"] * percent / 100, bill["currency"])
            if amount:
                self.run(pay(self.connection, bill["id"], str(amount), self.now))

    @rule(which=lately, percent=percents, with_tax=st.booleans())
    def credit_twice(self, which: int, percent: int, with_tax: bool) -> None:
        self.credit(which, percent, with_tax)
        self.credit(which, 100, with_tax)

    @rule(which=lately, percent=percents, with_tax=st.booleans())
    def credit(self, which: int, percent: int, with_tax: bool) -> None:
        bill = self.picked(which)
        if not bill or bill["status"] == "cancelled":
            return
        rest = self.run(credit_notes.left(self.connection, bill["id"]))
        whole = tax_groups.gross(rest) if with_tax else sum((group.base for group in rest), ZERO)
        amount = rounded(whole * percent / 100, bill["currency"])
        if amount:
            gross, net = (amount, None) if with_tax else (None, amount)
            issued = credit_notes.issue(self.connection, bill["id"], "less", self.now, gross=gross, net=net)
            self.run(issued)

    @rule(which=lately)
    def cancel(self, which: int) -> None:
        bill = self.picked(which)
        if bill and bill["status"] in ("sent", "overdue"):
            self.run(credit_notes.issue(self.connection, bill["id"], "cancelled", self.now))
            assert self.run(credit_notes.left(self.connection, bill["id"])) == [
                group.__class__(group.category, group.rate, ZERO, ZERO, group.note)
                for group in tax_groups.read(bill["tax_groups"])
            ]

    @rule(which=lately)
    def become_overdue(self, which: int) -> None:
        bill = self.picked(which)
        if bill and bill["status"] == "sent":
            self.rows(f"UPDATE invoices SET status = 'overdue' WHERE id = '{bill['id']}' RETURNING id")

    @rule(which=lately)
    def void(self, which: int) -> None:
        if self.grants:
            found = self.run(
                credits.one(self.connection, self.grants[-1 - which % len(self.grants)], self.now)
            )
            if found["state"] == "valid":
                self.run(credits.void(self.connection, found["id"], self.now))

    @rule(days=st.integers(-1, 3))
    def let_time_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    def picked(self, which: int) -> dict[str, Any] | None:
        return (
            self.run(read(self.connection, self.invoices[-1 - which % len(self.invoices)]))
            if self.invoices
            else None
        )

    @invariant()
    def what_is_due_is_never_below_zero_and_says_where_an_invoice_stands(self) -> None:
        for row in self.rows("SELECT status, due FROM invoices i CROSS JOIN LATERAL invoice_due(i.id)"):
            assert row["due"] >= 0
            assert (row["due"] > 0) == (row["status"] in ("sent", "overdue")), row

    @invariant()
    def totals_are_dues_payments_burns_and_credit_notes_less_what_these_granted(self) -> None:
        books: dict[str, Decimal] = defaultdict(Decimal)
        for sign, statement in (
            (1, "SELECT currency, sum(total) AS amount FROM invoices GROUP BY 1"),
            (
                -1,
                "SELECT currency, sum(due) AS amount FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) GROUP BY 1",
            ),
            (-1, "SELECT currency, sum(amount - refunded_amount) AS amount FROM payments GROUP BY 1"),
            (-1, "SELECT currency, sum(amount) AS amount FROM credit_burns GROUP BY 1"),
            (-1, "SELECT currency, sum(total) AS amount FROM credit_notes GROUP BY 1"),
            (
                1,
                "SELECT currency, sum(amount) AS amount FROM credits WHERE credit_note_id IS NOT NULL GROUP BY 1",
            ),
        ):
            for row in self.rows(statement):
                books[row["currency"]] += sign * row["amount"]
        assert not any(books.values()), books

    @invariant()
    def a_credit_is_burnt_remains_expired_or_was_voided(self) -> None:
        for user_id in self.users:
            for row in self.run(credits.listed(self.connection, user_id, self.now)):
                parts = [row[name] for name in Balance._fields]
                assert sum(parts) == row["amount"]
                assert all(part >= 0 for part in parts), row
                assert (row["used_at"] is not None) == (row["burnt"] == row["amount"]), row

    @invariant()
    def no_credit_note_takes_more_than_its_invoice_has(self) -> None:
        for invoice_id in self.invoices:
            for group in self.run(credit_notes.left(self.connection, invoice_id)):
                assert group.base >= 0, group
                assert group.tax >= 0, group
        for row in self.run(credit_notes.listed(self.connection)):
            assert row["total"] >= row["granted"] + row["given_back"]
            assert sum(Decimal(item["amount"]) for item in row["items"]) == row["subtotal"]
            assert tax_groups.gross(tax_groups.read(row["tax_groups"])) == row["total"]

    @invariant()
    def no_credit_becomes_money(self) -> None:
        for row in self.rows("SELECT d.* FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d"):
            assert row["granted"] <= row["paid"]
            assert row["given_back"] <= row["burnt"]

    @invariant()
    def numbers_have_no_gap_and_dates_rise_with_them(self) -> None:
        for table, series in (("invoices", "LECT"), ("credit_notes", "LECT-CN")):
            rows = self.rows(f"SELECT number, issue_date FROM {table} ORDER BY number")
            assert [row["number"] for row in rows] == [
                f"{series}-2026-{count:06}" for count in range(1, len(rows) + 1)
            ]
            dates = [row["issue_date"] for row in rows]
            assert dates == sorted(dates)


@pytest.mark.slow
def test_the_books_add_up_whatever_is_done_in_whatever_order(database_url: str) -> None:
    class Here(Books):
        url = database_url

    run_state_machine_as_test(Here, settings=STEPS)
