"""The same port against localstripe, which nobody here wrote. Its debits take half a second."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.payments.port import Ask, Payer, Seen
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.errors import ProviderRefused, ProviderUnclear
from tests.localstripe.process import (
    BAD_IBAN,
    CONFIRMED,
    DECLINED,
    NO_ATTACH,
    LocalStripe,
    local_stripe,
)
from tests.stores.stripe.asks import BACK, about, ask, give_back, unclear

pytestmark = [pytest.mark.anyio, pytest.mark.processes]
PATIENCE = 30.0


@pytest.fixture(scope="module")
def started() -> Iterator[LocalStripe]:
    with local_stripe() as found:
        yield found


@pytest.fixture
def local(started: LocalStripe) -> LocalStripe:
    started.tell("flush")
    return started


@pytest.fixture
async def stripe(local: LocalStripe) -> AsyncIterator[Stripe]:
    made = Stripe(local.url, local.key, BACK)
    yield made
    await made.close()


@pytest.fixture
async def payer(stripe: Stripe) -> Payer:
    somebody = Payer(UUID(int=7), "ada@example.org", "Ada")
    return replace(somebody, customer=await stripe.customer(somebody, "customer/7"))


async def kept(stripe: Stripe, payer: Payer, token: str) -> str:
    return (await stripe.method(token, payer)).token


async def over(stripe: Stripe, asked: Ask, seen: Seen) -> Seen:
    """What became of it, once its bank answered."""

    async def asking() -> Seen:
        while True:
            found = await stripe.find(asked, seen.id, None)
            if found and found.state != "processing":
                return found
            await asyncio.sleep(0.05)

    return await asyncio.wait_for(asking(), PATIENCE)


async def test_a_charge_is_made_once_and_found(stripe: Stripe, local: LocalStripe, payer: Payer) -> None:
    asked = ask(payer, await kept(stripe, payer, local.card()))
    local.tell("next", ["lost_reply"])
    await unclear(stripe.charge(asked))
    seen = await stripe.charge(asked)
    assert (seen.state, seen.amount, seen.payment_id) == ("completed", Decimal("20.00"), asked.payment_id)
    assert await stripe.find(asked, None, None) == seen == await stripe.find(asked, seen.id, None)
    assert await stripe.fetch(about(seen.id)) == seen
    assert len(local.charges()) == 1
    with pytest.raises(ProviderRefused, match="the same parameters"):
        await stripe.charge(replace(asked, amount=Decimal("21.00")))


async def test_a_customer_is_made_once(stripe: Stripe, payer: Payer) -> None:
    assert await stripe.customer(replace(payer, customer=None), "another key") == payer.customer


async def test_a_decline_is_an_answer(stripe: Stripe, local: LocalStripe, payer: Payer) -> None:
    asked = ask(payer, await kept(stripe, payer, local.card(DECLINED)))
    seen = await stripe.charge(asked)
    assert (seen.state, seen.decline, seen.payment_id) == ("failed", "soft", asked.payment_id)
    assert await stripe.find(asked, None, None) == seen
    assert local.charges() == []


async def test_what_must_be_confirmed_has_no_page_there_and_is_closed(
    stripe: Stripe, local: LocalStripe, payer: Payer
) -> None:
    asked = ask(payer, await kept(stripe, payer, local.card(CONFIRMED)))
    seen = await stripe.charge(asked)
    assert seen.state == "failed"
    assert [one["status"] for one in local.asked("GET", "/v1/payment_intents", {})["data"]] == ["canceled"]


async def test_a_debit_takes_its_time(stripe: Stripe, local: LocalStripe, payer: Payer) -> None:
    good = ask(payer, await kept(stripe, payer, local.account()), "sepa")
    bad = ask(payer, await kept(stripe, payer, local.account(BAD_IBAN)), "sepa")
    begun = await asyncio.gather(stripe.charge(good), stripe.charge(bad))
    assert [seen.state for seen in begun][1] == "processing"
    assert (await over(stripe, good, begun[0])).state == "completed"
    failed = await over(stripe, bad, begun[1])
    assert (failed.state, failed.decline) == ("failed", "soft")


async def test_a_refund_is_made_once_and_found(stripe: Stripe, local: LocalStripe, payer: Payer) -> None:
    asked = ask(payer, await kept(stripe, payer, local.card()))
    seen = await stripe.charge(asked)
    wanted = give_back(seen)
    local.tell("next", ["lost_reply"])
    await unclear(stripe.refund(wanted))
    made = await stripe.refund(wanted)
    assert (made.state, made.amount, made.refund_id) == ("completed", Decimal("5.00"), wanted.refund_id)
    assert await stripe.find_refund(wanted, None) == made
    found = await stripe.find(asked, seen.id, None)
    assert found
    assert found.refunds == (made,)


async def test_methods_come_and_go(stripe: Stripe, local: LocalStripe, payer: Payer) -> None:
    with pytest.raises(ProviderRefused, match="the method was declined"):
        await stripe.method(local.card(NO_ATTACH), payer)
    token = local.card()
    seen = await stripe.method(token, payer)
    assert (seen.type, seen.last_four, seen.customer) == ("card", "4242", payer.customer)
    await stripe.detach(token)
    await stripe.detach(token)
    await stripe.detach("pm_gone")


async def test_its_lists_are_read(stripe: Stripe, local: LocalStripe, payer: Payer) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    asked = ask(payer, await kept(stripe, payer, local.card()))
    seen = await stripe.charge(asked)
    refund = await stripe.refund(give_back(seen))
    assert [(one.id, one.state, one.payment_id) async for one in stripe.listed(began)] == [
        (seen.id, "completed", asked.payment_id)
    ]
    lines = {(line.kind, line.amount, line.source) async for line in stripe.balance(began)}
    assert lines == {
        ("payment", Decimal("20.00"), seen.id),
        ("refund", Decimal("-5.00"), refund.id),
    }


async def test_in_a_storm_nobody_pays_twice(stripe: Stripe, local: LocalStripe, payer: Payer) -> None:
    token = await kept(stripe, payer, local.card())
    local.tell("losses", seed=3, lost_requests=0.1, lost_replies=0.1)

    async def until_known(asked: Ask) -> None:
        while True:
            try:
                assert (await stripe.charge(asked)).state == "completed"
            except ProviderUnclear:
                continue
            return

    asks = [ask(payer, token) for _ in range(40)]
    await asyncio.gather(*(until_known(asked) for asked in asks))
    local.tell("losses", seed=3, lost_requests=0.0, lost_replies=0.0)
    assert sorted(one["metadata"]["payment_id"] for one in local.charges()) == sorted(
        str(asked.payment_id) for asked in asks
    )
