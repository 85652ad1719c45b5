"""Invoices charged at Stripe, as rows: in storms, on pages, by debits that fail late, and taken back by disputes."""

from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from shared.billing.books.reconcile import reconcile
from shared.billing.payments.charging import charging
from shared.billing.payments.methods import method_links, methods
from shared.stores.postgres import Database, fetched
from tests.billing import add_user
from tests.stores.stripe.asks import BACK
from tests.stores.stripe.shop import Shop
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio
DUE, NOTHING = Decimal("24.00"), Decimal(0)


@pytest.fixture
async def shop(fake: StripeFake, database: Database) -> AsyncIterator[Shop]:
    async with database.connection() as connection:
        made = Shop(connection, fake)
        yield made
        await made.stripe.close()
    assert fake.tell("faults") == []


KINDS: dict[str, tuple[str, ...]] = {
    "good": ("ok",),
    "weak": ("insufficient_funds", "ok"),
    "lost": ("lost_card",),
    "asks": ("confirm",),
    "debit": ("sepa",),
    "bad debit": ("sepa",),
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_in_a_storm_of_weeks_nobody_pays_twice(shop: Shop, seed: int) -> None:
    bills = {}
    for count in range(24):
        kind = list(KINDS)[count % len(KINDS)]
        user = await shop.user(*KINDS[kind], kind="sepa_debit" if "debit" in kind else "card")
        bills[(await shop.bill(user))["number"]] = (kind, user)
    shop.fake.tell("losses", seed=seed, lost_requests=0.05, lost_replies=0.05)
    shop.fake.tell("disorder", seed=seed, again=0.1, late=0.3)
    heard = 0
    for day in range(32):  # twelve quiet ones: what was lost last is asked again by then
        if day == 20:
            shop.fake.tell("losses", seed=0, lost_requests=0.0, lost_replies=0.0)
            shop.fake.tell("disorder", seed=0, again=0.0, late=0.0)
        heard += await shop.hears()
        await shop.run(days=1)
        for intent in shop.fake.tell("objects", "payment_intent"):
            kind = bills[intent["metadata"]["number"]][0]
            if intent["status"] == "processing":
                shop.fake.tell(
                    "settle",
                    intent=intent["id"],
                    failure="insufficient_funds" if kind == "bad debit" else None,
                )
            if intent["status"] == "requires_action" and day > 4:
                shop.fake.tell("confirm", intent=intent["id"])
    assert heard > 100
    charges = shop.fake.tell("charges")
    assert Counter(one["number"] for one in charges) == {
        number: 1 for number, (kind, _) in bills.items() if kind not in ("lost", "bad debit")
    }
    assert {one["amount"] for one in charges} == {2400}
    rows = await fetched(
        shop.connection,
        """SELECT i.number, i.status, d.due, array_agg(p.status::text ORDER BY p.created_at) AS tries,
             array_agg(p.provider_transaction_id) FILTER (WHERE p.status = 'completed') AS done
           FROM invoices i JOIN payments p ON p.invoice_id = i.id, invoice_due(i.id) d GROUP BY i.id, d.due""",
    )
    assert len(rows) == len(bills)
    taken = {one["number"]: one["payment_intent"] for one in charges}
    for row in rows:
        if row["number"] in taken:
            assert (row["status"], row["due"], row["done"]) == ("paid", NOTHING, [taken[row["number"]]])
        else:
            assert (row["due"], set(row["tries"])) == (DUE, {"failed"})
    [[waiting]] = [row.values() for row in await fetched(
        shop.connection, "SELECT count(*) FROM provider_events WHERE status <> 'handled'")]  # fmt: skip
    assert waiting == 0


async def test_a_card_that_declines_recovers_at_the_next_step(shop: Shop) -> None:
    bill = await shop.bill(await shop.user("insufficient_funds", "ok"))
    await shop.run()
    assert await shop.tried(bill) == [("dunning", "failed", "soft")]
    await shop.run(days=8)
    assert await shop.tried(bill) == [("dunning", "failed", "soft"), ("dunning", "completed", None)]
    assert await shop.stands(bill) == ("paid", NOTHING)


async def test_what_a_person_confirms_is_paid(shop: Shop) -> None:
    bill = await shop.bill(await shop.user("confirm"))
    await shop.run()
    open_one = await shop.one(bill)
    assert (open_one["status"], open_one["action_url"] is not None) == ("pending", True)
    shop.fake.tell("confirm", intent=open_one["provider_transaction_id"])
    await shop.hears()
    await shop.run()
    assert await shop.stands(bill) == ("paid", NOTHING)


async def test_before_another_attempt_the_open_one_is_cancelled(shop: Shop) -> None:
    user = await shop.user("confirm")
    bill = await shop.bill(user)
    await shop.run()
    before = await shop.one(bill)
    other = await shop.has(user)
    async with shop.connection.transaction():
        await methods.make_default(shop.connection, other)
    await shop.run(days=8)
    assert await shop.tried(bill) == [("dunning", "failed", "cancelled"), ("dunning", "completed", None)]
    with pytest.raises(AssertionError):
        shop.fake.tell("confirm", intent=before["provider_transaction_id"])
    assert len(shop.fake.tell("charges")) == 1


async def test_a_debit_that_its_bank_takes_back_is_due_again(shop: Shop) -> None:
    bill = await shop.bill(await shop.user("sepa", kind="sepa_debit"))
    await shop.run()
    intent = (await shop.one(bill))["provider_transaction_id"]
    assert await shop.tried(bill) == [("dunning", "processing", None)]
    shop.fake.tell("settle", intent=intent)
    await shop.hears()
    await shop.run(days=2)
    assert await shop.stands(bill) == ("paid", NOTHING)
    shop.fake.tell("dispute", intent=intent, status="lost", reason="debit_not_authorized")
    await shop.hears()
    await shop.run(days=1)
    assert (await shop.one(bill))["status"] == "refunded"
    assert await shop.stands(bill) == ("overdue", DUE)
    assert len(await shop.tried(bill)) == 1


async def test_a_chargeback_is_due_again_until_it_is_won(shop: Shop) -> None:
    bill = await shop.bill(await shop.user())
    await shop.run()
    intent = (await shop.one(bill))["provider_transaction_id"]
    dispute = shop.fake.tell("dispute", intent=intent, status="warning_needs_response")["id"]
    expected = {
        None: ("paid", NOTHING),
        "needs_response": ("overdue", DUE),
        "under_review": ("overdue", DUE),
        "won": ("paid", NOTHING),
    }
    for status, stands in expected.items():
        if status:
            shop.fake.tell("turn_dispute", dispute, status)
        await shop.hears()
        await shop.run(days=1)
        assert await shop.stands(bill) == stands


async def test_a_dispute_of_which_nobody_told_us_is_a_difference(shop: Shop) -> None:
    bill = await shop.bill(await shop.user())
    await shop.run()
    await shop.hears()
    assert await reconcile(shop.connection, shop.stripe, None) == []
    intent = (await shop.one(bill))["provider_transaction_id"]
    shop.fake.tell("dispute", intent=intent, status="needs_response")
    [found] = await reconcile(shop.connection, shop.stripe, None)
    assert (found.kind, found.here, found.there) == ("state", "completed", "disputed")
    await shop.hears()
    await shop.run(days=1)
    assert await reconcile(shop.connection, shop.stripe, None) == []


async def test_a_page_is_paid_and_another_expires(shop: Shop) -> None:
    user = await add_user(shop.connection)
    paid, left = await shop.bill(user), await shop.bill(user)
    pages = []
    for bill in (paid, left):
        invoice = {"id": bill["id"], "user_id": user, "number": bill["number"], "due": DUE, "currency": "EUR"}
        pages.append(await charging.pay_link(shop.till, shop.stripe, invoice, BACK, shop.now))
    shop.fake.tell("pay", session=pages[0]["link_id"], outcomes=["insufficient_funds"])
    await shop.hears()
    await shop.run()
    assert await shop.tried(paid) == [("link", "pending", None)]
    shop.fake.tell("pay", session=pages[0]["link_id"])
    await shop.hears()
    await shop.run(days=1.1)
    assert await shop.stands(paid) == ("paid", NOTHING)
    assert await shop.tried(left) == [("link", "failed", "cancelled")]


async def test_a_method_that_is_added_on_a_page_is_charged(shop: Shop) -> None:
    user = await add_user(shop.connection)
    bill = await shop.bill(user)
    row = await method_links.link(shop.till, shop.stripe, user, BACK, shop.now)
    shop.fake.tell("add", session=row["provider_link_id"])
    await shop.hears()
    await shop.run()
    assert await shop.stands(bill) == ("paid", NOTHING)
    [one] = await fetched(shop.connection, "SELECT * FROM payment_methods")
    assert (one["is_default"], one["last_four"], one["user_id"]) == (True, "4242", user)


async def test_keys_that_stop_working_stop_the_stage_and_change_nothing(shop: Shop) -> None:
    bills = [await shop.bill(await shop.user()) for _ in range(3)]
    shop.fake.tell("next", ["401"] * 3)
    till = await shop.run()
    assert "stripe: Stripe refuses the key: correct LECTERN_STRIPE_API_KEY" in till.stopped["stripe"]
    assert shop.fake.tell("charges") == []
    await shop.run(days=1)
    assert [await shop.stands(bill) for bill in bills] == [("paid", NOTHING)] * 3
    assert len(shop.fake.tell("charges")) == 3


async def test_events_of_what_others_began_are_kept_unmatched(shop: Shop) -> None:
    user = await shop.user()
    [customer] = shop.fake.tell("objects", "customer")
    method = shop.fake.tell("method", customer=customer["id"])
    params = {"amount": "900", "currency": "eur", "customer": customer["id"], "payment_method": method}
    shop.fake.tell("intent", params | {"confirm": "true"})
    await shop.hears()
    await shop.run()
    rows = await fetched(
        shop.connection,
        "SELECT DISTINCT reason FROM provider_events WHERE status = 'unmatched' AND object_id LIKE 'pi%%'",
    )
    assert [row["reason"] for row in rows] == ["no payment here is of that object"]
    assert (
        await fetched(shop.connection, "SELECT FROM payments WHERE user_id = %(user)s", {"user": user}) == []
    )
