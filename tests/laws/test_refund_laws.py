"""Payments, refunds and disputes on real PostgreSQL: whatever goes back in whatever order, the books add up."""

from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.billing.credits import credits
from shared.billing.credits.credit import Balance
from shared.billing.invoices import credit_notes, invoices
from shared.billing.money import rounded
from shared.billing.parties import tax_groups
from shared.billing.payments import payments
from shared.billing.payments.payment import stands
from shared.billing.payments.port import SeenDispute, SeenRefund
from shared.billing.payments.reversals import disputes, refunds, reversals
from shared.billing.reports import reports
from shared.errors import InvalidRequest
from tests.billing import NOW, add_invoice, add_user, read
from tests.laws.machine import Found, Machine

STEPS = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
CODE = "EUR"
ZERO = Decimal(0)

percents = st.sampled_from([1, 33, 50, 100])
lately = st.integers(0, 2)
"""Which one, counted back from the newest."""
seen_states = st.sampled_from(["pending", "completed", "failed"])
dispute_states = st.sampled_from(["inquiry", "open", "won", "lost"])

State = Literal["pending", "completed", "failed"]


@dataclass(slots=True)
class There:
    """A refund or a dispute as the provider has it."""

    payment: UUID
    id: str
    amount: Decimal
    state: str
    refund: UUID | None = None


class Books(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.invoices: list[UUID] = []
        self.payments: list[UUID] = []
        self.refunds: list[There] = []
        self.disputes: list[There] = []
        self.count = 0

    def run(self, work: Coroutine[Any, Any, Found]) -> Found:
        self.now += timedelta(minutes=1)
        return super().run(work)

    @initialize()
    def open(self) -> None:
        async def start() -> None:
            await self.connect()
            self.user = await add_user(self.connection)

        self.run(start())
        self.send("100", None)
        self.pay(0, 100)

    @rule(net=st.sampled_from(["0.05", "9.99", "100"]), gift=st.none() | st.sampled_from(["1", "50"]))
    def send(self, net: str, gift: str | None) -> None:
        """It burns what lies in store, refund credit too."""
        if gift:
            given = (self.connection, self.user, Decimal(gift), CODE, "promotional", "given", self.now)
            self.run(credits.grant(*given))
        row = self.run(add_invoice(self.connection, self.user, [(net, "S", "20")], now=self.now))
        self.invoices.append(row["id"])

    @rule(which=lately, percent=st.sampled_from([33, 50, 100, 130]))
    def pay(self, which: int, percent: int) -> None:
        """Also more than is due, and what is paid or cancelled already."""
        bill = self.bill(which)
        if bill:
            amount = rounded((bill["due"] or bill["total"]) * percent / 100, CODE)
            provider = "stripe" if amount % 2 else "manual"
            self.count += 1
            if amount > 0:
                given = (bill["id"], amount, CODE, provider, f"T{self.count}", self.now)
                made = self.run(payments.paid(self.connection, *given))
                assert made is not None
                self.payments.append(made["id"])

    @rule(which=lately, percent=percents)
    def credit(self, which: int, percent: int) -> None:
        bill = self.bill(which)
        if not bill or bill["status"] == "cancelled":
            return
        rest = self.run(credit_notes.left(self.connection, bill["id"]))
        if amount := rounded(tax_groups.gross(rest) * percent / 100, CODE):
            # A refusal rolls nothing back here: it comes before anything is written.
            try:
                self.run(credit_notes.issue(self.connection, bill["id"], "less", self.now, gross=amount))
            except InvalidRequest:
                assert self.rows("SELECT FROM refunds WHERE status = 'pending'")

    @rule(which=lately)
    def become_overdue(self, which: int) -> None:
        bill = self.bill(which)
        if bill and bill["status"] == "sent":
            self.rows(f"UPDATE invoices SET status = 'overdue' WHERE id = '{bill['id']}' RETURNING id")

    @rule(which=lately)
    def void(self, which: int) -> None:
        found = self.run(credits.listed(self.connection, self.user, self.now))
        if found and (row := found[which % len(found)])["state"] == "valid" and not row["reserved"]:
            self.run(credits.void(self.connection, row["id"], self.now))

    @rule(which=lately, percent=percents, state=seen_states)
    def order_and_hear(self, which: int, percent: int, state: str) -> None:
        self.order(which, percent)
        if self.refunds:
            self.hear_of_a_refund(0, state)

    @rule(which=lately, percent=st.none() | percents)
    def order(self, which: int, percent: int | None) -> None:
        payment = self.payment(which)
        if not payment:
            return
        amount = rounded(payment["amount"] * percent / 100, CODE) if percent else None
        facts = self.run(reversals.refundable(self.connection, payment["id"], self.now))
        try:
            row = self.run(refunds.order(self.connection, payment["id"], amount or None, "less", self.now))
        except InvalidRequest:
            assert facts.is_disputed or facts.status != "completed" or (amount or 1) > facts.most
            return
        assert row["amount"] == (amount or facts.most) <= facts.most
        self.count += 1
        self.refunds.append(There(payment["id"], f"re_{self.count}", row["amount"], "pending", row["id"]))

    @rule(which=lately, percent=percents, state=seen_states)
    def refund_at_the_provider(self, which: int, percent: int, state: str) -> None:
        """By others; the provider keeps to what is left there."""
        payment = self.payment(which)
        if not payment:
            return
        taken = sum(
            (one.amount for one in self.refunds if one.payment == payment["id"] and one.state != "failed"),
            ZERO,
        )
        amount = min(rounded(payment["amount"] * percent / 100, CODE), payment["amount"] - taken)
        if amount > 0:
            self.count += 1
            self.refunds.append(There(payment["id"], f"re_{self.count}", amount, state))
            self.tell(self.refunds[-1])

    @precondition(lambda self: self.refunds)
    @rule(which=lately, state=seen_states)
    def hear_of_a_refund(self, which: int, state: str) -> None:
        """What failed at a provider stays so; what was completed may fail."""
        found = self.refunds[-1 - which % len(self.refunds)]
        if found.state == "pending" or (found.state, state) == ("completed", "failed"):
            found.state = state
        self.tell(found)

    def tell(self, found: There) -> None:
        state: Any = found.state
        seen = SeenRefund(found.id, found.amount, state, refund_id=found.refund)
        self.run(refunds.record(self.connection, {"id": found.payment}, seen, self.now))

    @precondition(lambda self: self.refunds)
    @rule(which=lately)
    def give_up_a_refund(self, which: int) -> None:
        """As where the provider refuses it."""
        if (found := self.refunds[-1 - which % len(self.refunds)]).refund:
            row = self.run(refunds.one(self.connection, found.refund))
            if row["status"] == "pending" and row["provider_refund_id"] is None:
                self.run(refunds.fail(self.connection, row, "refused", self.now))
                found.state = "failed"

    @rule(which=lately, percent=percents, state=dispute_states)
    def dispute(self, which: int, percent: int, state: str) -> None:
        """Also of what was refunded already."""
        payment = self.payment(which)
        if payment and (amount := rounded(payment["amount"] * percent / 100, CODE)):
            self.count += 1
            self.disputes.append(There(payment["id"], f"dp_{self.count}", amount, state))
            self.hear_of_a_dispute(0, state, None)

    @precondition(lambda self: self.disputes)
    @rule(which=lately, state=dispute_states, percent=st.none() | percents)
    def hear_of_a_dispute(self, which: int, state: str, percent: int | None) -> None:
        """In any order, as often as one likes, and of another amount."""
        found = self.disputes[-1 - which % len(self.disputes)]
        found.state = state
        if percent:
            paid = self.run(reversals.payment_of(self.connection, found.payment))["amount"]
            found.amount = rounded(paid * percent / 100, CODE) or found.amount
        told: Any = found.state
        seen = SeenDispute(found.id, found.amount, told, reason="fraudulent")
        for _ in range(2):
            self.run(disputes.record(self.connection, {"id": found.payment}, seen, self.now))

    def bill(self, which: int) -> dict[str, Any] | None:
        found = self.invoices and self.invoices[-1 - which % len(self.invoices)]
        return self.run(read(self.connection, found)) if found else None

    def payment(self, which: int) -> dict[str, Any] | None:
        found = self.payments and self.payments[-1 - which % len(self.payments)]
        return self.run(reversals.payment_of(self.connection, found)) if found else None

    @invariant()
    def what_is_due_is_never_below_zero_and_is_the_same_in_sql_and_python(self) -> None:
        for row in self.rows("SELECT i.*, d.* FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d"):
            assert row["due"] >= 0, row
            assert row["due"] == invoices.account(row).due

    @invariant()
    def every_invoice_stands_where_its_account_says(self) -> None:
        """What is paid or cancelled is due again only where a bank took its money, or others gave it back twice."""
        for row in self.rows(
            """SELECT i.id, i.status, d.due, is_charged_back(i.id) AS is_charged_back,
                      (SELECT coalesce(sum(r.amount), 0) FROM refunds r JOIN payments p ON p.id = r.payment_id
                       WHERE p.invoice_id = i.id AND r.status = 'completed') AS refunded
               FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d"""
        ):
            if row["status"] in ("sent", "overdue"):
                assert row["due"] > 0, row
            elif row["due"]:
                assert row["refunded"] or row["status"] == "cancelled", row
                assert row["is_charged_back"] or row["refunded"], row
            if row["status"] == "paid" and row["is_charged_back"] and not row["refunded"]:
                assert not row["due"], row

    @invariant()
    def totals_are_dues_payments_burns_and_credit_notes_less_what_was_granted(self) -> None:
        books: dict[str, Decimal] = defaultdict(Decimal)
        for sign, statement in (
            (1, "SELECT sum(total) AS amount FROM invoices"),
            (-1, "SELECT sum(due) AS amount FROM invoices i CROSS JOIN LATERAL invoice_due(i.id)"),
            (-1, "SELECT sum(amount - refunded_amount) AS amount FROM payments"),
            (-1, "SELECT sum(amount) AS amount FROM credit_burns"),
            (-1, "SELECT sum(total) AS amount FROM credit_notes"),
            (
                1,
                """SELECT sum(amount - credit_went_out(id)) AS amount FROM credits
                   WHERE credit_note_id IS NOT NULL OR payment_id IS NOT NULL""",
            ),
        ):
            [row] = self.rows(statement)
            books[CODE] += sign * (row["amount"] or 0)
        assert not any(books.values()), books

    @invariant()
    def a_statement_closes_with_what_is_due(self) -> None:
        [row] = self.rows("SELECT sum(d.due) AS due FROM invoices i, LATERAL invoice_due(i.id) d")
        moved = self.run(reports.movements(self.connection, self.user))
        assert sum((one["amount"] for one in moved), ZERO) == row["due"]

    @invariant()
    def what_settled_an_invoice_is_what_is_not_due_of_it(self) -> None:
        for row in self.rows(
            "SELECT i.id, i.total - d.due AS settled FROM invoices i, LATERAL invoice_due(i.id) d"
        ):
            told = self.run(invoices.settled_by(self.connection, row["id"]))
            assert sum(one["amount"] for one in told) == row["settled"]

    @invariant()
    def a_credit_is_burnt_paid_out_remains_expired_or_was_voided(self) -> None:
        for row in self.run(credits.listed(self.connection, self.user, self.now)):
            parts = [row[name] for name in Balance._fields]
            assert sum(parts) == row["amount"]
            assert all(part >= 0 for part in parts), row
            assert row["used_at"] is None or row["burnt"] + row["paid_out"] == row["amount"], row
            assert row["used_at"] is not None or row["burnt"] != row["amount"], row

    @invariant()
    def no_more_goes_back_than_was_paid(self) -> None:
        for row in self.rows("SELECT p.*, payment_reversed(p.id) AS reversed FROM payments p"):
            assert row["refunded_amount"] == min(row["amount"], row["reversed"])
            assert row["status"] == stands(row["amount"], row["reversed"])
            held = self.rows(
                f"SELECT FROM disputes WHERE payment_id = '{row['id']}' AND state IN ('open', 'lost')"
            )
            assert bool(held) == ("reason" in row["metadata"])
        for row in self.rows(
            """SELECT p.amount, sum(r.amount) AS ordered FROM refunds r JOIN payments p ON p.id = r.payment_id
               WHERE r.idempotency_key IS NOT NULL AND r.status <> 'failed' GROUP BY p.id"""
        ):
            assert row["ordered"] <= row["amount"]

    @invariant()
    def a_refund_is_what_was_paid_out_and_credited_for_it(self) -> None:
        """Of ours; what others gave back may be covered by nothing."""
        for row in self.run(refunds.listed(self.connection, status="completed")):
            made = row["paid_out"] + row["noted"]
            assert made <= row["amount"]

    @invariant()
    def no_credit_note_takes_more_than_its_invoice_has(self) -> None:
        for invoice_id in self.invoices:
            for group in self.run(credit_notes.left(self.connection, invoice_id)):
                assert group.base >= 0, group
                assert group.tax >= 0, group


@pytest.mark.slow
def test_the_books_add_up_whatever_goes_back_in_whatever_order(database_url: str) -> None:
    class Here(Books):
        url = database_url

    run_state_machine_as_test(Here, settings=STEPS)
