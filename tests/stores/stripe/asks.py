"""What is asked of Stripe in tests."""

from collections.abc import Awaitable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from shared.billing.payments.port import Ask, Event, Payer, RefundAsk, Seen
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.errors import ProviderUnclear
from tests.billing import NOW
from tests.stripe_fake.process import StripeFake

BACK = "https://docs.example.org/paid"


def ask(payer: Payer, method: str | None, kind: str = "card", **more: Any) -> Ask:
    payment_id = uuid4()
    wanted: dict[str, Any] = {
        "key": f"payment/{payment_id}",
        "payment_id": payment_id,
        "number": f"LECT-{payment_id.hex[:6]}",
        "amount": Decimal("20.00"),
        "currency": "EUR",
        "payer": payer,
        "method": method,
        "method_type": kind if method else None,
    }
    return Ask(**wanted | more)


def card(fake: StripeFake, payer: Payer, *outcomes: str, kind: str = "card") -> str:
    token: str = fake.tell("method", kind=kind, outcomes=list(outcomes) or ["ok"], customer=payer.customer)
    return token


async def paid(stripe: Stripe, fake: StripeFake, payer: Payer, **more: Any) -> tuple[Ask, Seen]:
    asked = ask(payer, card(fake, payer), **more)
    seen = await stripe.charge(asked)
    assert seen.state == "completed"
    return asked, seen


def give_back(seen: Seen, amount: str = "5.00") -> RefundAsk:
    refund_id = uuid4()
    return RefundAsk(f"refund/{refund_id}", refund_id, str(seen.id), Decimal(amount), "EUR")


async def unclear(work: Awaitable[Any]) -> None:
    with pytest.raises(ProviderUnclear) as caught:
        await work
    assert "nothing is done twice" in caught.value.line


def about(object_id: str | None, account: str | None = None) -> Event:
    return Event("evt_1", "any.type", object_id, NOW, account)
