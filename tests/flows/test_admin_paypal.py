"""`lectern-admin` pays, refunds and compares through PayPal: settings, screens and all, on a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.billing import add_invoice
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.flows.test_admin_invoices import Books, books
from tests.paypal_fake.__main__ import CLIENT, SECRET
from tests.paypal_fake.process import PaypalFake, paypal_fake

__all__ = ["books"]

NOW = datetime.now(UTC)
BACK = "https://lectern.example/back"


@pytest.fixture
def paypal(monkeypatch: pytest.MonkeyPatch, admin: Admin) -> Iterator[PaypalFake]:
    monkeypatch.setenv("LECTERN_PAYMENT_RETURN_URL", BACK)
    monkeypatch.setenv("LECTERN_PAYPAL_API_KEY", f"{CLIENT}:{SECRET}")
    with paypal_fake() as fake:
        monkeypatch.setenv("LECTERN_PAYPAL_URL", fake.url)
        yield fake


@pytest.fixture
def ada(admin: Admin) -> UUID:
    return UUID(read(admin("user", "add", EMAIL, "--json"))["id"])


@pytest.fixture
def number(ada: UUID, books: Books[Any]) -> str:
    """Of an invoice of Ada's over 24.00 that was due long ago."""
    sent = NOW - timedelta(days=40)
    return str(books(lambda connection: add_invoice(connection, ada, now=sent))["number"])


def test_an_invoice_is_paid_on_paypals_page_refunded_and_found_there(
    admin: Admin, number: str, paypal: PaypalFake
) -> None:
    printed = admin("invoice", "pay-link", number)
    [order] = paypal.state["orders"]
    assert printed.stdout == f"https://www.paypal.example/checkout/{order['id']}\n"
    assert printed.stderr == f"{EMAIL} pays 24.00 EUR of {number} on this page of paypal\n"
    admin("billing", "run", "--only", "charge")
    assert paypal.taken() == []
    paypal.approve(order["id"])
    admin("billing", "run", "--only", "charge")
    [payment] = read(admin("payment", "list", "--json"))
    assert (payment["status"], payment["provider"]) == ("completed", "paypal")
    assert read(admin("invoice", "show", number, "--json"))["status"] == "paid"
    admin("payment", "refund", payment["id"], "--amount", "4.00", "--reason", "a month too many")
    assert [one["amount"]["value"] for one in paypal.state["refunds"]] == ["4.00"]
    [payment] = read(admin("payment", "list", "--json"))
    assert (payment["status"], payment["refunded_amount"]) == ("completed", "4.00")
    compared = admin("billing", "reconcile", "--provider", "paypal")
    assert compared.stdout == "no difference between our payments and those of paypal\n"


def test_a_wallet_is_added_on_paypals_page_charged_and_taken_away(
    admin: Admin, number: str, paypal: PaypalFake
) -> None:
    printed = admin("method", "link", EMAIL, "--provider", "paypal")
    setup = printed.stdout.strip().rsplit("/", 1)[1]
    paypal.order("approve_setup", setup=setup)
    admin("billing", "run", "--only", "charge")
    [method] = read(admin("method", "list", EMAIL, "--json"))
    assert (method["provider"], method["brand"], method["is_default"]) == ("paypal", "paypal", True)
    assert paypal.taken() == ["24.00"]
    admin("method", "remove", EMAIL, method["id"])
    admin("billing", "run", "--only", "charge")
    assert paypal.state["tokens"] == []


def test_keys_that_stop_working_are_told_in_one_line_and_nothing_is_lost(
    admin: Admin, number: str, paypal: PaypalFake
) -> None:
    paypal.set(keys_work=False)
    said = refused(admin("invoice", "pay-link", number, code=1))
    assert "PayPal does not take these keys: invalid_client" in said
    assert "correct LECTERN_PAYPAL_API_KEY and LECTERN_PAYPAL_URL" in said
    assert SECRET not in said
    paypal.set(keys_work=True)
    assert admin("invoice", "pay-link", number).stdout.startswith("https://www.paypal.example/checkout/")
