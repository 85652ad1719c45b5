"""Stripe behind the port: payments off session, hosted pages, refunds, and its own lists.

A payment is a PaymentIntent, a hosted page a Checkout Session. Both bear our id of the payment in their metadata, so
that they are found where no reply came.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from shared.billing.delivery.outcome import told
from shared.billing.payments.port import (
    Ask,
    BalanceLine,
    Event,
    Found,
    Link,
    Listed,
    Payer,
    RefundAsk,
    Seen,
    SeenMethod,
    SeenRefund,
)
from shared.billing.payments.providers.stripe import amounts, reading
from shared.billing.payments.providers.stripe.calls import PATIENCE, Calls, Declined, Object
from shared.billing.payments.providers.stripe.declines import reason
from shared.billing.payments.providers.stripe.intents import Intents
from shared.billing.payments.providers.stripe.pages import Pages
from shared.errors import ProviderRefused

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams, RefundCreateParams

KEY_LASTS: Final = timedelta(hours=23)
"""Stripe forgets an idempotency key after 24 hours at the earliest."""


class Stripe:
    """`return_url` is where a page leads back on which a person confirms a payment; without it there is none."""

    name = "stripe"
    key_lasts = KEY_LASTS

    def __init__(
        self, url: str, key: str, return_url: str | None = None, *, patience: float = PATIENCE
    ) -> None:
        self._calls = Calls(url, key, patience)
        self._intents = Intents(self._calls, return_url)
        self._pages = Pages(self._calls, self._intents)

    async def close(self) -> None:
        await self._calls.close()

    def unfit(self, amount: Decimal, currency: str, method_type: str | None) -> str | None:
        return amounts.unfit(amount, currency, method_type)

    async def customer(self, payer: Payer, key: str) -> str:
        if payer.customer:
            return payer.customer
        async for known in self._calls.each(
            lambda client, params: client.v1.customers.list_async(params), email=payer.email
        ):
            if (known.get("metadata") or {}).get("user_id") == str(payer.user_id):
                return str(known["id"])
        params: CustomerCreateParams = {"email": payer.email, "metadata": {"user_id": str(payer.user_id)}}
        if payer.name:
            params["name"] = payer.name
        made = await self._calls.one(
            lambda client: client.v1.customers.create_async(params, {"idempotency_key": key})
        )
        return str(made["id"])

    async def charge(self, ask: Ask) -> Seen:
        return await self._intents.charge(ask)

    async def find(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen | None:
        if link_id or ask.method is None:
            return await self._pages.find(ask, link_id)
        return await self._intents.find(ask, transaction_id)

    async def cancel(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen:
        if link_id or ask.method is None:
            return await self._pages.expire(ask, link_id)
        return await self._intents.cancel(ask, transaction_id)

    async def pay_link(self, ask: Ask, return_url: str) -> Seen:
        return await self._pages.pay_link(ask, return_url)

    async def method_link(self, payer: Payer, key: str, return_url: str) -> Link:
        customer = await self.customer(payer, f"{key}-customer")
        return await self._pages.method_link(payer, customer, key, return_url)

    async def linked(self, link_id: str) -> SeenMethod | None:
        return await self._pages.linked(link_id)

    async def method(self, token: str, payer: Payer) -> SeenMethod:
        """Raises ProviderRefused for a token of somebody else, or of a kind that cannot be kept."""
        found = await self._calls.one(lambda client: client.v1.payment_methods.retrieve_async(token))
        owner = found.get("customer")
        if not owner:
            customer = await self.customer(payer, f"{token}-customer")
            try:
                found = await self._calls.one(
                    lambda client: client.v1.payment_methods.attach_async(token, {"customer": customer})
                )
            except Declined as declined:
                raise ProviderRefused(
                    f"the method was declined: {reason(declined.error)}", "add another"
                ) from None
        elif owner != payer.customer:
            raise ProviderRefused(
                "the method is another customer's at Stripe",
                "let its owner add it on a page of `method link`",
            )
        seen = reading.method(found)
        if seen is None:
            raise ProviderRefused(
                f"Stripe's {found['type']} cannot be charged later", "add a card or a bank account"
            )
        return seen

    async def detach(self, token: str) -> None:
        try:
            await self._calls.one(lambda client: client.v1.payment_methods.detach_async(token))
        except ProviderRefused:
            found = await self._known(token)
            if found and found.get("customer"):
                raise

    async def refund(self, ask: RefundAsk) -> SeenRefund:
        params: RefundCreateParams = {
            "payment_intent": ask.transaction_id,
            "amount": amounts.units(ask.amount, ask.currency),
            "metadata": {"refund_id": str(ask.refund_id)},
        }
        made = await self._calls.one(
            lambda client: client.v1.refunds.create_async(params, {"idempotency_key": ask.key})
        )
        return reading.refund(made)

    async def find_refund(self, ask: RefundAsk, provider_refund_id: str | None) -> SeenRefund | None:
        if provider_refund_id:
            return reading.refund(
                await self._calls.one(lambda client: client.v1.refunds.retrieve_async(provider_refund_id))
            )
        async for found in self._intents.refunds(ask.transaction_id):
            seen = reading.refund(found)
            if seen.refund_id == ask.refund_id:
                return seen
        return None

    async def fetch(self, event: Event) -> Found | None:
        """By what the id says of its kind. Raises ProviderRefused for what is another account's, gone, or not ours."""
        about = event.object_id or ""
        if event.account:
            raise ProviderRefused(f"it is of the account {told(event.account)}, which is not ours")
        match kind := about.partition("_")[0]:
            case "pi":
                return await self._pages.seen(await self._intents.get(about))
            case "ch" | "py":
                of = await self._calls.one(lambda client: client.v1.charges.retrieve_async(about))
            case "re" | "pyr":
                of = await self._calls.one(lambda client: client.v1.refunds.retrieve_async(about))
            case "dp" | "du":
                of = await self._calls.one(lambda client: client.v1.disputes.retrieve_async(about))
            case "cs":
                return await self._pages.found(about)
            case "seti":
                return await self._pages.set_up(about)
            case "pm":
                return reading.method(
                    await self._calls.one(lambda client: client.v1.payment_methods.retrieve_async(about))
                )
            case _:
                return None
        if not of.get("payment_intent"):
            raise ProviderRefused(f"{told(about)} is of no payment that was begun here")
        intent = await self._intents.get(of["payment_intent"])
        return await self._pages.seen(intent, disputed=kind in ("dp", "du"))

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        async for intent in self._calls.each(
            lambda client, params: client.v1.payment_intents.list_async(params),
            created={"gte": int(since.timestamp())},
            expand=["data.latest_charge"],
        ):
            if intent.get("latest_charge") or intent["status"] != "requires_payment_method":
                yield reading.listed(intent)

    async def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        found = [
            reading.balance_line(one)
            async for one in self._calls.each(
                lambda client, params: client.v1.balance_transactions.list_async(params),
                created={"gte": int(since.timestamp())},
                expand=["data.source"],
            )
        ]
        for line in reversed(found):
            yield line

    async def _known(self, token: str) -> Object | None:
        try:
            return await self._calls.one(lambda client: client.v1.payment_methods.retrieve_async(token))
        except ProviderRefused:
            return None
