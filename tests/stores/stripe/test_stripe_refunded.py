"""Refunds that are ordered here and made by the fake of Stripe: once each, whatever is lost on the way."""

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.payments import payments
from shared.billing.payments.reversals import disputes, refunding, refunds
from shared.errors import InvalidRequest, ProviderUnclear
from shared.stores.postgres import Database, Row
from tests.stores.stripe.shop import Shop
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(database: Database, fake: StripeFake) -> AsyncIterator[Shop]:
    async with database.connection() as connection:
        made = Shop(connection, fake)
        yield made
        await made.stripe.close()
    assert fake.tell("faults") == []


async def charged(shop: Shop) -> tuple[UUID, Row, Row]:
    user = await shop.user()
    bill = await shop.bill(user)
    await shop.run()
    return user, bill, await shop.one(bill)


async def ordered(shop: Shop, payment: Row, amount: str | None) -> Row:
    async with shop.till.transaction(payment["user_id"]) as connection:
        much = Decimal(amount) if amount else None
        return await refunds.order(connection, payment["id"], much, "Agreed", shop.now)


async def told(shop: Shop, payment: Row) -> list[tuple[Any, ...]]:
    rows = await refunds.listed(shop.connection, payment_id=payment["id"])
    return [(row["status"], row["amount"], row["reason"], row["noted"]) for row in reversed(rows)]


async def test_a_refund_is_made_and_heard_of_and_counted_once(shop: Shop) -> None:
    _, bill, payment = await charged(shop)
    await refunding.ask(shop.till, shop.stripe, await ordered(shop, payment, "10.00"), shop.now)
    assert await shop.hears() > 0
    for _ in range(2):
        await shop.run()
        assert await told(shop, payment) == [("completed", 10, "Agreed", 10)]
        assert await shop.stands(bill) == ("paid", Decimal(0))
    with pytest.raises(InvalidRequest, match="are more than can be refunded"):
        await ordered(shop, payment, "14.01")


async def test_what_an_operator_refunds_at_stripe_is_recorded_as_theirs(shop: Shop) -> None:
    _, bill, payment = await charged(shop)
    shop.fake.tell("refund", {"payment_intent": payment["provider_transaction_id"], "amount": 400})
    await shop.hears()
    await shop.run()
    assert await told(shop, payment) == [("completed", 4, "Refunded at Stripe", 4)]
    assert await shop.stands(bill) == ("paid", Decimal(0))


async def test_no_refund_is_made_twice_in_a_storm(shop: Shop) -> None:
    _, bill, payment = await charged(shop)
    dice = random.Random(7)
    for _ in range(8):
        row = await ordered(shop, payment, "2.00")
        shop.fake.tell("next", dice.choices(["lost_reply", "lost_request", ""], k=2))
        try:
            await refunding.ask(shop.till, shop.stripe, row, shop.now)
        except ProviderUnclear:
            await shop.hears()
    shop.fake.tell("next", [])
    for days in (0, 2, 2):
        await shop.run(days)
        await shop.hears()
    await shop.run()
    assert await told(shop, payment) == [("completed", 2, "Agreed", 2)] * 8
    assert [one["refunded"] for one in shop.fake.tell("charges")] == [1600]
    assert (await payments.one(shop.connection, payment["id"]))["refunded_amount"] == 16
    assert await shop.stands(bill) == ("paid", Decimal(0))


async def test_a_dispute_refuses_refunds_until_it_is_won(shop: Shop) -> None:
    _, bill, payment = await charged(shop)
    dispute = shop.fake.tell("dispute", intent=payment["provider_transaction_id"], amount=1000)["id"]
    await shop.hears()
    await shop.run()
    assert await shop.stands(bill) == ("overdue", Decimal(10))
    [row] = await disputes.listed(shop.connection, payment["id"])
    assert (row["state"], row["amount"]) == ("open", 10)
    with pytest.raises(InvalidRequest, match="a dispute of the payment"):
        await ordered(shop, payment, "1.00")
    shop.fake.tell("turn_dispute", dispute, "won")
    await shop.hears()
    await shop.run(1)
    assert await shop.stands(bill) == ("paid", Decimal(0))
    await refunding.ask(shop.till, shop.stripe, await ordered(shop, payment, None), shop.now)
    assert (await payments.one(shop.connection, payment["id"]))["status"] == "refunded"
