"""The port to providers: what each can do for us, in values that are the same for all.

A provider raises three errors: ProviderUnclear where nobody knows whether it did what it was asked, which is then
asked again with the same key; ProviderStopped where it did nothing, and does nothing now; ProviderRefused where it
refuses this request, today and tomorrow. A declined payment is none of them: it is `Seen` as failed.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from shared.billing.payments.payment import Decline


@dataclass(frozen=True, slots=True)
class Payer:
    """A user; `customer` is the provider's id of them, if it knows them."""

    user_id: UUID
    email: str
    name: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One attempt. The provider keeps `payment_id` and `number` with the object, so that it can be found by them.

    `key` is the idempotency key, first used at `asked_at`; `method` is the provider's token, None for a hosted page.
    """

    key: str
    payment_id: UUID
    number: str
    amount: Decimal
    currency: str
    payer: Payer
    method: str | None = None
    method_type: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeenRefund:
    """`refund_id` is ours, where we asked for it."""

    id: str
    amount: Decimal
    state: Literal["pending", "completed", "failed"]
    reason: str | None = None
    refund_id: UUID | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeenDispute:
    """An `inquiry` moves no money; `open` and `lost` ones hold theirs, a `won` one gave it back.

    `kind` is a `chargeback`, or a `return`: a debit that its bank took back.
    """

    id: str
    amount: Decimal
    state: Literal["inquiry", "open", "won", "lost"]
    kind: Literal["chargeback", "return"] = "chargeback"
    reason: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment as the provider has it now, with all that went back of it.

    `id` is its transaction id, None while a hosted page has none; `link_id` is that page's. `action_url` is where the
    person confirms or pays. `payment_id` is what we told the provider, None for what others began. `completed` is once
    and for all: what went back is in `refunds` and `disputes`.
    """

    id: str | None
    state: Literal["pending", "processing", "completed", "failed"]
    amount: Decimal
    currency: str
    decline: Decline | None = None
    reason: str | None = None
    action_url: str | None = None
    link_id: str | None = None
    payment_id: UUID | None = None
    at: datetime | None = None
    refunds: tuple[SeenRefund, ...] = ()
    disputes: tuple[SeenDispute, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenMethod:
    """A token and what may be shown of it; `user_id` is what we told the provider."""

    token: str
    type: Literal["card", "bank_account", "sepa"]
    brand: str | None = None
    last_four: str | None = None
    expiry_month: int | None = None
    expiry_year: int | None = None
    customer: str | None = None
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that came to a bank account, with what its payer wrote."""

    id: str
    amount: Decimal
    currency: str
    reference: str
    at: datetime
    payer: str | None = None


Found = Seen | SeenMethod | Transfer
"""What an event may be about."""


@dataclass(frozen=True, slots=True)
class Link:
    """A hosted page on which a method is added."""

    id: str
    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """`transaction_id` is the payment's at the provider."""

    key: str
    refund_id: UUID
    transaction_id: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Event:
    """A verified message: it says that something happened to an object, and nothing that is believed.

    `account` is whose it is, where the provider says so.
    """

    id: str
    type: str
    object_id: str | None
    happened_at: datetime | None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A payment in the provider's own list, `amount` before fees and `refunded` of it.

    `is_disputed` says whether a bank ever asked about it; None where the list does not tell.
    """

    id: str
    amount: Decimal
    refunded: Decimal
    currency: str
    state: Literal["processing", "completed", "failed"]
    at: datetime
    payment_id: UUID | None = None
    is_disputed: bool | None = None


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """A move of our balance at the provider: `amount` is signed as the balance sees it, `net` is it less `fee`.

    `source` is the transaction, refund or dispute that it is of.
    """

    id: str
    kind: Literal["payment", "refund", "dispute", "fee", "payout", "adjustment"]
    amount: Decimal
    fee: Decimal
    currency: str
    at: datetime
    source: str | None = None

    @property
    def net(self) -> Decimal:
        return self.amount - self.fee


class Provider(Protocol):
    """What all three can do."""

    name: str

    async def fetch(self, event: Event) -> Found | None:
        """The object of an event, as it is now; None for one that is no payment, method or transfer."""

    def listed(self, since: datetime) -> AsyncIterator[Listed]:
        """Its own list of payments that began since then."""

    def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        """Moves of our balance since then, the oldest first."""

    async def close(self) -> None: ...


class Charger(Provider, Protocol):
    """A provider that can take money from a method: Stripe, PayPal."""

    key_lasts: timedelta
    """How long it knows an idempotency key; after that the object is looked up."""

    def unfit(self, amount: Decimal, currency: str, method_type: str | None) -> str | None:
        """Why it cannot take such a payment: too small, a currency or digits that it does not know."""

    async def customer(self, payer: Payer, key: str) -> str:
        """Its id for a user, made with this key if it has none."""

    async def charge(self, ask: Ask) -> Seen: ...

    async def find(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen | None:
        """What became of an attempt; by what it kept, where its ids are not known."""

    async def cancel(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen:
        """End an open attempt; what it is then, `completed` where that was too late."""

    async def pay_link(self, ask: Ask, return_url: str) -> Seen:
        """A hosted page on which one invoice is paid."""

    async def method_link(self, payer: Payer, key: str, return_url: str) -> Link:
        """A hosted page on which a user adds a method."""

    async def linked(self, link_id: str) -> SeenMethod | None:
        """The method that was added on such a page, None while nobody did."""

    async def method(self, token: str, payer: Payer) -> SeenMethod:
        """What may be shown of a token, which is made the user's."""

    async def detach(self, token: str) -> None:
        """Nobody can charge it any more; also where it is gone already."""

    async def refund(self, ask: RefundAsk) -> SeenRefund: ...

    async def find_refund(self, ask: RefundAsk, provider_refund_id: str | None) -> SeenRefund | None: ...


class Receiver(Provider, Protocol):
    """A provider that tells what came to a bank account: Wise."""

    def received(self, since: datetime) -> AsyncIterator[Transfer]: ...


class Verifier(Protocol):
    """Needs no key that can move money."""

    async def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Raises EventRefused. Names of headers are in lower case."""
