"""Our rows beside a provider's list, on a real database: what went back, what is to, and clocks that differ."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.billing.books.reconcile import MARGIN, reconcile
from shared.billing.payments.port import Listed
from shared.stores.postgres import Database
from tests.charger import StandIn
from tests.ledger import Ledger, Row, at, ledger

pytestmark = pytest.mark.anyio

SINCE = at("2026-11-02")
MINUTE = timedelta(minutes=1)


class Lists(StandIn):
    """A provider of whom only its list is asked."""

    def __init__(self, *lines: Listed, name: str = "stripe") -> None:
        super().__init__(name)
        self.lines = lines

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        for one in self.lines:
            if one.at >= since:
                yield one


@pytest.fixture
def rows(database_url: str) -> Iterator[Ledger]:
    with ledger(database_url) as found:
        found.plan()
        yield found


@pytest.fixture
def subscription(rows: Ledger) -> Row:
    return rows.subscribed(rows.user())


def pays(rows: Ledger, subscription: Row, transaction: str | None, **more: Any) -> Row:
    bill = rows.invoice(subscription, number=f"A-{transaction}")
    given = {"status": "completed", "provider": "stripe", "created_at": SINCE, **more}
    return rows.add("payments", invoice_id=bill["id"], user_id=bill["user_id"], amount="36.00", currency="EUR",
                    provider_transaction_id=transaction, **given)  # fmt: skip


def there(transaction: str, refunded: str = "0", when: datetime = SINCE, **more: Any) -> Listed:
    return Listed(transaction, Decimal(36), Decimal(refunded), "EUR", "completed", when, **more)


async def compared(
    database: Database, provider: Lists, since: datetime | None = SINCE
) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        return [(one.kind, one.id) for one in await reconcile(connection, provider, since)]


async def test_what_a_bank_took_what_went_back_and_what_is_to_are_no_differences(
    database: Database, rows: Ledger, subscription: Row
) -> None:
    disputed = pays(rows, subscription, "pi_1", status="refunded", refunded_amount="36.00")
    rows.add("disputes", payment_id=disputed["id"], provider_dispute_id="dp_1", kind="chargeback", state="lost",
             amount="36.00", currency="EUR", opened_at=SINCE, taken_at=SINCE)  # fmt: skip
    for number, status in enumerate(("completed", "pending", "failed"), 2):
        payment = pays(rows, subscription, f"pi_{number}")
        rows.add("refunds", payment_id=payment["id"], amount="5.00", currency="EUR", status=status, reason="asked",
                 completed_at=SINCE if status == "completed" else None)  # fmt: skip
    listed = there("pi_1", "36"), there("pi_2", "5"), there("pi_3", "5"), there("pi_4")
    assert await compared(database, Lists(*listed)) == []


async def test_what_began_before_on_one_clock_alone_is_found_by_its_ids(
    database: Database, rows: Ledger, subscription: Row
) -> None:
    pays(rows, subscription, "pi_1", created_at=SINCE - MINUTE)
    unclear = pays(rows, subscription, None, created_at=SINCE - MINUTE, status="pending")
    pays(rows, subscription, "pi_3", created_at=SINCE + MINUTE)
    listed = (
        there("pi_1", when=SINCE + MINUTE),
        there("pi_2", when=SINCE + MINUTE, payment_id=unclear["id"]),
        there("pi_3", when=SINCE - MINUTE),
    )
    assert await compared(database, Lists(*listed)) == [("state", "pi_2")]


async def test_all_is_compared_from_a_little_before_our_first_payment_on(
    database: Database, rows: Ledger, subscription: Row
) -> None:
    pays(rows, subscription, "pi_2")
    listed = there("pi_0", when=SINCE - MARGIN - MINUTE), there("pi_1", when=SINCE - MINUTE), there("pi_2")
    assert await compared(database, Lists(*listed), None) == [("missing_here", "pi_1")]


async def test_a_transfer_is_compared_by_what_came_whatever_it_pays(
    database: Database, rows: Ledger, subscription: Row
) -> None:
    for transaction, amount in (("t_1", "80.00"), ("t_2", "36.00")):
        rows.add("bank_transfers", provider="wise", provider_transaction_id=transaction, amount=amount, currency="EUR",
                 booked_at=SINCE)  # fmt: skip
    for number in ("A-1", "A-2"):
        bill = rows.invoice(subscription, number=number)
        rows.add("payments", invoice_id=bill["id"], user_id=bill["user_id"], amount="36.00", currency="EUR",
                 provider="wise", provider_transaction_id="t_1", status="completed", created_at=SINCE)  # fmt: skip
    listed = replace(there("t_1"), amount=Decimal(80)), there("t_2")
    assert await compared(database, Lists(*listed, name="wise")) == []
