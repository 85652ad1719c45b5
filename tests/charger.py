"""A stand-in of the port to providers, not of our stores: it keeps people, methods and pages in memory.

It repeats its answer to a key, loses replies and goes away as a test says. Money is for the fakes of real providers.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

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
from shared.errors import ProviderRefused, ProviderUnclear


@dataclass
class StandIn:
    name: str = "stripe"
    key_lasts: timedelta = timedelta(hours=23)
    customers: dict[str, str] = field(default_factory=dict)
    """By their keys."""
    known: dict[str, SeenMethod] = field(default_factory=dict)
    """Methods by their tokens."""
    links: dict[str, Link] = field(default_factory=dict)
    """Pages by their keys."""
    used: dict[str, str] = field(default_factory=dict)
    """Pages on which somebody added the method of this token."""
    detached: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Each request, in words."""
    away: Exception | None = None
    """What is raised before anything is done."""
    lost: int = 0
    """How many replies are lost after it is done."""
    ends: datetime | None = None
    """Of pages."""

    def has(self, token: str, **more: object) -> SeenMethod:
        self.known[token] = replace(
            SeenMethod(token, "card", "visa", "4242", 12, 2028),
            **more,  # type: ignore[arg-type]
        )
        return self.known[token]

    async def customer(self, payer: Payer, key: str) -> str:
        self._ask(f"customer {payer.email} {payer.name}")
        self.customers.setdefault(key, f"cus_{len(self.customers) + 1}")
        self._reply()
        return self.customers[key]

    async def method_link(self, payer: Payer, key: str, return_url: str) -> Link:
        self._ask(f"link {payer.customer}")
        at = len(self.links) + 1
        self.links.setdefault(key, Link(f"cs_{at}", f"https://pay.example/cs_{at}", self.ends))
        self._reply()
        return self.links[key]

    async def linked(self, link_id: str) -> SeenMethod | None:
        self._ask(f"linked {link_id}")
        return self.known[self.used[link_id]] if link_id in self.used else None

    async def method(self, token: str, payer: Payer) -> SeenMethod:
        self._ask(f"method {token}")
        if token not in self.known:
            raise ProviderRefused("it knows no such token", "copy it from there")
        self.known[token] = replace(self.known[token], customer=payer.customer)
        self._reply()
        return self.known[token]

    async def detach(self, token: str) -> None:
        self._ask(f"detach {token}")
        self.detached.append(token)
        self._reply()

    def unfit(self, amount: Decimal, currency: str, method_type: str | None) -> str | None:
        return None

    async def charge(self, ask: Ask) -> Seen:
        raise NotImplementedError

    async def find(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen | None:
        raise NotImplementedError

    async def cancel(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen:
        raise NotImplementedError

    async def pay_link(self, ask: Ask, return_url: str) -> Seen:
        raise NotImplementedError

    async def refund(self, ask: RefundAsk) -> SeenRefund:
        raise NotImplementedError

    async def find_refund(self, ask: RefundAsk, provider_refund_id: str | None) -> SeenRefund | None:
        raise NotImplementedError

    async def fetch(self, event: Event) -> Found | None:
        return self.known.get(event.object_id or "")

    def listed(self, since: datetime) -> AsyncIterator[Listed]:
        raise NotImplementedError

    def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        raise NotImplementedError

    async def close(self) -> None: ...

    def _ask(self, words: str) -> None:
        self.asked.append(words)
        if self.away:
            raise self.away

    def _reply(self) -> None:
        if self.lost:
            self.lost -= 1
            raise ProviderUnclear("its reply was lost", "it is asked again")


def owned(user_id: UUID, token: str) -> SeenMethod:
    return SeenMethod(token, "card", "visa", "4242", 12, 2028, user_id=user_id)
