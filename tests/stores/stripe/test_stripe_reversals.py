"""What goes back of a payment: refunds up to what was paid, and disputes with all their turns."""

import asyncio
from decimal import Decimal

import pytest

from shared.billing.payments.port import Payer, Seen
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.errors import ProviderRefused
from tests.stores.stripe.asks import about, give_back, paid, unclear
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio


async def test_a_dispute_goes_its_ways(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    _, seen = await paid(stripe, fake, payer)
    dispute = fake.tell("dispute", intent=seen.id, status="warning_needs_response")["id"]
    expected = {
        "warning_under_review": "inquiry",
        "needs_response": "open",
        "under_review": "open",
        "lost": "lost",
        "appeal_under_review": "open",
        "won": "won",
    }
    for status, state in expected.items():
        fake.tell("turn_dispute", dispute, status)
        found = await stripe.fetch(about(dispute))
        assert isinstance(found, Seen)
        assert found.state == "completed"
        [one] = found.disputes
        assert (one.id, one.kind, one.state, one.amount) == (dispute, "chargeback", state, Decimal("20.00"))


async def test_a_part_may_be_disputed(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked, seen = await paid(stripe, fake, payer)
    fake.tell("dispute", intent=seen.id, amount=700)
    found = await stripe.find(asked, seen.id, None)
    assert found
    assert [(one.amount, one.state) for one in found.disputes] == [(Decimal("7.00"), "open")]


async def test_a_refund_is_repeated_by_its_key_and_made_once(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked, seen = await paid(stripe, fake, payer)
    wanted = give_back(seen)
    fake.tell("next", ["lost_reply"])
    await unclear(stripe.refund(wanted))
    made = await stripe.refund(wanted)
    assert (made.state, made.amount, made.refund_id) == ("completed", Decimal("5.00"), wanted.refund_id)
    assert await stripe.find_refund(wanted, None) == made
    assert await stripe.find_refund(wanted, made.id) == made
    assert await stripe.find_refund(give_back(seen), None) is None
    found = await stripe.find(asked, seen.id, None)
    assert found
    assert found.refunds == (made,)
    assert [one["refunded"] for one in fake.tell("charges")] == [500]


async def test_more_than_was_paid_does_not_go_back(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    _, seen = await paid(stripe, fake, payer)
    await stripe.refund(give_back(seen, "15.00"))
    with pytest.raises(ProviderRefused, match="greater than unrefunded amount"):
        await stripe.refund(give_back(seen, "5.01"))
    await stripe.refund(give_back(seen, "5.00"))
    with pytest.raises(ProviderRefused, match="already been refunded"):
        await stripe.refund(give_back(seen, "0.01"))


async def test_two_refunds_at_once_share_what_there_is(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    _, seen = await paid(stripe, fake, payer)
    both = await asyncio.gather(
        stripe.refund(give_back(seen, "15.00")),
        stripe.refund(give_back(seen, "15.00")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["ProviderRefused", "SeenRefund"]


async def test_a_refund_may_wait_and_fail(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    _, seen = await paid(stripe, fake, payer)
    fake.tell("refund_states", ["pending", "pending"])
    first, second = await stripe.refund(give_back(seen)), await stripe.refund(give_back(seen))
    assert (first.state, second.state) == ("pending", "pending")
    fake.tell("settle_refund", first.id, "succeeded")
    fake.tell("settle_refund", second.id, "failed")
    found = await stripe.fetch(about(second.id))
    assert isinstance(found, Seen)
    assert {one.id: (one.state, one.reason) for one in found.refunds} == {
        first.id: ("completed", None),
        second.id: ("failed", "expired_or_canceled_card"),
    }


async def test_what_is_disputed_is_not_refunded_as_well(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    _, seen = await paid(stripe, fake, payer)
    dispute = fake.tell("dispute", intent=seen.id, status="warning_needs_response")["id"]
    await stripe.refund(give_back(seen, "1.00"))
    fake.tell("turn_dispute", dispute, "needs_response")
    with pytest.raises(ProviderRefused, match="has been charged back"):
        await stripe.refund(give_back(seen, "1.00"))
