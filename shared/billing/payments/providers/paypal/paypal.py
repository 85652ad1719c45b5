"""PayPal as a charger. Money moves where an order is captured, and nobody captures one but we.

An order with a vaulted method is captured as it is made. One with a page waits until its person approved it, and is
captured when it is found so: an order that is not captured takes no money, and needs no other cancellation.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import quote

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
from shared.billing.payments.providers.paypal import disputes, fit, methods, orders, report
from shared.billing.payments.providers.paypal.connection import Connection, Json, understood
from shared.billing.payments.providers.paypal.history import History
from shared.billing.payments.providers.paypal.reading import above
from shared.errors import ProviderRefused, ProviderUnclear

URL: Final = "https://api-m.paypal.com"
_ORDERS: Final = "/v2/checkout/orders"
_KEYS_LAST: Final = timedelta(hours=6)
"""Of orders. Those of refunds last 45 days, those of the vault 3 hours."""
_MARGIN: Final = timedelta(hours=1)
_PAID_BEFORE: Final = "DUPLICATE_INVOICE_ID"
_OF_REFUNDS: Final = ("PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED")
_UNSETTLED: Final = ("ORDER_ALREADY_CAPTURED", "ORDER_NOT_APPROVED", "ORDER_COMPLETION_IN_PROGRESS")
"""Answers to a capture that say how the order is: it is fetched."""


@dataclass(slots=True)
class Paypal:
    """`clock` tells until when transactions are asked for: PayPal knows no instant of ours."""

    connection: Connection
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    name: str = "paypal"
    key_lasts: timedelta = _KEYS_LAST - _MARGIN

    async def fetch(self, event: Event) -> Found | None:
        """By the kind of object that the event names; an order that was approved is left to `find`."""
        named, kind = event.object_id, event.type.rsplit(".", 1)[0]
        if not named:
            return None
        if kind in ("CHECKOUT.ORDER", "CHECKOUT.PAYMENT-APPROVAL"):
            found = await self._order(named)
            return await self._whole(found) if found else None
        if event.type in _OF_REFUNDS or kind == "PAYMENT.REFUND":
            return await self._refunded(named) or await self._captured(named)
        if kind == "PAYMENT.CAPTURE":
            return await self._captured(named)
        if kind == "CUSTOMER.DISPUTE":
            dispute = await self.connection.get(_path("/v1/customer/disputes", named))
            about = dispute.found(disputes.transaction_of)
            return await self._captured(about) if about else None
        if event.type == "VAULT.PAYMENT-TOKEN.CREATED":
            return await self._token(named)
        return None

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        history = await self._history.since(since, moved=False)
        with understood():
            payments = report.listed(history.transactions)
        for payment in payments:
            yield payment

    async def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        """From some days earlier on: what waits, or comes late into PayPal's list, bears the instant it began at."""
        history = await self._history.since(since - report.LATE)
        with understood():
            lines = report.balance_lines(history.transactions)
        for line in lines:
            yield line

    async def close(self) -> None:
        await self.connection.close()

    def unfit(self, amount: Decimal, currency: str, method_type: str | None) -> str | None:
        return fit.unfit(amount, currency, method_type)

    async def customer(self, payer: Payer, key: str) -> str:
        """PayPal makes a customer of its own with the first method, and keeps our id of them with it."""
        return payer.customer or str(payer.user_id)

    async def charge(self, ask: Ask) -> Seen:
        if ask.method is None:
            raise ProviderRefused(
                "there is no method to charge", "send a link: `lectern-admin invoice pay-link`"
            )
        source: Json = {"vault_id": ask.method}
        if ask.method_type == "card":
            by_us = {"payment_initiator": "MERCHANT", "payment_type": "UNSCHEDULED", "usage": "SUBSEQUENT"}
            source |= {"stored_credential": by_us}
        seen = await self._new_order(ask, {"card" if ask.method_type == "card" else "paypal": source})
        return await self._capture(ask, str(seen.link_id)) if orders.to_capture(seen) else seen

    async def find(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen | None:
        if link_id and (seen := await self._order(link_id, ask)):
            return await self._capture(ask, link_id) if orders.to_capture(seen) else seen
        if ask.method is None and link_id is None:
            return None  # nobody knows the page
        known = transaction_id or await self._history.transaction(
            ask.payment_id, ask.asked_at, self.key_lasts
        )
        if known:
            return await self._captured(known) or _lost(known)
        return orders.ended(ask, link_id, "its page at PayPal ended") if link_id else None

    async def cancel(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen:
        """An order that its person approved is captured: they were told that they paid."""
        seen = await self.find(ask, transaction_id, link_id)
        if seen is None or seen.state == "pending":
            return orders.ended(ask, link_id, "cancelled")
        return seen

    async def pay_link(self, ask: Ask, return_url: str) -> Seen:
        context = _context(return_url) | {"user_action": "PAY_NOW"}
        return await self._new_order(ask, {"paypal": {"experience_context": context}})

    async def method_link(self, payer: Payer, key: str, return_url: str) -> Link:
        wallet = {
            "usage_type": "MERCHANT",
            "customer_type": "CONSUMER",
            "experience_context": _context(return_url),
        }
        body = {
            "payment_source": {"paypal": wallet},
            "customer": {"merchant_customer_id": str(payer.user_id)},
        }
        return (await self.connection.post("/v3/vault/setup-tokens", key, body)).accepted(methods.page)

    async def linked(self, link_id: str) -> SeenMethod | None:
        """A repetition gives the same method while its key lasts; after that the vault's event tells of it."""
        setup = await self.connection.get(_path("/v3/vault/setup-tokens", link_id))
        status = setup.found(lambda body: str(body.get("status")))
        if status not in ("APPROVED", "VAULTED", "TOKENIZED"):
            return None
        body = {"payment_source": {"token": {"id": link_id, "type": "SETUP_TOKEN"}}}
        made = await self.connection.post("/v3/vault/payment-tokens", f"method/{link_id}", body)
        if made.status in (404, 422) and status != "APPROVED":
            return None
        return made.accepted(methods.method)

    async def method(self, token: str, payer: Payer) -> SeenMethod:
        """A token belongs to who approved it: another user's is refused."""
        seen = await self._token(token)
        if seen is None:
            raise ProviderRefused("PayPal knows no such method", "send a link: `lectern-admin method link`")
        if seen.user_id not in (None, payer.user_id):
            raise ProviderRefused("this method is another user's", "send a link: `lectern-admin method link`")
        return seen

    async def detach(self, token: str) -> None:
        (await self.connection.delete(_path("/v3/vault/payment-tokens", token))).found(_nothing)

    async def refund(self, ask: RefundAsk) -> SeenRefund:
        body = {"amount": fit.written(ask.amount, ask.currency), "custom_id": str(ask.refund_id)}
        path = f"{_path('/v2/payments/captures', ask.transaction_id)}/refund"
        return (await self.connection.post(path, ask.key, body)).accepted(orders.refund)

    async def find_refund(self, ask: RefundAsk, provider_refund_id: str | None) -> SeenRefund | None:
        if provider_refund_id:
            known = await self.connection.get(_path("/v2/payments/refunds", provider_refund_id))
            return known.found(orders.refund)
        seen = await self._captured(ask.transaction_id)
        return next((one for one in seen.refunds if one.refund_id == ask.refund_id), None) if seen else None

    @property
    def _history(self) -> History:
        return History(self.connection, self.clock)

    async def _new_order(self, ask: Ask, source: Json) -> Seen:
        unit = {
            "custom_id": str(ask.payment_id),
            "invoice_id": ask.number,
            "amount": fit.written(ask.amount, ask.currency),
        }
        body = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": source}
        reply = await self.connection.post(_ORDERS, ask.key, body)
        if _PAID_BEFORE in reply.issues and (seen := await self._paid_before(ask)):
            return seen
        if declined := orders.declined(ask, reply.issues):
            return declined
        return reply.accepted(lambda body: orders.order(body, ask))

    async def _paid_before(self, ask: Ask) -> Seen | None:
        """This very attempt, once its key is forgotten; None where PayPal has another payment of the invoice."""
        known = await self._history.transaction(ask.payment_id, ask.asked_at, self.key_lasts)
        return await self._captured(known) if known else None

    async def _capture(self, ask: Ask, order_id: str) -> Seen:
        """An order is captured once, whoever asks how often."""
        reply = await self.connection.post(f"{_path(_ORDERS, order_id)}/capture", f"capture/{order_id}", {})
        if reply.status == 404 or any(issue in _UNSETTLED for issue in reply.issues):
            seen = await self._order(order_id, ask)
            return seen or orders.ended(ask, order_id, "its page at PayPal ended")
        if declined := orders.declined(ask, reply.issues):
            return declined
        return reply.accepted(lambda body: orders.order(body, ask))

    async def _order(self, order_id: str, ask: Ask | None = None) -> Seen | None:
        reply = await self.connection.get(_path(_ORDERS, order_id))
        return reply.found(lambda body: orders.order(body, ask))

    async def _captured(self, capture_id: str) -> Seen | None:
        """A capture with what went back of it."""
        seen = (await self.connection.get(_path("/v2/payments/captures", capture_id))).found(orders.capture)
        if seen is None:
            return None
        whole = await self._order(seen.link_id) if seen.link_id else None
        return await self._whole(whole if whole and whole.id == seen.id else seen)

    async def _refunded(self, refund_id: str) -> Seen | None:
        refund = await self.connection.get(_path("/v2/payments/refunds", refund_id))
        of = refund.found(lambda body: above(body, "captures"))
        return await self._captured(of) if of else None

    async def _whole(self, seen: Seen) -> Seen:
        found = await self._history.disputes(seen.id) if seen.id else []
        with understood():
            return disputes.with_disputes(seen, found)

    async def _token(self, token: str) -> SeenMethod | None:
        return (await self.connection.get(_path("/v3/vault/payment-tokens", token))).found(methods.method)


def _context(return_url: str) -> Json:
    return {"return_url": return_url, "cancel_url": return_url, "shipping_preference": "NO_SHIPPING"}


def _lost(transaction_id: str) -> Seen:
    raise ProviderUnclear(
        f"PayPal does not know the transaction {transaction_id} any more",
        "see whether LECTERN_PAYPAL_API_KEY is of the same account",
    )


def _nothing(body: Json) -> None:
    """What is deleted says nothing."""


def _path(kind: str, named: str) -> str:
    return f"{kind}/{quote(named, safe='')}"
