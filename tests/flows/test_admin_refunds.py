"""`lectern-admin payment refund` and what is listed of refunds, on a real database."""

from typing import Any
from uuid import UUID

import pytest

from shared.billing.payments import payments
from shared.billing.payments.port import SeenDispute
from shared.billing.payments.reversals import disputes
from tests.billing import NOW
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.flows.test_admin_invoices import Books, books
from tests.flows.test_admin_payments import number

__all__ = ["books", "number"]

LATER = ("--now", "2026-03-20T12:00:00+00:00")


@pytest.fixture
def payment(admin: Admin, number: str) -> str:
    """Of 30.00 by transfer, 6.00 more than was due."""
    row = read(admin("payment", "record", number, "30", "--now", NOW.isoformat(), "--json"))
    return str(row["id"])


def test_what_came_by_hand_waits_until_its_refund_is_recorded(
    admin: Admin, number: str, payment: str
) -> None:
    said = admin(
        "payment", "refund", payment[:8], "--amount", "10", "--reason", "Agreed by phone", *LATER
    ).stdout
    assert said == (
        f"to be paid by hand: 10.00 EUR of {number} to {EMAIL}; "
        f"then: lectern-admin payment refund {payment[:8]} --recorded\n"
    )
    head, row = admin("payment", "list", "--refunds", "--status", "pending").stdout.splitlines()
    assert head.split("\t") == ["Payment", "User", "Invoice", "State", "Amount", "", "By", "At (UTC)", "What"]
    assert row.split("\t") == [
        payment[:8], EMAIL, number, "to be paid", "10.00", "EUR", "manual", "2026-03-20 12:00",
        f"lectern-admin payment refund {payment[:8]} --recorded",
    ]  # fmt: skip
    paid = ("payment", "refund", payment[:8], "--recorded", "--at", "2026-03-19", "--reference", "Refund 1")
    assert admin(*paid, *LATER).stdout == (
        f"refunded 10.00 EUR of {number} to {EMAIL}: credit note LECT-CN-2026-000001, 6.00 EUR of refund credit\n"
    )
    assert "is recorded already" in refused(admin(*paid, *LATER, code=2))
    shown = read(admin("payment", "show", payment, "--json"))
    assert (shown["status"], shown["refunded_amount"]) == ("completed", "10.00")
    [told] = shown["refunds"]
    assert (told["reference"], told["reason"], told["paid_out"], told["noted"]) == (
        "Refund 1",
        "Agreed by phone",
        "6.00",
        "4.00",
    )
    assert told["completed_at"] == "2026-03-19T00:00:00+00:00"
    assert "10.00 EUR, completed, Agreed by phone: credit note" in admin("payment", "show", payment).stdout
    [credit] = read(admin("credit", "list", "--json"))
    assert (credit["state"], credit["paid_out"], credit["remaining"]) == ("paid_out", "6.00", "0.00")
    invoice = read(admin("invoice", "show", number, "--json"))
    assert (invoice["status"], invoice["due"], invoice["refunded"]) == ("paid", "0.00", "10.00")
    assert [(one["by"], one["amount"]) for one in invoice["settled_by"]] == [
        ("payment", "20.00"),
        ("credit note", "4.00"),
    ]
    [changed, _] = [row for row in read(admin("audit", "--json")) if row["action"] == "payment refund"]
    assert changed["after"]["credit_note"] == "LECT-CN-2026-000001"


def test_all_that_can_go_back_is_recorded_at_once(admin: Admin, number: str, payment: str) -> None:
    row = read(admin("payment", "refund", payment, "--recorded", *LATER, "--json"))
    assert (row["amount"], row["status"], row["reason"]) == ("30.00", "completed", "Refunded")
    assert "went back already" in refused(admin("payment", "refund", payment, "--recorded", *LATER, code=2))
    assert len(admin("payment", "list", "--refunds", "--user", EMAIL).stdout.splitlines()) == 2
    assert admin("payment", "list", "--refunds", "--status", "pending").stdout == "There are no refunds.\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("{payment}", "--amount", "31"), "refund 30.00 EUR at most"),
        (("{payment}", "--amount", "ten"), "'ten' is no amount"),
        (("{payment}", "--amount", "-1"), "an amount is above zero"),
        (("{payment}", "--amount", "1.001"), "EUR has two decimals"),
        (("{payment}", "--at", "2026-03-19"), "say --recorded too"),
        (("{payment}", "--reference", "x"), "say --recorded too"),
        (("{payment}", "--reason", " "), "a reason is missing"),
        (("{payment}", "--recorded", "--at", "2026-03-21"), "2026-03-21 is to come"),
        (("{payment}", "--recorded", "--at", "2026-02-01"), "came on 2026-03-01, and that is before"),
        (("{payment}", "--recorded", "--at", "soon"), "'soon' is no date"),
        (("nothing",), "there is no payment nothing"),
    ],
)
def test_what_cannot_go_back_is_one_line(
    admin: Admin, payment: str, words: tuple[str, ...], why: str
) -> None:
    typed = [word.format(payment=payment) for word in words]
    assert why in refused(admin("payment", "refund", *typed, *LATER, code=2))
    assert "no refunds" in admin("payment", "list", "--refunds").stdout


def test_a_provider_that_is_not_configured_is_asked_for_nothing(
    admin: Admin, books: Books[Any], number: str
) -> None:
    async def charged(connection: payments.Connection) -> Any:
        facts = await payments.due(connection, number)
        row = await payments.begin(connection, facts, "stripe", "hand", NOW, NOW, method_id=None)
        await payments.move(connection, row, "completed", NOW, transaction_id="pi_1", processed_at=NOW)
        return row["id"]

    payment = str(books(charged))
    assert "LECTERN_STRIPE_API_KEY" in refused(admin("payment", "refund", payment, *LATER, code=2))
    told = refused(admin("payment", "refund", payment, "--recorded", *LATER, code=2))
    assert "Stripe refunds the payment" in told
    assert "leave --recorded out" in told

    async def disputed(connection: payments.Connection) -> Any:
        seen = SeenDispute(
            "dp_1", (await payments.one(connection, UUID(payment)))["amount"], "open", reason="fraud"
        )
        return await disputes.record(connection, {"id": UUID(payment)}, seen, NOW)

    books(disputed)
    shown = read(admin("payment", "show", payment, "--json"))
    assert (shown["status"], shown["disputes"][0]["state"], shown["disputes"][0]["amount"]) == (
        "refunded",
        "open",
        "24.00",
    )
    assert "24.00 EUR, open since 2026-03-01 12:00 UTC, fraud" in admin("payment", "show", payment).stdout
    assert read(admin("invoice", "show", number, "--json"))["status"] == "overdue"


def test_a_refund_is_never_in_process(admin: Admin) -> None:
    told = refused(admin("payment", "list", "--refunds", "--status", "processing", code=2))
    assert "it is pending, completed or failed" in told
