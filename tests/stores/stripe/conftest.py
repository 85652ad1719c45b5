"""The fake of Stripe, and a user whom it knows."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from shared.billing.payments.port import Payer
from shared.billing.payments.providers.stripe.charger import Stripe
from tests.billing import NOW
from tests.stores.stripe.asks import BACK
from tests.stripe_fake.process import StripeFake, stripe_fake


@pytest.fixture(scope="module")
def process() -> Iterator[StripeFake]:
    with stripe_fake() as fake:
        yield fake


@pytest.fixture
def fake(process: StripeFake) -> StripeFake:
    process.tell("restart")
    process.at(NOW)
    return process


@pytest.fixture
async def stripe(fake: StripeFake) -> AsyncIterator[Stripe]:
    made = Stripe(fake.url, fake.key, BACK)
    yield made
    await made.close()
    assert fake.tell("faults") == []


@pytest.fixture
async def payer(stripe: Stripe) -> Payer:
    somebody = Payer(UUID(int=7), "ada@example.org", "Ada")
    return replace(somebody, customer=await stripe.customer(somebody, "customer/7"))
