"""Keys that stop working, too many requests, a storm: nobody pays twice."""

import asyncio

import pytest

from shared.billing.payments.port import Ask, Payer
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.errors import ProviderStopped, ProviderUnclear
from tests.stores.stripe.asks import ask, card, give_back, paid, unclear
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("401", "Stripe refuses the key: correct LECTERN_STRIPE_API_KEY"),
        (
            "403",
            "Stripe refuses this to the key: It is as a test wants it: give the restricted key that right",
        ),
    ],
)
async def test_a_key_that_stops_working_stops_everything(
    stripe: Stripe, fake: StripeFake, payer: Payer, status: str, line: str
) -> None:
    fake.tell("next", [status])
    with pytest.raises(ProviderStopped) as stopped:
        await stripe.charge(ask(payer, card(fake, payer)))
    assert stopped.value.line.startswith(line)


async def test_a_wrong_key_is_not_repeated_in_the_message(fake: StripeFake, payer: Payer) -> None:
    stripe = Stripe(fake.url, "sk_live_hidden")
    with pytest.raises(ProviderStopped) as stopped:
        await stripe.charge(ask(payer, "pm_1"))
    assert "hidden" not in stopped.value.line + repr(stopped.value) + repr(stripe)
    await stripe.close()


async def test_too_many_requests_are_slowed_down_and_then_stop(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    fake.tell("next", ["429:0", "429:0"])
    _, seen = await paid(stripe, fake, payer)
    fake.tell("next", ["429:0", "429:0", "429:0"])
    with pytest.raises(ProviderStopped, match="asked too often"):
        await stripe.refund(give_back(seen))
    fake.tell("next", ["429:60"])
    with pytest.raises(ProviderStopped, match="asked too often"):
        await stripe.refund(give_back(seen))


async def test_silence_is_not_waited_out(fake: StripeFake, payer: Payer) -> None:
    stripe = Stripe(fake.url, fake.key, patience=0.2)
    asked = ask(payer, card(fake, payer))
    fake.tell("next", ["silence"])
    await unclear(stripe.charge(asked))
    assert fake.tell("charges") == []
    await stripe.close()


async def test_where_nobody_listens_nothing_is_known(payer: Payer, fake: StripeFake) -> None:
    stripe = Stripe("http://127.0.0.1:1", "sk_test_x")
    await unclear(stripe.charge(ask(payer, "pm_1")))
    await stripe.close()


async def test_in_a_storm_nobody_pays_twice(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    token = card(fake, payer)
    fake.tell("losses", seed=7, lost_requests=0.05, lost_replies=0.05)
    unknown = 0

    async def until_known(asked: Ask) -> None:
        nonlocal unknown
        while True:
            try:
                assert (await stripe.charge(asked)).state == "completed"
            except ProviderUnclear:
                unknown += 1
            else:
                return

    asks = [ask(payer, token) for _ in range(200)]
    await asyncio.gather(*(until_known(asked) for asked in asks))
    assert unknown > 5
    assert sorted(one["payment_id"] for one in fake.tell("charges")) == sorted(
        str(asked.payment_id) for asked in asks
    )
