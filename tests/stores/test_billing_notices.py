"""What people hear of payments and methods, on a real database: each once, with a message in the outbox."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.accounts.store import Accounts
from shared.billing.cycle import alert
from shared.billing.cycle.run import Run
from shared.stores.postgres import Database, Row
from tests.ledger import Ledger, at, ledger

pytestmark = pytest.mark.anyio

NOW = at("2026-11-15 12:00")
STRIPE = frozenset({"stripe"})


@pytest.fixture
def books(database_url: str) -> Iterator[Ledger]:
    with ledger(database_url) as opened:
        opened.plan()
        yield opened


@pytest.fixture
def ada(books: Ledger) -> UUID:
    return books.user()


@pytest.fixture
def invoice(books: Ledger, ada: UUID) -> Row:
    """Of 36.00, due today."""
    return books.invoice(books.subscribed(ada), number="LECT-2026-000001")


async def told(database: Database, now: datetime = NOW, providers: frozenset[str] = STRIPE) -> Counter[str]:
    run = Run(now, timedelta(hours=72), providers)
    async with database.transaction() as connection:
        return await alert.work(connection, await alert.due(connection, run), run)


def raised(books: Ledger) -> list[Row]:
    return books.rows(
        """SELECT a.* FROM billing_alerts a JOIN outbox o ON o.subject = a.id AND o.topic = 'alert.raised'
           ORDER BY a.created_at, a.occasion"""
    )


def tried(books: Ledger, invoice: Row, decline: str | None, step: int = 0, **more: Any) -> Row:
    status = "failed" if decline else "pending"
    payment = books.attempt(invoice, NOW, decline=decline, status=status, step=step, **more)
    books.add("dunning_steps", invoice_id=invoice["id"], step=step, did="charged", payment_id=payment["id"])
    return payment


async def test_a_failed_attempt_is_told_once_with_what_happens_next(
    database: Database, books: Ledger, ada: UUID, invoice: Row
) -> None:
    method = books.method(ada)
    payment = tried(books, invoice, "soft", method_id=method["id"], failure_reason="Insufficient funds.")
    assert await told(database) == {"payment_failed": 1}
    assert await told(database) == {}
    [one] = raised(books)
    assert one["occasion"] == f"failed/{payment['id']}"
    assert one["current_value"] == 36
    assert one["message"] == (
        "36.00 EUR for invoice LECT-2026-000001 could not be charged to the visa card ...4242: "
        "Insufficient funds; it is tried again on 2026-11-18"
    )
    tried(books, invoice, "hard", 1, method_id=method["id"])
    assert await told(database, NOW + timedelta(hours=1)) == {"payment_failed": 1}
    assert [row["metadata"]["then"] for row in raised(books)] == ["again", "method"]


@pytest.mark.parametrize(
    ("decline", "more"),
    [("cancelled", {}), ("refused", {}), ("soft", {"origin": "link"}), ("soft", {"origin": "transfer"})],
)
async def test_what_was_no_attempt_of_ours_that_a_bank_refused_is_not_told(
    database: Database, books: Ledger, invoice: Row, decline: str, more: dict[str, str]
) -> None:
    origin = {"origin": "dunning", **more}
    books.attempt(invoice, NOW, decline=decline, status="failed", **origin)
    assert await told(database) == {}


async def test_what_is_paid_by_now_is_not_told(
    database: Database, books: Ledger, ada: UUID, invoice: Row
) -> None:
    books.method(ada)
    tried(books, invoice, "soft")
    books.rows("UPDATE invoices SET status = 'paid'")
    assert await told(database) == {}


async def test_the_person_is_asked_to_confirm_what_waits_for_them(
    database: Database, books: Ledger, ada: UUID, invoice: Row
) -> None:
    method = books.method(ada)
    payment = tried(books, invoice, None, method_id=method["id"])
    assert await told(database) == {}
    books.rows("UPDATE payments SET action_url = 'https://bank.example/3ds'")
    assert await told(database) == {"payment_confirmation": 1}
    assert await told(database) == {}
    [one] = raised(books)
    assert one["occasion"] == f"confirm/{payment['id']}"
    assert one["metadata"]["action_url"] == "https://bank.example/3ds"
    assert "https" not in one["message"]


async def test_a_page_that_a_person_opened_is_nothing_to_confirm(
    database: Database, books: Ledger, invoice: Row
) -> None:
    books.attempt(invoice, NOW, origin="link", link_id="cs_1", action_url="https://pay.example/cs_1")
    assert await told(database) == {}


async def test_a_default_method_is_told_of_from_the_first_day_of_its_last_month(
    database: Database, books: Ledger, ada: UUID
) -> None:
    books.subscribed(ada)
    method = books.method(ada, expiry_month=12, expiry_year=2026)
    books.method(ada, is_default=False, expiry_month=11)
    assert await told(database, at("2026-11-30 23:59")) == {}
    assert await told(database, at("2026-12-01")) == {"method_expiring": 1}
    assert await told(database, at("2026-12-31")) == {}
    [one] = raised(books)
    assert one["occasion"] == f"expiring/{method['id']}/2026-12"
    assert one["message"] == "the visa card ...4242 expires at the end of 12/2026"
    books.rows("UPDATE payment_methods SET expiry_month = 1, expiry_year = 2027 WHERE is_default")
    assert await told(database, at("2027-01-31")) == {"method_expiring": 1}


async def test_who_is_removed_leaves_no_card_in_what_they_were_told(
    database: Database, books: Ledger, ada: UUID, invoice: Row
) -> None:
    method = books.method(ada)
    tried(books, invoice, "soft", method_id=method["id"], failure_reason="Ada has no money.")
    tried(books, invoice, None, 1, method_id=method["id"], action_url="https://bank.example/3ds")
    assert await told(database) == {"payment_failed": 1, "payment_confirmation": 1}
    await Accounts(database).remove_user(ada)
    kept = json.dumps(books.rows("SELECT message, metadata, type FROM billing_alerts"))
    assert not [text for text in ("4242", "Ada", "https", "visa") if text in kept]
    assert "payment_confirmation" in kept


async def test_nobody_hears_of_a_method_that_nothing_is_charged_to(
    database: Database, books: Ledger, ada: UUID
) -> None:
    old = {"expiry_month": 11, "expiry_year": 2026}
    books.method(ada, **old)
    assert await told(database) == {}
    eve = books.user("eve@example.org")
    books.subscribed(eve)
    books.method(eve, is_default=False, removed_at=NOW, **old)
    assert await told(database) == {}
    books.method(eve, expiry_month=None, expiry_year=None)
    assert await told(database) == {}
