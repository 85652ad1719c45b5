"""Disputes on a real database: what a bank takes back is due again, and comes back where we win."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.billing.payments import payments
from shared.billing.payments.reversals import disputes
from shared.stores.postgres import Database
from tests.billing import NOW, add_invoice
from tests.paying_charger import Paying
from tests.stores.test_payment_refunds import Paid

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
async def paid(database: Database) -> AsyncIterator[Paid]:
    async with database.connection() as connection:
        yield await Paid(connection, Paying()).opens()


async def test_an_inquiry_moves_no_money_an_open_dispute_takes_it_and_a_won_one_gives_it_back(
    paid: Paid,
) -> None:
    await paid.hears_of_dispute(120, "inquiry")
    assert await paid.stands() == ("completed", 0, "paid", 0)
    for _ in range(2):
        await paid.hears_of_dispute(120, "open", reason="fraudulent")
        assert await paid.stands() == ("refunded", 120, "overdue", 120)
    row = await payments.one(paid.connection, paid.payment)
    assert row["metadata"]["reason"] == "chargeback: fraudulent"
    paid.now += DAY
    await paid.hears_of_dispute(120, "won", reason="fraudulent")
    assert await paid.stands() == ("completed", 0, "paid", 0)
    assert "reason" not in (await payments.one(paid.connection, paid.payment))["metadata"]
    [told] = await disputes.listed(paid.connection, paid.payment)
    assert (told["state"], told["opened_at"], told["taken_at"], told["returned_at"]) == (
        "won",
        NOW,
        NOW,
        NOW + DAY,
    )


@pytest.mark.parametrize("states", [("lost",), ("won", "lost"), ("open", "won", "lost"), ("lost", "open")])
async def test_any_order_ends_where_the_last_one_stands(paid: Paid, states: tuple[Any, ...]) -> None:
    for state in states:
        await paid.hears_of_dispute(120, state)
    assert await paid.stands() == ("refunded", 120, "overdue", 120)


async def test_a_part_that_is_taken_leaves_the_payment_completed(paid: Paid) -> None:
    await paid.hears_of_dispute(50, "open")
    assert await paid.stands() == ("completed", 50, "overdue", 50)
    await paid.hears_of_dispute(20, "lost")
    assert await paid.stands() == ("completed", 20, "overdue", 20)


async def test_unburnt_refund_credit_is_taken_first_and_lies_there_again_once_won(paid: Paid) -> None:
    await paid.credits("50")
    await paid.buys("20")
    await paid.hears_of_dispute(120, "open")
    assert await paid.stored() == [("paid_out", 0, 20, 30)]
    assert await paid.stands() == ("refunded", 120, "overdue", 90)
    await paid.hears_of_dispute(120, "won")
    assert await paid.stored() == [("valid", 30, 20, 0)]
    assert await paid.stands() == ("completed", 0, "paid", 0)


async def test_what_was_burnt_after_a_dispute_was_won_cannot_be_taken_again(paid: Paid) -> None:
    await paid.credits("50")
    await paid.hears_of_dispute(120, "open")
    assert await paid.stored() == [("paid_out", 0, 0, 50)]
    await paid.hears_of_dispute(120, "won")
    await paid.buys("40")
    await paid.hears_of_dispute(120, "lost")
    assert await paid.stored() == [("paid_out", 0, 40, 10)]
    assert await paid.stands() == ("refunded", 120, "overdue", 110)
    await paid.hears_of_dispute(5, "lost")
    assert await paid.stored() == [("valid", 5, 40, 5)]
    assert await paid.stands() == ("completed", 5, "paid", 0)


async def test_what_was_paid_again_meanwhile_becomes_credit_once_a_dispute_is_won(paid: Paid) -> None:
    await paid.hears_of_dispute(120, "open")
    async with paid.till.transaction(paid.user) as connection:
        await payments.paid(connection, paid.bill["id"], Decimal(120), "EUR", "manual", None, NOW)
    assert await paid.stands() == ("refunded", 120, "paid", 0)
    await paid.hears_of_dispute(120, "won")
    assert await paid.stands() == ("completed", 0, "paid", 0)
    assert await paid.stored() == [("valid", 120, 0, 0)]


async def test_a_bank_that_takes_what_was_refunded_too_makes_no_more_due_than_was_paid(paid: Paid) -> None:
    await paid.hears("re_1", 30, "completed")
    await paid.hears_of_dispute(120, "open")
    assert await paid.stands() == ("refunded", 120, "overdue", 90)
    await paid.hears_of_dispute(120, "won")
    assert await paid.stands() == ("completed", 30, "paid", 0)


async def test_a_refund_that_completes_while_a_bank_has_all_of_it_is_credited_all_the_same(
    paid: Paid,
) -> None:
    paid.charger.refunds_are = "pending"
    await paid.asks(await paid.orders("30"))
    await paid.hears_of_dispute(120, "open")
    assert await paid.stands() == ("refunded", 120, "overdue", 120)
    paid.charger.refund_becomes("completed")
    assert await paid.day() == {"refunded": 1}
    assert await paid.stands() == ("refunded", 120, "overdue", 90)
    await paid.hears_of_dispute(120, "won")
    assert await paid.stands() == ("completed", 30, "paid", 0)


async def test_a_refund_that_fails_while_a_bank_has_all_of_it_leaves_what_the_bank_took(paid: Paid) -> None:
    await paid.credits("50")
    row = await paid.asks(await paid.orders("50"))
    await paid.hears_of_dispute(120, "lost")
    assert await paid.stands() == ("refunded", 120, "overdue", 70)
    await paid.hears("re_1", 50, "failed", refund_id=row["id"])
    assert await paid.stands() == ("refunded", 120, "overdue", 70)
    assert await paid.stored() == [("paid_out", 0, 0, 50)]
    await paid.hears_of_dispute(120, "won")
    assert await paid.stands() == ("completed", 0, "paid", 0)
    assert await paid.stored() == [("valid", 50, 0, 0)]


async def test_nothing_is_disputed_that_was_not_paid(paid: Paid) -> None:
    async with paid.till.transaction(paid.user) as connection:
        bill = await add_invoice(connection, paid.user)
        facts = await payments.due(connection, bill["number"])
        row = await payments.begin(connection, facts, "stripe", "hand", NOW, NOW, method_id=None)
        paid.payment = row["id"]
    assert await paid.hears_of_dispute(24, "open") is None
    assert await paid.hears("re_1", 24, "completed") is None
