"""Which method of a user is charged by itself, and what one that is not lacks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.billing.payments.charging import chargeable
from shared.stores.postgres import Database
from tests.ledger import Ledger, at, ledger

pytestmark = pytest.mark.anyio

NOW = at("2026-11-30 12:00")


@pytest.fixture
def books(database_url: str) -> Iterator[Ledger]:
    with ledger(database_url) as opened:
        opened.plan()
        yield opened


@pytest.fixture
def ada(books: Ledger) -> UUID:
    return books.user()


async def lack(
    database: Database, user: UUID, *, now: Any = NOW, providers: frozenset[str] = frozenset({"stripe"})
) -> str | None:
    """What the user's method lacks; every user has one that is chargeable, or lacks something."""
    async with database.connection() as connection:
        found = await chargeable.chargeable(connection, [user], now, providers)
        waits = await chargeable.waits_for_method(connection, [user], now, providers)
    assert found.keys() | waits.keys() == {user}
    assert not found.keys() & waits.keys()
    return waits[user][0] if waits else None


async def test_the_default_method_of_a_provider_that_is_configured_is_charged(
    database: Database, books: Ledger, ada: UUID
) -> None:
    assert await lack(database, ada) == "none"
    method = books.method(ada, is_default=False)
    assert await lack(database, ada) == "none"
    books.rows("UPDATE payment_methods SET is_default = TRUE")
    assert await lack(database, ada) is None
    assert await lack(database, ada, providers=frozenset({"paypal"})) == "not_configured"
    assert await lack(database, ada, providers=frozenset()) == "not_configured"
    async with database.connection() as connection:
        found = await chargeable.chargeable(connection, [ada], NOW, {"stripe"})
    assert found[ada].keys() == method.keys()
    assert found[ada]["id"] == method["id"]
    books.rows("UPDATE payment_methods SET is_default = FALSE, removed_at = %(now)s", now=NOW)
    assert await lack(database, ada) == "none"


async def test_a_card_is_charged_until_its_month_is_over_for_the_seller(
    database: Database, books: Ledger, ada: UUID
) -> None:
    books.add("seller", zone="America/New_York")
    books.method(ada, expiry_month=11, expiry_year=2026)
    assert await lack(database, ada, now=at("2026-12-01 04:59")) is None
    assert await lack(database, ada, now=at("2026-12-01 05:00")) == "expired"


async def test_a_hard_decline_ends_a_method_until_an_attempt_with_it_goes_well(
    database: Database, books: Ledger, ada: UUID
) -> None:
    invoice = books.invoice(books.subscribed(ada), number="LECT-2026-000001")
    first = books.method(ada)
    moments = (NOW + timedelta(minutes=minute) for minute in range(9))

    def tried(**more: Any) -> None:
        books.attempt(invoice, next(moments), method_id=first["id"], **more)

    tried(status="failed", decline="soft")
    assert await lack(database, ada) is None
    tried(status="failed", decline="hard", step=1)
    assert await lack(database, ada) == "declined"
    tried(status="failed", decline="cancelled", origin="link")
    tried(status="failed", decline="refused", origin="hand")
    assert await lack(database, ada) == "declined"
    tried(status="completed", origin="hand")
    assert await lack(database, ada) is None
    tried(status="failed", decline="hard", origin="hand")
    books.rows("UPDATE payment_methods SET is_default = FALSE")
    books.method(ada)
    assert await lack(database, ada) is None
