"""Keys that stop working, too many requests, a storm: nobody pays twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("http://127.0.0.1:1", "Stripe is not reached: Connect call failed"),
        ("https://{there}", "Stripe is not reached: "),
        ("nowhere", "the address of Stripe leads nowhere: correct LECTERN_STRIPE_URL"),
    ],
)
async def test_where_nobody_listens_nothing_is_asked(
    payer: Payer, fake: StripeFake, address: str, line: str
) -> None:
    stripe = Stripe(address.format(there=fake.url.removeprefix("http://")), "sk_test_x")
    with pytest.raises(ProviderStopped) as stopped:
        await stripe.charge(ask(payer, "pm_1"))
    assert stopped.value.line.startswith(line)
    assert stopped.value.line.endswith("correct LECTERN_STRIPE_URL")
    await stripe.close()


@asynccontextmanager
async def answering(reply: bytes, *, hangs: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """An address that answers everything so; what was asked there."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n"))
        writer.write(b"HTTP/1.1 " + reply)
        await writer.drain()
        if hangs:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def test_a_redirect_is_not_followed(payer: Payer) -> None:
    async with answering(b"200 OK\r\nContent-Length: 2\r\n\r\n{}") as (elsewhere, asked):
        redirect = f"307 Elsewhere\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n".encode()
        async with answering(redirect) as (url, _):
            stripe = Stripe(url, "sk_test_x")
            with pytest.raises(ProviderStopped, match="no redirect is followed"):
                await stripe.charge(ask(payer, "pm_1"))
            await stripe.close()
    assert asked == []


@pytest.mark.parametrize("hangs", [False, True])
async def test_half_an_answer_is_none(payer: Payer, hangs: bool) -> None:
    async with answering(b'200 OK\r\nContent-Length: 99\r\n\r\n{"id":', hangs=hangs) as (url, _):
        stripe = Stripe(url, "sk_test_x", patience=0.2)
        await unclear(stripe.charge(ask(payer, "pm_1")))
        await stripe.close()


async def test_a_page_in_place_of_an_answer_is_none(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked = ask(payer, card(fake, payer))
    fake.tell("next", ["html"])
    with pytest.raises(ProviderUnclear, match="none that can be read"):
        await stripe.charge(asked)
    assert (await stripe.charge(asked)).state == "completed"


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
