"""Payments of Stripe: a PaymentIntent an attempt, confirmed off session."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from shared.billing.payments.port import Ask, Seen
from shared.billing.payments.providers.stripe import amounts, reading
from shared.billing.payments.providers.stripe.calls import Calls, Declined, Object
from shared.billing.payments.providers.stripe.declines import decline, reason
from shared.errors import ProviderRefused

if TYPE_CHECKING:
    from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams

TYPES: Final = {"card": "card", "sepa": "sepa_debit", "bank_account": "us_bank_account"}
"""What Stripe calls the methods of the port."""
_CHARGE: Final = ["latest_charge"]
_OVER: Final = ("succeeded", "canceled")


class Intents:
    def __init__(self, calls: Calls, return_url: str | None) -> None:
        self._calls = calls
        self._return_url = return_url

    async def charge(self, ask: Ask) -> Seen:
        """One attempt. What must be confirmed by the person gets a page for that, or fails."""
        params: PaymentIntentCreateParams = {
            "amount": amounts.units(ask.amount, ask.currency),
            "currency": ask.currency.lower(),
            "customer": ask.payer.customer or "",
            "payment_method": ask.method or "",
            "allowed_payment_method_types": [TYPES[ask.method_type or "card"]],
            "confirm": True,
            "off_session": True,
            "description": f"Invoice {ask.number}",
            "metadata": tags(ask, reading.CHARGE),
            "expand": _CHARGE,
        }
        try:
            intent = await self._calls.one(
                lambda client: client.v1.payment_intents.create_async(params, {"idempotency_key": ask.key})
            )
        except Declined as declined:
            of = await self._of(declined)
            if not of:
                return _declined(ask, declined)
            intent = of
        seen = reading.payment(intent)
        wants = seen.decline == "authentication" or (seen.state == "pending" and not seen.action_url)
        return await self._confirmed(ask, seen) if wants else seen

    async def _confirmed(self, ask: Ask, seen: Seen) -> Seen:
        """Asked again as if the person were here: then Stripe has a page on which their bank asks them.

        The page is Stripe's own; it confirms this payment with this card and nothing else.
        """
        intent_id = seen.id or ""
        if self._return_url:
            params: PaymentIntentConfirmParams = {
                "payment_method": ask.method or "",
                "return_url": self._return_url,
                "expand": _CHARGE,
            }
            try:
                again = reading.payment(
                    await self._calls.one(
                        lambda client: client.v1.payment_intents.confirm_async(
                            intent_id, params, {"idempotency_key": f"{ask.key}-confirm"}
                        )
                    )
                )
            except Declined as declined:
                intent = await self._of(declined)
                return reading.payment(intent) if intent else seen
            except ProviderRefused:
                again = seen  # it is past that: what it is now, is found below
            if again.state != "pending" or again.action_url:
                return again
        return await self._ended(intent_id, reading.UNCONFIRMED)

    async def find(self, ask: Ask, intent_id: str | None) -> Seen | None:
        if intent_id:
            return await self.seen(await self.get(intent_id))
        if ask.payer.customer is None:
            return None  # nobody is charged who is not known there
        async for intent in self._calls.each(
            lambda client, params: client.v1.payment_intents.list_async(params),
            customer=ask.payer.customer,
            expand=["data.latest_charge"],
        ):
            if (intent.get("metadata") or {}).get("payment_id") == str(ask.payment_id):
                return await self.seen(intent)
        return None

    async def cancel(self, ask: Ask, intent_id: str | None) -> Seen:
        if intent_id is None:
            found = await self.find(ask, None)
            if found is None or found.id is None:
                return reading.never_asked(ask)
            intent_id = found.id
        return await self._ended(intent_id, None)

    async def get(self, intent_id: str) -> Object:
        """With its latest charge."""
        return await self._calls.one(
            lambda client: client.v1.payment_intents.retrieve_async(intent_id, {"expand": _CHARGE})
        )

    async def seen(self, intent: Object, *, disputed: bool = False, link_id: str | None = None) -> Seen:
        """With all that went back of it, which is asked for where there is any."""
        charge = intent.get("latest_charge") or {}
        refunds: list[Object] = []
        disputes: list[Object] = []
        if intent["status"] == "succeeded":
            refunds = [one async for one in self.refunds(intent["id"])]
            if disputed or charge.get("disputed"):
                disputes = [
                    one
                    async for one in self._calls.each(
                        lambda client, params: client.v1.disputes.list_async(params),
                        payment_intent=intent["id"],
                    )
                ]
        return reading.payment(intent, refunds, disputes, link_id=link_id)

    def refunds(self, intent_id: str) -> AsyncIterator[Object]:
        return self._calls.each(
            lambda client, params: client.v1.refunds.list_async(params), payment_intent=intent_id
        )

    async def _ended(self, intent_id: str, why: str | None) -> Seen:
        """Cancelled, unless it is over or its money is on the way."""
        try:
            intent = await self._calls.one(
                lambda client: client.v1.payment_intents.cancel_async(
                    intent_id,
                    {"cancellation_reason": why, "expand": _CHARGE} if why else {"expand": _CHARGE},
                )
            )
        except ProviderRefused:
            intent = await self.get(intent_id)
            if intent["status"] not in (*_OVER, "processing"):
                raise
        return await self.seen(intent)

    async def _of(self, declined: Declined) -> Object | None:
        """The payment that was declined: Stripe tells it, or at least its charge."""
        told = declined.error.get("payment_intent")
        if isinstance(told, dict):
            return Object(told)
        charge_id = declined.error.get("charge")
        if not charge_id:
            return None
        charge = await self._calls.one(lambda client: client.v1.charges.retrieve_async(charge_id))
        return await self.get(charge["payment_intent"]) if charge.get("payment_intent") else None


def tags(ask: Ask, kind: str) -> dict[str, str]:
    """The metadata by which a payment is ours, and is found."""
    return {"payment_id": str(ask.payment_id), "number": ask.number, "lectern": kind}


def _declined(ask: Ask, declined: Declined) -> Seen:
    return Seen(
        id=None,
        state="failed",
        amount=ask.amount,
        currency=ask.currency,
        decline=decline(declined.error),
        reason=reason(declined.error),
        payment_id=ask.payment_id,
    )
