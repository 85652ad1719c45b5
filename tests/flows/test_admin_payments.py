"""`lectern-admin payment record|list|show|retry|events` on a real database."""

from typing import Any
from uuid import UUID

import pytest

from shared.billing.payments import payments
from tests.billing import NOW, add_invoice
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.flows.test_admin_invoices import Books, books
from tests.ledger import ledger

__all__ = ["books"]

AT = ("--now", NOW.isoformat())
LATER = ("--now", "2026-03-20T12:00:00+00:00")


@pytest.fixture
def number(admin: Admin, books: Books[Any]) -> str:
    """Of an invoice of Ada's over 24.00."""
    ada = UUID(read(admin("user", "add", EMAIL, "--json"))["id"])
    bill = books(lambda connection: add_invoice(connection, ada))
    return str(bill["number"])


@pytest.fixture
def failed(books: Books[Any], number: str) -> str:
    """An attempt of the same that was declined."""

    async def declined(connection: payments.Connection) -> Any:
        facts = await payments.due(connection, number)
        row = await payments.begin(connection, facts, "stripe", "hand", NOW, NOW, method_id=None)
        await payments.move(connection, row, "failed", NOW, decline="soft", reason="insufficient funds")
        return row["id"]

    return str(books(declined))


def test_a_payment_is_recorded_in_parts_and_what_is_too_much_becomes_credit(
    admin: Admin, number: str
) -> None:
    told = admin("payment", "record", number, "10", *LATER).stdout
    assert told == f"recorded 10.00 EUR for {number}, 14.00 EUR are still due\n"
    told = admin("payment", "record", number, "20.00", "--at", "2026-03-19", *LATER).stdout
    assert told == f"recorded 20.00 EUR for {number}, 6.00 EUR were too much and are credit\n"
    told = admin("payment", "record", number, "1.00", *LATER).stdout
    assert told == f"recorded 1.00 EUR for {number}, 1.00 EUR were too much and are credit\n"
    shown = read(admin("invoice", "show", number, "--json"))
    assert (shown["status"], shown["due"], shown["paid"]) == ("paid", "0.00", "31.00")
    rows = read(admin("payment", "list", "--json"))
    assert {(row["provider"], row["origin"], row["status"]) for row in rows} == {
        ("manual", "transfer", "completed")
    }
    assert sorted(row["processed_at"][:10] for row in rows) == ["2026-03-19", "2026-03-20", "2026-03-20"]
    actions = [row["action"] for row in read(admin("audit", "--json"))]
    assert actions.count("payment record") == 3


def test_one_reference_of_a_day_counts_once(admin: Admin, number: str) -> None:
    given = ("payment", "record", number, "10", "--reference", "RF 18  Ada")
    row = read(admin(*given, *LATER, "--json"))
    assert (row["reference"], row["amount"], row["number"], row["user"]) == (
        "RF 18 Ada",
        "10.00",
        number,
        EMAIL,
    )
    assert "recorded already → name another --reference" in refused(admin(*given, *LATER, code=2))
    admin(*given, "--at", "2026-03-19", *LATER)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("LECT-2026-999999", "10"), "there is no invoice LECT-2026-999999"),
        (("{number}", "ten"), "'ten' is no amount"),
        (("{number}", "0"), "an amount is above zero"),
        (("{number}", "1.001"), "EUR has two decimals"),
        (("{number}", "10", "--at", "2026-03-21"), "2026-03-21 is to come"),
        (("{number}", "10", "--at", "yesterday"), "'yesterday' is no date"),
        (("{number}", "10", "--at", "0001-01-01"), "books of the year 0001 are too far away"),
        (("{number}", "1_0"), "'1_0' is no amount"),
        (("{number}", "10", "--reference", " "), "a reference is missing"),
        (("{number}", "10", "--reference", "x" * 141), "at most 140 characters"),
    ],
)
def test_what_cannot_be_recorded_is_one_line(
    admin: Admin, number: str, words: tuple[str, ...], why: str
) -> None:
    typed = [word.format(number=number) for word in words]
    assert why in refused(admin("payment", "record", *typed, *LATER, code=2))
    assert "no payments" in admin("payment", "list").stdout


def test_payments_are_listed_and_shown_with_why_they_failed(admin: Admin, number: str, failed: str) -> None:
    table = admin("payment", "list").stdout.splitlines()
    assert table[0].split("\t") == [
        "Payment",
        "User",
        "Invoice",
        "State",
        "Amount",
        "",
        "By",
        "At (UTC)",
        "Why",
    ]
    assert table[1].split("\t") == [
        failed[:8], EMAIL, number, "failed", "24.00", "EUR", "stripe", "2026-03-01 12:00", "insufficient funds",
    ]  # fmt: skip
    assert len(admin("payment", "list", "--user", EMAIL, "--status", "failed").stdout.splitlines()) == 2
    assert "no payments" in admin("payment", "list", "--invoice", number, "--status", "completed").stdout
    shown = admin("payment", "show", failed[:8]).stdout
    assert "tried by hand" in shown
    assert "insufficient funds" in shown
    row = read(admin("payment", "show", failed, "--json"))
    assert (row["status"], row["decline"], row["step"]) == ("failed", "soft", None)
    assert "there is no payment nothing" in refused(admin("payment", "show", "nothing", code=2))


def test_nothing_is_retried_without_a_method_or_where_nothing_is_due(
    admin: Admin, number: str, failed: str
) -> None:
    said = refused(admin("payment", "retry", failed, *LATER, code=2))
    assert f"{EMAIL} has no method that can be charged → lectern-admin method link {EMAIL}" in said
    admin("payment", "record", number, "24", *LATER)
    assert f"nothing is due on {number}" in refused(admin("payment", "retry", failed, *LATER, code=2))


def test_events_are_listed(admin: Admin, database_url: str, number: str) -> None:
    assert admin("payment", "events").stdout == "No provider told us anything.\n"
    with ledger(database_url) as books:
        for event, reason in (("evt_1", None), ("evt_2", "no payment here is of that object")):
            books.add(
                "provider_events", provider="stripe", event_id=event, type="payment_intent.succeeded",
                object_id="pi_1", body="{}", received_at=NOW, reason=reason,
                status="unmatched" if reason else "waiting", handled_at=NOW if reason else None,
            )  # fmt: skip
    assert len(admin("payment", "events").stdout.splitlines()) == 3
    [row] = read(admin("payment", "events", "--unmatched", "--json"))
    assert (row["event_id"], row["reason"]) == ("evt_2", "no payment here is of that object")
    assert "body" not in row


def test_a_run_without_a_provider_says_nothing_of_charges(admin: Admin, number: str) -> None:
    assert "charge" not in read(admin("billing", "run", *LATER, "--json"))["stages"]
