"""Payments as rows: money that came is counted once, and what is too much becomes credit."""

from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.credits import credits
from shared.billing.invoices import credit_notes
from shared.billing.payments import payments
from shared.errors import InvalidRequest, ValueRefused
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_draft, add_invoice, add_user, lock, read

pytestmark = pytest.mark.anyio


async def test_a_payment_of_what_is_due_pays_the_invoice(database: Database) -> None:
    async with database.transaction() as connection:
        user = await add_user(connection)
        bill = await add_invoice(connection, user)
        row = await payments.paid(
            connection, bill["id"], Decimal(24), "EUR", "manual", "T1", NOW, reference="hello"
        )
        assert row is not None
        assert (row["status"], row["origin"], row["metadata"]) == (
            "completed",
            "transfer",
            {"reference": "hello"},
        )
        after = await read(connection, bill["id"])
        assert (after["status"], after["due"], after["paid_date"]) == ("paid", 0, NOW)
        [listed] = await payments.listed(connection, user_id=user)
        assert (listed["id"], listed["number"]) == (row["id"], bill["number"])


async def test_less_than_is_due_leaves_the_rest_due(database: Database) -> None:
    async with database.transaction() as connection:
        bill = await add_invoice(connection, await add_user(connection))
        await payments.paid(connection, bill["id"], Decimal(10), "EUR", "manual", None, NOW)
        after = await read(connection, bill["id"])
        assert (after["status"], after["due"]) == ("sent", 14)


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_more_than_is_due_becomes_credit(database: Database, *, is_cancelled: bool) -> None:
    async with database.transaction() as connection:
        user = await add_user(connection)
        bill = await add_invoice(connection, user)
        if is_cancelled:
            await credit_notes.issue(connection, bill["id"], "by mistake", NOW)
        await payments.paid(connection, bill["id"], Decimal(30), "EUR", "manual", "T1", NOW)
        after = await read(connection, bill["id"])
        assert (after["status"], after["due"]) == ("cancelled" if is_cancelled else "paid", 0)
        [credit] = await credits.listed(connection, user, NOW)
        assert (credit["type"], credit["remaining"]) == ("refund", 30 if is_cancelled else 6)


async def test_one_transaction_is_counted_once_an_invoice_and_may_pay_several(database: Database) -> None:
    async with database.transaction() as connection:
        user = await add_user(connection)
        first, second = await add_invoice(connection, user), await add_invoice(connection, user)
        for bill in (first, second):
            assert await payments.paid(connection, bill["id"], Decimal(24), "EUR", "wise", "T1", NOW)
            assert not await payments.paid(connection, bill["id"], Decimal(24), "EUR", "wise", "T1", NOW)
        assert len(await payments.listed(connection, user_id=user)) == 2


async def test_a_draft_and_another_currency_take_no_payment(database: Database) -> None:
    async with database.transaction() as connection:
        user = await add_user(connection)
        draft = await add_draft(connection, user)
        bill = await add_invoice(connection, user)
        with pytest.raises(InvalidRequest, match="is a draft"):
            await payments.paid(connection, draft, Decimal(24), "EUR", "manual", None, NOW)
        with pytest.raises(InvalidRequest, match=r"is in EUR, and this is 24\.00 USD"):
            await payments.paid(connection, bill["id"], Decimal(24), "USD", "manual", None, NOW)


async def test_a_payment_is_found_by_the_beginning_of_its_id(database: Database) -> None:
    async with database.transaction() as connection:
        bill = await add_invoice(connection, await add_user(connection))
        row = await payments.paid(connection, bill["id"], Decimal(10), "EUR", "manual", None, NOW)
        assert row is not None
        assert (await payments.find(connection, str(row["id"])[:8]))["id"] == row["id"]
        for named in ("", "%", "zz", "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(InvalidRequest, match="there is no payment"):
                await payments.find(connection, named)


async def _attempt(connection: payments.Connection) -> tuple[UUID, Row]:
    user = await add_user(connection)
    await lock(connection, user)
    bill = await add_invoice(connection, user)
    facts = await payments.due(connection, bill["number"])
    row = await payments.begin(connection, facts, "stripe", "hand", NOW, NOW, method_id=None)
    return bill["id"], row


@pytest.mark.parametrize(
    ("states", "stands"),
    [(("processing", "completed"), "paid"), (("completed",), "paid"), (("failed",), "sent")],
)
async def test_an_attempt_moves_by_legal_states(
    database: Database, states: tuple[str, ...], stands: str
) -> None:
    async with database.transaction() as connection:
        bill, row = await _attempt(connection)
        for status in states:
            decline = "soft" if status == "failed" else None
            row = await payments.move(connection, row, status, NOW, decline=decline, transaction_id="pi_1")
        assert (row["provider_transaction_id"], row["leased_until"]) == ("pi_1", None)
        assert (await read(connection, bill))["status"] == stands


async def test_the_database_refuses_an_illegal_move(database: Database) -> None:
    async def moved_back() -> None:
        async with database.transaction() as connection:
            _, row = await _attempt(connection)
            moved = await payments.move(connection, row, "completed", NOW)
            await payments.move(connection, moved, "pending", NOW)

    with pytest.raises(ValueRefused, match="it cannot become pending"):
        await moved_back()


async def test_an_invoice_has_one_open_attempt(database: Database) -> None:
    async def begun_twice() -> None:
        async with database.transaction() as connection:
            bill, _ = await _attempt(connection)
            facts = await payments.due(connection, str(bill))
            await payments.begin(connection, facts, "stripe", "hand", NOW, NOW, method_id=None)

    with pytest.raises(ValueRefused, match="one_open"):
        await begun_twice()
