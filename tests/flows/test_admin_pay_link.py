"""`lectern-admin invoice pay-link` on a real database and a stand-in of a provider: one page, and one open attempt."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.payments.providers import configured
from tests.billing import NOW, add_draft, add_invoice
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.flows.test_admin_invoices import Books, books
from tests.paying_charger import Paying

__all__ = ["books"]

AT = ("--now", NOW.isoformat())


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch, admin: Admin) -> Paying:
    found = Paying()
    monkeypatch.setitem(configured._MAKERS, "stripe", lambda settings: found)
    monkeypatch.setenv("LECTERN_STRIPE_API_KEY", "sk_test_1")
    monkeypatch.setenv("LECTERN_PAYMENT_RETURN_URL", "https://lectern.example/back")
    return found


@pytest.fixture
def ada(admin: Admin) -> UUID:
    return UUID(read(admin("user", "add", EMAIL, "--json"))["id"])


@pytest.fixture
def number(ada: UUID, books: Books[Any]) -> str:
    """Of an invoice of Ada's over 24.00."""
    return str(books(lambda connection: add_invoice(connection, ada))["number"])


def test_the_same_page_is_given_until_another_amount_is_due(
    admin: Admin, number: str, stripe: Paying
) -> None:
    printed = admin("invoice", "pay-link", number, *AT)
    assert printed.stdout == "https://pay.example/page_1\n"
    assert printed.stderr == f"{EMAIL} pays 24.00 EUR of {number} on this page of stripe\n"
    row = read(admin("invoice", "pay-link", number, "--json", *AT))
    assert (row["action_url"], row["status"], row["origin"], row["amount"]) == (
        "https://pay.example/page_1", "pending", "link", "24.00",
    )  # fmt: skip
    assert admin("payment", "record", number, "4.00", *AT).stdout.splitlines()[1] == (
        "its page at stripe is open until the next billing run: lectern-admin billing run --only charge"
    )
    assert admin("invoice", "pay-link", number, *AT).stdout == "https://pay.example/page_2\n"
    rows = read(admin("payment", "list", "--json"))
    assert sorted((row["status"], row["amount"]) for row in rows if row["provider"] == "stripe") == [
        ("failed", "24.00"),
        ("pending", "20.00"),
    ]
    assert stripe.asked.count(f"cancel {number}") == 1
    key = list(stripe.money)[-1]
    stripe.money[key] = replace(stripe.money[key], state="completed", id="pi_9", action_url=None)
    assert "nothing is due" in refused(admin("invoice", "pay-link", number, *AT, code=2))
    shown = read(admin("invoice", "show", number, "--json"))
    assert (shown["status"], shown["due"]) == ("paid", "0.00")
    assert sum(seen.amount for seen in stripe.money.values() if seen.state == "completed") == Decimal(20)


def test_a_page_whose_reply_was_lost_is_ended_before_another_is_made(
    admin: Admin, number: str, stripe: Paying
) -> None:
    stripe.lost = 1
    lost = refused(admin("invoice", "pay-link", number, *AT, code=1))
    assert "nobody knows whether there is a page" in lost
    assert "ask again" in lost
    assert admin("invoice", "pay-link", number, *AT).stdout == "https://pay.example/page_2\n"
    assert [seen.state for seen in stripe.money.values()] == ["failed", "pending"]


def test_what_has_no_page_is_refused_in_one_line(
    admin: Admin, ada: UUID, number: str, stripe: Paying, books: Books[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = books(lambda connection: add_draft(connection, ada))
    assert "is a draft" in refused(admin("invoice", "pay-link", str(draft), *AT, code=2))
    assert "no invoice" in refused(admin("invoice", "pay-link", "LECT-1999-000001", *AT, code=2))
    stripe.least = Decimal(100)
    assert "it takes 100 EUR at least" in refused(admin("invoice", "pay-link", number, *AT, code=2))
    said = refused(admin("invoice", "pay-link", number, "--provider", "paypal", *AT, code=2))
    assert "set LECTERN_PAYPAL_API_KEY" in said
    admin("invoice", "cancel", number, *AT)
    assert "nothing is due" in refused(admin("invoice", "pay-link", number, *AT, code=2))
    monkeypatch.delenv("LECTERN_PAYMENT_RETURN_URL")
    other = books(lambda connection: add_invoice(connection, ada))["number"]
    assert "set LECTERN_PAYMENT_RETURN_URL" in refused(admin("invoice", "pay-link", other, *AT, code=2))
    assert not [words for words in stripe.asked if words.startswith("page")]
