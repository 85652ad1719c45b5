"""`lectern-admin credit` and `invoice` on a real database: what is printed, refused in one line, and audited."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from shared.stores.postgres import Row
from tests.billing import NOW, add_draft, add_invoice, pay
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.ledger import at, ledger

AT = ("--now", NOW.isoformat())
Made = TypeVar("Made")
Books = Callable[[Callable[[AsyncConnection[Row]], Awaitable[Made]]], Made]


@pytest.fixture
def books(database_url: str) -> Books[Any]:
    """Does something in one transaction of its own."""

    async def work(what: Callable[[AsyncConnection[Row]], Awaitable[Any]]) -> Any:
        connection = await psycopg.AsyncConnection.connect(database_url, row_factory=dict_row)
        async with connection:
            return await what(connection)

    return lambda what: asyncio.run(work(what))


@pytest.fixture
def ada(admin: Admin) -> UUID:
    return UUID(read(admin("user", "add", EMAIL, "--json"))["id"])


def test_a_credit_is_granted_listed_and_voided(admin: Admin, user: str) -> None:
    assert "no credits" in admin("credit", "list").stdout
    given = ("--type", "promotional", "--reason", "Welcome  here")
    told = admin("credit", "grant", EMAIL, "20", *given, "--expires", "2026-03-31", *AT).stdout
    assert told == f"granted 20.00 EUR to {EMAIL}\n"
    row = read(admin("credit", "grant", EMAIL, "500", *given, "--currency", "jpy", *AT, "--json"))
    assert (row["amount"], row["remaining"], row["currency"], row["state"]) == ("500", "500", "JPY", "valid")
    assert (row["user"], row["reason"], row["created_at"]) == (EMAIL, "Welcome here", NOW.isoformat())
    first, second = read(admin("credit", "list", EMAIL, "--json", *AT))
    assert (first["expires_at"], first["remaining"], first["burnt"]) == (
        "2026-04-01T00:00:00+00:00",
        "20.00",
        "0.00",
    )
    table = admin("credit", "list", *AT).stdout.splitlines()
    assert table[1].split("\t")[1:] == [
        EMAIL, "promotional", "valid", "20.00", "20.00", "EUR", "2026-03-31", "Welcome here",
    ]  # fmt: skip
    assert admin("credit", "void", first["id"], *AT).stdout == f"voided 20.00 EUR of {EMAIL}\n"
    assert "voided already" in refused(admin("credit", "void", first["id"], *AT, code=2))
    assert read(admin("credit", "void", second["id"], "--json"))["voided"] == "500"
    changes = [row["action"] for row in read(admin("audit", "--json"))]
    assert changes[:4] == ["credit void", "credit void", "credit grant", "credit grant"]


GRANTS = [
    (("-5", "--type", "refund"), "above zero"),
    (("NaN", "--type", "refund"), "no amount"),
    (("1000000000000", "--type", "refund"), "no amount that anybody pays"),
    (("1.005", "--type", "refund"), "two decimals"),
    (("1.5", "--type", "refund", "--currency", "JPY"), "no decimals"),
    (("5", "--type", "refund", "--currency", "DOGE"), "no currency"),
    (("5", "--type", "refund", "--expires", "2026-02-28"), "is over"),
    (("5", "--type", "refund", "--expires", "2026-02-30"), "no date"),
    (("5", "--type", "refund", "--expires", "9999-12-31"), "hundred years"),
    (("5", "--type", "gift"), "gift"),
]


@pytest.mark.parametrize(("given", "because"), GRANTS, ids=[" ".join(given) for given, _ in GRANTS])
def test_a_grant_that_cannot_be_is_refused_in_one_line(
    admin: Admin,
    user: str,
    given: tuple[str, ...],
    because: str,
) -> None:
    assert because in refused(admin("credit", "grant", EMAIL, *given, "--reason", "Sorry", *AT, code=2))
    assert read(admin("credit", "list", "--json")) == []


def test_a_credit_that_nobody_knows_is_refused(admin: Admin, user: str) -> None:
    assert "no id of a credit" in refused(admin("credit", "void", "1", code=2))
    unknown = "0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11"
    assert "there is no credit" in refused(admin("credit", "void", unknown, code=2))
    refused(admin("credit", "grant", EMAIL, "5", "--type", "refund", "--reason", " ", code=2))
    refused(admin("credit", "grant", "eve@example.org", "5", "--type", "refund", "--reason", "x", code=1))


def test_an_invoice_is_listed_shown_and_credited(admin: Admin, ada: UUID, books: Books[Any]) -> None:
    assert "no invoices" in admin("invoice", "list").stdout
    given = ("--type", "promotional", "--reason", "Welcome", *AT)
    admin("credit", "grant", EMAIL, "4.00", *given)
    number = books(lambda connection: add_invoice(connection, ada))["number"]
    table = admin("invoice", "list").stdout.splitlines()
    assert table[1].split("\t") == [
        number, EMAIL, "sent", "2026-03-01", "2026-03-15", "24.00", "20.00", "EUR",
    ]  # fmt: skip
    [row] = read(admin("invoice", "list", "--user", EMAIL, "--status", "sent", "--json"))
    assert (row["total"], row["due"], row["user"]) == ("24.00", "20.00", EMAIL)
    assert read(admin("invoice", "list", "--status", "paid", "--json")) == []

    shown = read(admin("invoice", "show", number.lower(), "--json"))
    assert shown["items"][0]["unitPrice"] == "20.00"
    assert shown["tax_groups"] == [
        {"category": "S", "rate": "20", "base": "20.00", "tax": "4.00", "note": None}
    ]
    assert [(one["by"], one["what"], one["amount"]) for one in shown["settled_by"]] == [
        ("credit", "promotional", "4.00")
    ]
    assert shown["burnt"] == "4.00"
    told = admin("invoice", "show", shown["id"]).stdout
    assert "total\t24.00 EUR\npromotional credit, 2026-03-01\t-4.00\ndue\t20.00 EUR\n" in told

    reason = ("--reason", "Agreed by phone", *AT)
    told = admin("invoice", "credit", number, "--amount", "6", *reason).stdout
    assert told == f"credited 6.00 EUR of {number} by LECT-CN-2026-000001\n"
    note = read(admin("invoice", "show", "LECT-CN-2026-000001", "--json"))
    assert (note["invoice"], note["subtotal"], note["tax"], note["granted"]) == (
        number,
        "5.00",
        "1.00",
        "0.00",
    )
    told = admin("invoice", "show", "LECT-CN-2026-000001").stdout
    assert "total\t6.00 EUR\nless to pay\t6.00 EUR\n" in told
    assert "more than is left" in refused(
        admin("invoice", "credit", number, "--amount", "18.01", *reason, code=2)
    )
    rest = read(admin("invoice", "credit", number, *reason, "--json"))
    assert (rest["total"], rest["given_back"]) == ("18.00", "4.00")
    assert read(admin("invoice", "show", number, "--json"))["status"] == "cancelled"
    assert "nothing is left" in refused(admin("invoice", "credit", number, *reason, code=2))
    listed = admin("invoice", "list", "--credit-notes").stdout.splitlines()
    assert [line.split("\t")[0] for line in listed[1:]] == ["LECT-CN-2026-000002", "LECT-CN-2026-000001"]
    change = read(admin("audit", "--json"))[0]
    assert (change["action"], change["before"]["status"]) == ("invoice credit", "sent")
    assert change["after"] == {
        "invoice": number,
        "credit_note": "LECT-CN-2026-000002",
        "total": "18.00",
        "currency": "EUR",
    }


def test_an_invoice_is_cancelled_by_what_it_is(admin: Admin, ada: UUID, books: Books[Any]) -> None:
    admin("subscription", "start", EMAIL, "basic", "--json", *AT)
    draft = read(admin("invoice", "list", "--json"))[0]["id"]
    assert admin("invoice", "cancel", draft, *AT).stdout == f"cancelled DRAFT-{draft}\n"
    assert read(admin("invoice", "show", draft, "--json"))["items"][0]["type"] == "fee"
    assert "cancelled already" in refused(admin("invoice", "cancel", f"draft-{draft}", *AT, code=2))
    assert "nothing is left" in refused(admin("invoice", "credit", draft, "--reason", "x", code=2))

    sent = books(lambda connection: add_invoice(connection, ada))
    done = read(admin("invoice", "cancel", sent["number"], "--json", *AT))
    assert (done["status"], done["due"], done["credit_note"]) == ("cancelled", "0.00", "LECT-CN-2026-000001")

    partly = books(lambda connection: add_invoice(connection, ada))
    books(lambda connection: pay(connection, partly["id"], "10.00"))
    done = read(admin("invoice", "cancel", partly["number"], "--json", *AT))
    assert (done["status"], done["granted"]) == ("paid", "10.00")
    assert read(admin("credit", "list", "--json"))[0]["type"] == "refund"

    paid = books(lambda connection: add_invoice(connection, ada))
    books(lambda connection: pay(connection, paid["id"], str(paid["due"])))
    assert "is paid" in refused(admin("invoice", "cancel", paid["number"], code=2))


def test_a_note_is_written_on_a_draft_alone(admin: Admin, ada: UUID, books: Books[Any]) -> None:
    draft = books(lambda connection: add_draft(connection, ada))
    admin("invoice", "note", str(draft), "Order [b]4711[/b]")
    shown = read(admin("invoice", "show", str(draft), "--json"))
    assert (shown["metadata"]["notes"], shown["due"]) == ("Order [b]4711[/b]", None)
    told = admin("invoice", "show", str(draft)).stdout
    assert "note\tOrder [b]4711[/b]" in told
    assert "due" not in told
    admin("invoice", "note", str(draft), "")
    assert read(admin("invoice", "show", str(draft), "--json"))["metadata"]["notes"] is None
    sent = books(lambda connection: add_invoice(connection, ada))["number"]
    assert "is no draft" in refused(admin("invoice", "note", sent, "late", code=2))
    assert "is a draft" in refused(admin("invoice", "credit", str(draft), "--reason", "x", code=2))


@pytest.mark.parametrize(
    "number", ["LECT-2026-999999", "", "DRAFT-", "🦄", "x" * 3000, "0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11"]
)
def test_an_invoice_that_nobody_knows_is_refused(admin: Admin, number: str) -> None:
    assert "there is no invoice" in refused(admin("invoice", "show", number, code=2))
    assert len(refused(admin("invoice", "cancel", number, code=2))) < 200


def test_credit_notes_have_no_status(admin: Admin) -> None:
    assert "no status" in refused(admin("invoice", "list", "--credit-notes", "--status", "paid", code=2))
    assert "no credit notes" in admin("invoice", "list", "--credit-notes").stdout


def test_a_user_stays_while_an_invoice_is_open_and_all_of_it_is_exported(
    admin: Admin, ada: UUID, books: Books[Any]
) -> None:
    number = books(lambda connection: add_invoice(connection, ada))["number"]
    told = refused(admin("user", "remove", EMAIL, "--yes", code=2))
    assert f"{EMAIL} cannot be removed yet: open: {number} (sent) (lectern-admin invoice cancel)" in told
    admin("invoice", "cancel", number, *AT)
    held = read(admin("user", "export", EMAIL))
    assert held["subscriptions"][0]["anchor"] == "2026-03-01"
    assert [row["number"] for row in held["credit_notes"]] == ["LECT-CN-2026-000001"]
    assert held["invoice_items"][0]["ends_on"] == "2026-04-01"
    admin("user", "remove", EMAIL, "--yes")
    assert [row["user"] for row in read(admin("invoice", "list", "--json"))] == [f"removed+{ada}@invalid"]


def test_a_draft_is_sent_or_waived_with_what_was_used_of_months_that_ended(
    admin: Admin, ada: UUID, database_url: str
) -> None:
    admin("seller", "set", "--name", "Lectern SARL", "--country", "FR", "--postcode", "75001")
    admin("subscription", "start", EMAIL, "basic", *AT)
    [draft] = read(admin("invoice", "list", "--json"))
    told = refused(admin("invoice", "send", draft["id"], *AT, code=2))
    assert "it cannot be sent: the customer has no country" in told
    admin("customer", "set", EMAIL, "--country", "FR", "--postcode", "75001")
    admin("billing", "run", *AT)
    with ledger(database_url) as books:
        for month in ("2026-03", "2026-04"):
            books.usage(ada, at(f"{month}-10"), 10_200)
    for month in ("04", "05"):
        later = ("--now", f"2026-{month}-01T00:10Z")
        admin("billing", "run", "--only", "renew", *later)
        [draft] = read(admin("invoice", "list", "--status", "draft", "--json"))
        done = admin("invoice", "send" if month == "04" else "cancel", draft["id"], *later, "--json")
        assert [line["amount"] for line in read(done)["items"]] == ["9.00", "0.20"]
    assert "only a draft is sent" in refused(admin("invoice", "send", "LECT-2026-000002", *later, code=2))
    for month in ("06", "07"):
        later = ("--now", f"2026-{month}-01T00:10Z")
        admin("billing", "run", "--only", "renew", *later)
    _, first = read(admin("invoice", "list", "--status", "draft", "--json"))
    admin("invoice", "send", first["id"], *later)
    assert len(read(admin("invoice", "list", "--status", "draft", "--json"))) == 1
    admin("billing", "run", *later)
    assert [row["subtotal"] for row in read(admin("invoice", "list", "--json"))[:2]] == ["9.00", "9.00"]
