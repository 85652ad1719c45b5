"""Invoices paid through PayPal, as rows: by lost requests and replies, on pages, and taken back by disputes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import pytest

from shared.billing.books import balance
from shared.billing.books.reconcile import reconcile
from shared.billing.cycle.charge import Collect, charge
from shared.billing.payments import payments
from shared.billing.payments.charging import charging
from shared.billing.payments.methods import method_links, methods
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Ask, Payer
from shared.billing.payments.providers.paypal import connection as http
from shared.billing.payments.providers.paypal.paypal import Paypal
from shared.billing.payments.till import Till
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_invoice, add_user, read
from tests.paypal_fake.__main__ import CLIENT, SECRET
from tests.paypal_fake.process import PaypalFake, paypal_fake

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = Decimal(0)
RETURN = "https://docs.example.com/paid"


@dataclass
class Shop:
    """Invoices of users who pay by PayPal, and days that pass here and there alike."""

    connection: Connection
    fake: PaypalFake
    now: datetime = NOW + 14 * DAY
    paypal: Paypal = field(init=False)
    told: int = 0

    def __post_init__(self) -> None:
        reach = http.Connection(self.fake.url, CLIENT, SECRET, patience=10.0)
        self.paypal = Paypal(reach, lambda: self.now + HOUR)

    @property
    def till(self) -> Till:
        chargers = {"paypal": self.paypal}
        return Till(self.connection, chargers, chargers, lambda: self.now)

    async def bill(self, user: UUID, amount: str = "20.00") -> Row:
        async with self.connection.transaction():
            return await add_invoice(self.connection, user, [(amount, "S", "20")])

    async def has(self, user: UUID, token: str) -> None:
        seen = await self.paypal.method(token, Payer(user, "ana@example.com"))
        await methods.add(self.connection, user, "paypal", seen, self.now)

    async def run(self, later: timedelta = timedelta()) -> Till:
        self.now += later
        self.fake.set(ahead=(self.now - datetime.now(UTC)) / HOUR)
        chargers = {"paypal": self.paypal}
        return await charge(self.connection, Collect(chargers, chargers, lambda: self.now), self.now)

    async def hears(self, dice: Random | None = None) -> None:
        """What PayPal told since the last time: in any order, and some of it twice, where there are dice."""
        told = self.fake.state["events"]
        new, self.told = told[self.told :], len(told)
        if dice:
            new += dice.sample(told, min(3, len(told)))
            dice.shuffle(new)
        for one in new:
            resource = one["resource"]
            await self.connection.execute(
                """SELECT record_provider_event('paypal', %(id)s, %(type)s, %(object)s, NULL, %(at)s::timestamptz,
                                                '{}', %(now)s::timestamptz)""",
                {
                    "id": one["id"],
                    "type": one["event_type"],
                    "object": resource.get("id") or resource.get("dispute_id"),
                    "at": one["create_time"],
                    "now": self.now,
                },
            )

    async def stands(self, bill: Row) -> tuple[str, Decimal]:
        row = await read(self.connection, bill["id"])
        return row["status"], row["due"]


@pytest.fixture(scope="module")
def process() -> Iterator[PaypalFake]:
    with paypal_fake() as fake:
        yield fake


@pytest.fixture
async def shop(process: PaypalFake, database: Database) -> AsyncIterator[Shop]:
    process.order("restart")
    async with database.connection() as connection:
        made = Shop(connection, process)
        process.set(ahead=(made.now - datetime.now(UTC)) / HOUR)
        yield made
        await made.paypal.close()
    assert process.state["faults"] == []


@pytest.mark.parametrize("seed", range(2))
async def test_nobody_pays_twice_whatever_is_lost_on_the_way(shop: Shop, seed: int) -> None:
    dice = Random(seed)
    outcomes = ("INSTRUMENT_DECLINED", "TRANSACTION_REFUSED", "PENDING")
    bills = []
    for number in range(15):
        user = await add_user(shop.connection)
        await shop.has(user, shop.fake.wallet(user, *dice.sample(outcomes, number % 3)))
        bills.append(await shop.bill(user, f"{10 + number}.00"))
    chances = {"lost_request": 0.1, "lost_reply": 0.1, "500": 0.05, "409": 0.02, "429": 0.02}
    shop.fake.set(chances=chances, seed=seed)
    for _ in range(80):
        await shop.run(6 * HOUR)
        for one in shop.fake.state["captures"]:
            if one["status"] == "PENDING":
                shop.fake.order("settle", kind="capture", named=one["id"], status="COMPLETED")
        await shop.hears(dice)
    shop.fake.set(chances={})
    await shop.run(6 * HOUR)
    taken = [one for one in shop.fake.state["captures"] if one["status"] == "COMPLETED"]
    assert sorted(one["invoice_id"] for one in taken) == sorted(bill["number"] for bill in bills)
    for bill in bills:
        assert await shop.stands(bill) == ("paid", NOTHING)
    rows = await payments.listed(shop.connection, status="completed")
    assert {row["provider_transaction_id"] for row in rows} == {one["id"] for one in taken}
    assert len(rows) == len(bills)


async def test_a_page_is_paid_in_the_run_that_hears_of_it(shop: Shop) -> None:
    user = await add_user(shop.connection)
    bill = await shop.bill(user)
    facts = await payments.due(shop.connection, bill["number"])
    row = await charging.pay_link(shop.till, shop.paypal, facts, RETURN, shop.now)
    again = await charging.pay_link(shop.till, shop.paypal, facts, RETURN, shop.now)
    assert (row["action_url"], row["status"]) == (again["action_url"], "pending")
    await shop.run(HOUR)
    assert shop.fake.taken() == []
    shop.fake.approve(row["link_id"])
    await shop.hears()
    await shop.run(HOUR)
    assert await shop.stands(bill) == ("paid", NOTHING)
    assert shop.fake.taken() == ["24.00"]


async def test_a_page_is_called_off_before_a_method_is_charged(shop: Shop) -> None:
    user = await add_user(shop.connection)
    bill = await shop.bill(user)
    facts = await payments.due(shop.connection, bill["number"])
    page = await charging.pay_link(shop.till, shop.paypal, facts, RETURN, shop.now)
    await shop.has(user, shop.fake.wallet(user))
    await shop.run(30 * DAY)
    shop.fake.approve(page["link_id"])
    await shop.hears()
    await shop.run(HOUR)
    assert await shop.stands(bill) == ("paid", NOTHING)
    assert shop.fake.taken() == ["24.00"]


async def test_a_method_is_added_on_a_page_and_charged(shop: Shop) -> None:
    user = await add_user(shop.connection)
    bill = await shop.bill(user)
    link = await method_links.link(shop.till, shop.paypal, user, RETURN, shop.now)
    await shop.run(HOUR)
    shop.fake.order("approve_setup", setup=link["provider_link_id"])
    await shop.run(30 * DAY)
    default = await methods.default_of(shop.connection, user)
    assert default is not None
    assert (default["type"], default["brand"]) == ("bank_account", "paypal")
    await shop.hears()
    await shop.run(HOUR)
    assert len(await methods.listed(shop.connection, user)) == 1
    assert await shop.stands(bill) == ("paid", NOTHING)


@pytest.mark.parametrize(
    ("outcome", "as_refund", "status"),
    [
        ("RESOLVED_SELLER_FAVOUR", False, "completed"),
        ("RESOLVED_BUYER_FAVOUR", False, "refunded"),
        ("RESOLVED_BUYER_FAVOUR", True, "refunded"),
    ],
)
async def test_a_dispute_takes_a_payment_back_once(
    shop: Shop, outcome: str, as_refund: bool, status: str
) -> None:
    user = await add_user(shop.connection)
    bill = await shop.bill(user)
    await shop.has(user, shop.fake.wallet(user))
    await shop.run(30 * DAY)
    [row] = await payments.listed(shop.connection)
    dispute = shop.fake.dispute(row["provider_transaction_id"])

    async def heard() -> tuple[str, Decimal]:
        await shop.hears(Random(1))
        await shop.run(HOUR)
        [now] = await payments.listed(shop.connection)
        return now["status"], now["refunded_amount"]

    assert await heard() == ("refunded", Decimal(24))
    assert (await shop.stands(bill))[0] == "overdue"
    shop.fake.move(dispute, outcome=outcome, as_refund=as_refund)
    assert await heard() == (status, Decimal(24 if status == "refunded" else 0))
    assert (await shop.stands(bill))[0] == ("paid" if status == "completed" else "overdue")
    assert shop.fake.taken() == ["24.00"]
    assert await reconcile(shop.connection, shop.paypal, NOW) == []


async def test_the_books_are_those_of_paypal_but_for_what_others_made_there(shop: Shop) -> None:
    for amount in ("10.00", "20.00", "30.00"):
        user = await add_user(shop.connection)
        await shop.has(user, shop.fake.wallet(user))
        await shop.bill(user, amount)
    await shop.run(30 * DAY)
    first, *_ = await payments.listed(shop.connection)
    shop.fake.dispute(first["provider_transaction_id"], value="3.00")
    await shop.hears()
    await shop.run(HOUR)
    shop.fake.order("pay_out", value="40.00", currency="EUR")
    assert await reconcile(shop.connection, shop.paypal, NOW) == []
    await balance.take(shop.connection, shop.paypal, shop.now)
    assert await balance.take(shop.connection, shop.paypal, shop.now) == 0
    found = await shop.connection.execute(
        """SELECT kind, count(*)::int AS lines, sum(amount) AS amount, sum(fee) AS fee
           FROM balance_transactions GROUP BY 1 ORDER BY 1"""
    )
    assert [tuple(row.values()) for row in await found.fetchall()] == [
        ("dispute", 1, Decimal("-3.0000"), NOTHING),
        ("payment", 3, Decimal("72.0000"), Decimal("2.8500")),
        ("payout", 1, Decimal("-40.0000"), NOTHING),
    ]
    stranger = Ask(
        "key", uuid4(), "ELSE-1", Decimal("9.00"), "EUR", Payer(user, "x@example.com"), shop.fake.wallet(user)
    )
    made = await shop.paypal.charge(stranger)
    [one] = await reconcile(shop.connection, shop.paypal, NOW)
    assert (one.kind, one.id, one.there) == ("missing_here", made.id, "9.00 EUR")
