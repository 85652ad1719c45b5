"""Credits on a real database: burnt by what is sent, never more than there is, voided, and told with their balances."""

import asyncio
import contextlib
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from shared.billing.credits import credits
from shared.billing.credits.credit import Bill
from shared.billing.invoices.invoice import MOVES
from shared.errors import InvalidRequest, ValueRefused
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_draft, add_invoice, add_user, lock, send

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def grant(connection: AsyncConnection[Row], user_id: UUID, amount: str, **more: object) -> UUID:
    given = {"currency": "EUR", "type": "promotional", "reason": "welcome", "now": NOW} | more
    row = await credits.grant(connection, user_id, Decimal(amount), **given)  # type: ignore[arg-type]
    return UUID(str(row["id"]))


async def test_a_grant_is_worth_all_that_was_granted(database: Database) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        row = await credits.grant(
            connection,
            user_id,
            Decimal("20.00"),
            "EUR",
            "compensation",
            "an outage",
            NOW,
            expires_at=NOW + DAY,
        )
        assert (row["state"], row["remaining"], row["burnt"], row["created_at"]) == ("valid", 20, 0, NOW)
        [later] = await credits.listed(connection, user_id, NOW + DAY)
        assert (later["state"], later["remaining"], later["expired"]) == ("expired", 0, 20)


async def test_a_batch_burns_for_each_user_in_order_and_says_how_much(database: Database) -> None:
    async with database.transaction() as connection:
        ada, eve = await add_user(connection), await add_user(connection)
        late = await grant(connection, ada, "10")
        soon = await grant(connection, ada, "5", expires_at=NOW + DAY)
        await grant(connection, ada, "5", expires_at=NOW)
        await grant(connection, ada, "5", currency="USD")
        await grant(connection, eve, "100")
        bills = []
        for user_id, amount in ((ada, "6"), (ada, "12"), (eve, "30")):
            draft = await add_draft(connection, user_id, [(amount, "O", "0")])
            bills.append(Bill(draft, user_id, Decimal(amount), "EUR"))
        burnt = await credits.burn(connection, bills, NOW)
        assert [burnt[bill.id] for bill in bills] == [6, 9, 30]
        told = {row["id"]: row for row in await credits.listed(connection, ada, NOW)}
        assert (told[soon]["used_at"], told[soon]["invoice_id"]) == (NOW, bills[0].id)
        assert (told[late]["used_at"], told[late]["invoice_id"]) == (NOW, bills[1].id)
        [hers] = await credits.listed(connection, eve, NOW)
        assert (hers["used_at"], hers["burnt"], hers["remaining"]) == (None, 30, 70)


async def test_two_invoices_sent_at_once_burn_no_more_than_there_is(database: Database) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        await grant(connection, user_id, "100")
        drafts = [await add_draft(connection, user_id, [("30", "O", "0")]) for _ in range(8)]

    async def one(draft: UUID) -> None:
        async with database.transaction() as connection:
            await lock(connection, user_id)
            await send(connection, draft)

    await asyncio.gather(*map(one, drafts))
    [found] = await database.rows("SELECT sum(amount) AS burnt FROM credit_burns")
    assert found["burnt"] == 100
    [found] = await database.rows(
        "SELECT sum(d.due) AS due FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d WHERE status = 'sent'"
    )
    assert found["due"] == 140


async def test_what_is_left_is_voided_once(database: Database) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        credit_id = await grant(connection, user_id, "30")
        await add_invoice(connection, user_id, [("20", "O", "0")])
        await credits.void(connection, credit_id, NOW)
        [row] = await credits.listed(connection, user_id, NOW)
        assert (row["state"], row["burnt"], row["voided"]) == ("voided", 20, 10)
        with pytest.raises(InvalidRequest, match="voided already"):
            await credits.void(connection, credit_id, NOW)
        used = await grant(connection, user_id, "5")
        await add_invoice(connection, user_id, [("20", "O", "0")])
        with pytest.raises(InvalidRequest, match="burnt already"):
            await credits.void(connection, used, NOW)
        over = await grant(connection, user_id, "5", expires_at=NOW - DAY)
        with pytest.raises(InvalidRequest, match="expired already"):
            await credits.void(connection, over, NOW)
        with pytest.raises(InvalidRequest, match="there is no credit"):
            await credits.void(connection, uuid4(), NOW)


MOVE = """UPDATE invoices SET status = %(status)s::text,
            number = CASE WHEN %(status)s::text IN ('draft', 'cancelled') THEN number ELSE 'LECT-' || id END
          WHERE id = %(id)s"""


async def test_the_database_allows_the_moves_of_an_invoice_that_the_table_names(database: Database) -> None:
    steps = {"draft": (), "sent": ("sent",), "paid": ("sent", "paid"), "overdue": ("sent", "overdue"),
             "cancelled": ("cancelled",)}  # fmt: skip
    assert steps.keys() == MOVES.keys()
    for before, way in steps.items():
        for after in MOVES:
            allowed = False
            with contextlib.suppress(ValueRefused, ZeroDivisionError):
                async with database.transaction() as connection:
                    draft = await add_draft(connection, await add_user(connection))
                    for status in (*way, after):
                        await connection.execute(MOVE, {"status": status, "id": draft})
                    allowed = True
                    raise ZeroDivisionError  # nothing of it is kept
            assert allowed == (after == before or after in MOVES[before]), (before, after)
