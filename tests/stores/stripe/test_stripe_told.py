"""What Stripe lists, and what its events lead to."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from shared.billing.payments.port import BalanceLine, Event, Payer, Seen
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.errors import ProviderRefused
from tests.billing import NOW
from tests.stores.stripe.asks import BACK, about, ask, card, give_back, paid
from tests.stripe_fake.process import StripeFake
from tests.stripe_signed import SECRET

pytestmark = pytest.mark.anyio


async def test_its_own_list_says_what_was_paid_and_what_went_back(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked, seen = await paid(stripe, fake, payer)
    await stripe.refund(give_back(seen))
    failed = await stripe.charge(ask(payer, card(fake, payer, "expired_card")))
    waiting = await stripe.charge(ask(payer, card(fake, payer, kind="sepa_debit"), "sepa"))
    open_page = await stripe.pay_link(ask(payer, None), BACK)
    listed = {one.id: one async for one in stripe.listed(NOW)}
    assert {name: (one.state, one.amount, one.refunded) for name, one in listed.items()} == {
        seen.id: ("completed", Decimal("20.00"), Decimal("5.00")),
        failed.id: ("failed", Decimal("20.00"), Decimal("0.00")),
        waiting.id: ("processing", Decimal("20.00"), Decimal("0.00")),
    }
    assert listed[str(seen.id)].payment_id == asked.payment_id
    assert open_page.id is None
    assert [one async for one in stripe.listed(NOW + timedelta(seconds=1))] == []


async def test_a_list_of_many_pages_is_read_whole(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    token = card(fake, payer)
    first = ask(payer, token)
    await stripe.charge(first)
    await asyncio.gather(*(stripe.charge(ask(payer, token)) for _ in range(110)))
    assert len({one.id async for one in stripe.listed(NOW)}) == 111
    assert (await stripe.find(first, None, None)) is not None


async def test_moves_of_the_balance_come_with_their_fees_the_oldest_first(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    _, seen = await paid(stripe, fake, payer)
    refund = await stripe.refund(give_back(seen))
    dispute = fake.tell("dispute", intent=seen.id)["id"]
    fake.tell("payout", amount=100)
    lines = [line async for line in stripe.balance(NOW)]
    assert [(line.kind, line.amount, line.fee, line.source) for line in lines] == [
        ("payment", Decimal("20.00"), Decimal("0.55"), seen.id),
        ("refund", Decimal("-5.00"), Decimal("0.00"), refund.id),
        ("dispute", Decimal("-20.00"), Decimal("20.00"), dispute),
        ("payout", Decimal("-1.00"), Decimal("0.00"), "po_fake"),
    ]
    assert all(isinstance(line, BalanceLine) and line.at == NOW for line in lines)


async def test_what_is_no_payment_is_nothing(stripe: Stripe) -> None:
    for event in (about(None), about("cus_1"), about("po_1"), about("acct_1")):
        assert await stripe.fetch(event) is None


async def test_what_is_not_ours_is_refused_with_its_reason(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    _, seen = await paid(stripe, fake, payer)
    for gone in ("pi_gone", "ch_gone", "re_gone", "dp_gone", "cs_gone", "seti_gone", "pm_gone"):
        with pytest.raises(ProviderRefused, match="No such"):
            await stripe.fetch(about(gone))
    with pytest.raises(ProviderRefused, match="it is of the account acct_other, which is not ours"):
        await stripe.fetch(about(seen.id, "acct_other"))
    [charge] = fake.tell("objects", "charge")
    assert isinstance(found := await stripe.fetch(about(charge["id"])), Seen)
    assert found.id == seen.id


async def test_events_in_any_order_and_number_lead_to_one_state(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked, seen = await paid(stripe, fake, payer)
    await stripe.refund(give_back(seen))
    fake.tell("turn_dispute", fake.tell("dispute", intent=seen.id)["id"], "won")
    fake.tell("disorder", seed=3, again=0.5, late=0.5)
    now, verifier = datetime.now(UTC), StripeVerifier(SECRET)
    told: list[Event] = []
    for _ in range(3):
        messages = fake.tell("deliveries", now=now.isoformat())
        told += [
            await verifier.event({"stripe-signature": one["header"]}, one["body"].encode(), now)
            for one in messages
        ]
    assert len(told) > len({event.id for event in told})
    states = [await stripe.fetch(event) for event in told]
    payments = [one for one in states if isinstance(one, Seen)]
    assert len(payments) > 5
    assert {one.payment_id for one in payments} == {asked.payment_id}
    for one in payments:
        assert (one.state, len(one.refunds)) == ("completed", 1)
        assert [dispute.state for dispute in one.disputes] == ["won"]
