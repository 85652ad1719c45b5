"""`billing reconcile`: one difference of each kind is planted between our rows and a PayPal, and found."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.billing.payments.port import Ask, Payer, RefundAsk, Seen
from shared.billing.payments.providers.paypal.connection import Connection
from shared.billing.payments.providers.paypal.paypal import Paypal
from tests.flows.operating import Admin, read, refused
from tests.ledger import Ledger, ledger
from tests.paypal_fake.__main__ import CLIENT, SECRET
from tests.paypal_fake.process import PaypalFake, paypal_fake

USER = UUID(int=7)
ASKED = ("billing", "reconcile", "--provider", "paypal")


@pytest.fixture(scope="module")
def fake() -> Iterator[PaypalFake]:
    with paypal_fake() as found:
        yield found


@pytest.fixture
def books(database_url: str, fake: PaypalFake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    fake.order("restart")
    monkeypatch.setenv("LECTERN_PAYPAL_URL", fake.url)
    monkeypatch.setenv("LECTERN_PAYPAL_API_KEY", f"{CLIENT}:{SECRET}")
    with ledger(database_url) as found:
        found.plan()
        yield found


def charged(fake: PaypalFake, names: tuple[str, ...], refund: str) -> dict[str, Seen]:
    """A payment at PayPal for each name; 5.00 of one of them is refunded."""

    async def charge() -> dict[str, Seen]:
        paypal = Paypal(Connection(fake.url, CLIENT, SECRET))
        found = {}
        for name in names:
            wallet, payment = fake.wallet(USER), uuid4()
            payer = Payer(USER, "ada@example.org", "Ada")
            ask = Ask(
                f"payment/{payment}",
                payment,
                name,
                Decimal("36.00"),
                "EUR",
                payer,
                wallet,
                "bank_account",
                datetime.now(UTC),
            )
            found[name] = await paypal.charge(ask)
        back = uuid4()
        await paypal.refund(RefundAsk(f"refund/{back}", back, str(found[refund].id), Decimal("5.00"), "EUR"))
        await paypal.close()
        return found

    return asyncio.run(charge())


def test_one_difference_of_each_kind_is_planted_and_found(
    admin: Admin, books: Ledger, fake: PaypalFake, database_url: str
) -> None:
    names = ("same", "unknown", "amount", "currency", "state", "refunded")
    found = charged(fake, names, "refunded")
    row = books.subscribed(books.user())

    def pay(
        name: str, transaction: str | None, amount: str = "36.00", currency: str = "EUR", **more: Any
    ) -> None:
        bill = books.invoice(row, number=f"LECT-2026-{name}", currency=currency)
        given = {"status": "completed", "provider": "paypal", "created_at": datetime.now(UTC), **more}
        books.add("payments", invoice_id=bill["id"], user_id=bill["user_id"], amount=amount, currency=currency,
                  provider_transaction_id=transaction, **given)  # fmt: skip

    pay("same", found["same"].id)
    pay("amount", found["amount"].id, "35.00")
    pay("currency", found["currency"].id, currency="USD")
    pay("state", found["state"].id, status="failed", decline="soft")
    pay("refunded", found["refunded"].id)
    pay("gone", "9GONE")
    told = read(admin(*ASKED, "--json", code=1))
    assert {(one["kind"], one["transaction"], one["here"], one["there"]) for one in told} == {
        ("missing_here", found["unknown"].id, None, "36.00 EUR"),
        ("missing_there", "9GONE", "36.00 EUR", None),
        ("amount", found["amount"].id, "35.00 EUR", "36.00 EUR"),
        ("currency", found["currency"].id, "36.00 USD", "36.00 EUR"),
        ("state", found["state"].id, "failed", "completed"),
        ("amount", found["refunded"].id, "0.00 EUR refunded", "5.00 EUR refunded"),
    }
    assert {one["invoices"][0] for one in told if one["invoices"]} == {
        f"LECT-2026-{name}" for name in ("gone", "amount", "currency", "state", "refunded")
    }
    table = admin(*ASKED, code=1).stdout
    assert "missing there" in table
    assert "6 differences" in table


def test_without_a_difference_it_ends_well(admin: Admin, books: Ledger, fake: PaypalFake) -> None:
    assert admin(*ASKED).stdout == "no difference between our payments and those of paypal\n"
    assert read(admin(*ASKED, "--json")) == []


def test_what_cannot_be_compared_is_said_in_one_line(
    admin: Admin, books: Ledger, fake: PaypalFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = refused(admin("billing", "reconcile", "--provider", "stripe", code=2))
    assert "stripe is not configured → set LECTERN_STRIPE_API_KEY" in told
    assert "is yet to come" in refused(admin(*ASKED, "--since", "2999-01-01", code=2))
    monkeypatch.setenv("LECTERN_PAYPAL_API_KEY", "wrong:key")
    assert "PayPal" in refused(admin(*ASKED, "--since", "2026-01-01", code=1))
