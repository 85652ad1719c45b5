"""A charge is made once, whatever gets lost; a decline is an answer."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.payments.port import Payer
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.errors import ProviderRefused
from tests.billing import NOW
from tests.stores.stripe.asks import ask, card, paid, unclear
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio


async def test_a_user_is_one_customer_whatever_gets_lost(stripe: Stripe, fake: StripeFake) -> None:
    ada = Payer(UUID(int=8), "ada@example.org")
    fake.tell("next", ["", "lost_reply"])
    await unclear(stripe.customer(ada, "customer/8"))
    made = await stripe.customer(ada, "customer/8")
    assert made == await stripe.customer(ada, "another key, as after a day")
    assert made != await stripe.customer(replace(ada, user_id=UUID(int=9)), "customer/9")
    assert await stripe.customer(replace(ada, customer="cus_x"), "customer/8") == "cus_x"


async def test_a_charge_is_repeated_by_its_key_and_made_once(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked = ask(payer, card(fake, payer))
    first = await stripe.charge(asked)
    assert (first.state, first.amount, first.currency, first.payment_id) == (
        "completed", Decimal("20.00"), "EUR", asked.payment_id
    )  # fmt: skip
    assert first.at == NOW
    assert await stripe.charge(asked) == first
    assert await stripe.find(asked, first.id, None) == first
    assert await stripe.find(asked, None, None) == first
    assert [one["payment_id"] for one in fake.tell("charges")] == [str(asked.payment_id)]


async def test_a_key_with_another_amount_is_refused(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked, _ = await paid(stripe, fake, payer)
    with pytest.raises(ProviderRefused, match="Keys for idempotent requests"):
        await stripe.charge(replace(asked, amount=Decimal("21.00")))


@pytest.mark.parametrize(
    "trouble", ["lost_request", "lost_reply", "500", "500:done", "503", "409", "garbage", "html"]
)
async def test_what_nobody_knows_is_asked_again_with_the_same_key(
    stripe: Stripe, fake: StripeFake, payer: Payer, trouble: str
) -> None:
    asked = ask(payer, card(fake, payer))
    fake.tell("next", [trouble])
    await unclear(stripe.charge(asked))
    assert (await stripe.charge(asked)).state == "completed"
    assert len(fake.tell("charges")) == 1


async def test_after_the_key_is_forgotten_the_payment_is_found(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked = ask(payer, card(fake, payer))
    fake.tell("next", ["lost_reply"])
    await unclear(stripe.charge(asked))
    fake.at(NOW + timedelta(hours=25))
    assert stripe.key_lasts < timedelta(hours=24)
    found = await stripe.find(asked, None, None)
    assert found
    assert (found.state, found.payment_id) == ("completed", asked.payment_id)


async def test_what_never_arrived_is_not_found(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    for _ in range(3):
        await paid(stripe, fake, payer)
    asked = ask(payer, card(fake, payer))
    assert await stripe.find(asked, None, None) is None
    assert await stripe.find(replace(asked, payer=replace(payer, customer=None)), None, None) is None
    ended = await stripe.cancel(asked, None, None)
    assert (ended.state, ended.decline, ended.reason) == ("failed", "cancelled", "never asked")


DECLINES = [
    ("insufficient_funds", "soft", "Your card has insufficient funds (insufficient_funds)"),
    ("processing_error", "soft", "Your card was declined (processing_error)"),
    ("expired_card", "hard", "Your card has expired (expired_card)"),
    ("lost_card", "hard", "Your card was declined (lost_card)"),
    ("incorrect_number", "hard", "Your card was declined (incorrect_number)"),
]


@pytest.mark.parametrize(("code", "decline", "reason"), DECLINES)
async def test_a_decline_is_an_answer(
    stripe: Stripe, fake: StripeFake, payer: Payer, code: str, decline: str, reason: str
) -> None:
    asked = ask(payer, card(fake, payer, code))
    seen = await stripe.charge(asked)
    assert (seen.state, seen.decline, seen.reason) == ("failed", decline, reason)
    assert seen.payment_id == asked.payment_id
    assert await stripe.charge(asked) == seen
    assert await stripe.find(asked, seen.id, None) == seen
    assert fake.tell("charges") == []


async def test_a_new_attempt_has_a_new_key(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    token = card(fake, payer, "insufficient_funds", "ok")
    assert (await stripe.charge(ask(payer, token))).state == "failed"
    assert (await stripe.charge(ask(payer, token))).state == "completed"


async def test_amounts_and_currencies_go_as_stripe_counts_them(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    assert stripe.unfit(Decimal("0.49"), "EUR", "card") == "Stripe takes 0.50 EUR or more"
    for amount, currency, counted in (("1980", "JPY", 1980), ("700", "ISK", 70000), ("5.510", "KWD", 5510)):
        asked, seen = await paid(stripe, fake, payer, amount=Decimal(amount), currency=currency)
        assert (seen.amount, seen.currency) == (asked.amount, currency)
        assert fake.tell("charges")[-1]["amount"] == counted


async def test_a_method_of_another_customer_cannot_be_charged(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    other = await stripe.customer(Payer(UUID(int=9), "bob@example.org"), "customer/9")
    token = card(fake, replace(payer, customer=other))
    with pytest.raises(ProviderRefused):
        await stripe.charge(ask(payer, token))
