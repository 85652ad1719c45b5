"""The port over a Unix socket, and how it loses: requests that never arrive, replies that never come back.

What is lost follows from a seed, what was asked, and how often: not from the order of requests.
"""

import asyncio
import pickle
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from bench.payments.acquirer import KEY_LASTS
from bench.payments.chance import chance
from shared.billing.money import plain
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
    Transfer,
)
from shared.errors import ProviderError, ProviderRefused, ProviderStopped, ProviderUnclear

_LENGTH: Final = struct.Struct(">I")


@dataclass(slots=True)
class Losses:
    """`away` is why nobody is served; `kill` ends the process that asks, at its request of number `kill_at`."""

    seed: object
    requests: float = 0.05
    replies: float = 0.05
    away: str | None = None
    kill: Callable[[], None] | None = None
    kill_at: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)
    _since: int = 0

    def begin(self, kill: Callable[[], None] | None = None, kill_at: int | None = None) -> None:
        self.kill, self.kill_at, self._since = kill, kill_at, 0

    def fate(self, about: str) -> float:
        self._seen[about] += 1
        self.counts["requests"] += 1
        return chance(self.seed, "lost", about, self._seen[about])

    def is_last(self) -> bool:
        """Whether the process that asks is killed now."""
        self._since += 1
        if self.kill is None or self._since != self.kill_at:
            return False
        self.kill()
        return True


async def serve(provider: Any, losses: Losses, path: str) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, given = pickle.loads(await _read(reader))
            reply = _answered(provider, losses, method, given)
            if reply is not None:
                writer.write(_packed(reply))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return await asyncio.start_unix_server(answer, path)


def _answered(provider: Any, losses: Losses, method: str, given: tuple[Any, ...]) -> Any:
    drawn = losses.fate(f"{method}/{_about(given)}")
    if losses.away:
        return "stopped", losses.away
    kills = losses.is_last()
    if drawn < losses.requests or (kills and drawn < 0.5):
        losses.counts["lost requests"] += 1
        return None
    try:
        reply = "done", getattr(provider, method)(*given)
    except ProviderRefused as error:
        reply = "refused", error.line
    if drawn > 1 - losses.replies or kills:
        losses.counts["lost replies"] += 1
        return None
    return reply


def _about(given: tuple[Any, ...]) -> object:
    """What a request is about, in words that are the same whenever the simulation is."""
    first = given[0] if given else ""
    if isinstance(first, Ask):
        return first.number
    if isinstance(first, Payer):
        return first.user_id
    if isinstance(first, RefundAsk):
        return first.amount
    return "" if isinstance(first, Event) else first


async def _read(reader: asyncio.StreamReader) -> bytes:
    [length] = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return await reader.readexactly(length)


def _packed(value: Any) -> bytes:
    body = pickle.dumps(value)
    return _LENGTH.pack(len(body)) + body


class Remote:
    """The port, asked over the socket: a card acquirer, or a bank that tells what came."""

    key_lasts = KEY_LASTS - timedelta(hours=1)

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self._path = path

    async def _ask(self, method: str, *given: Any) -> Any:
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
            try:
                writer.write(_packed((method, given)))
                kind, value = pickle.loads(await _read(reader))
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ProviderUnclear("it gave no answer", "the next run asks again") from error
        errors: dict[str, type[ProviderError]] = {"stopped": ProviderStopped, "refused": ProviderRefused}
        if kind in errors:
            raise errors[kind](value)
        return value

    async def fetch(self, event: Event) -> Found | None:
        found: Found | None = await self._ask("fetch", event)
        return found

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        for one in await self._ask("listed", since):
            yield one

    async def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        for one in await self._ask("balance", since):
            yield one

    async def received(self, since: datetime) -> AsyncIterator[Transfer]:
        for one in await self._ask("received", since):
            yield one

    async def close(self) -> None:
        pass

    def unfit(self, amount: Decimal, currency: str, method_type: str | None) -> str | None:
        least = Decimal(50 if currency == "JPY" else "0.5")
        if amount < least:
            return f"it takes {plain(least, currency)} {currency} or more"
        return "debits are in EUR" if method_type == "sepa" and currency != "EUR" else None

    async def customer(self, payer: Payer, key: str) -> str:
        return str(await self._ask("customer", payer, key))

    async def charge(self, ask: Ask) -> Seen:
        seen: Seen = await self._ask("charge", ask)
        return seen

    async def find(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen | None:
        seen: Seen | None = await self._ask("find", ask, transaction_id, link_id)
        return seen

    async def cancel(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen:
        seen: Seen = await self._ask("cancel", ask, transaction_id, link_id)
        return seen

    async def pay_link(self, ask: Ask, return_url: str) -> Seen:
        seen: Seen = await self._ask("pay_link", ask, return_url)
        return seen

    async def method_link(self, payer: Payer, key: str, return_url: str) -> Link:
        link: Link = await self._ask("method_link", payer, key, return_url)
        return link

    async def linked(self, link_id: str) -> SeenMethod | None:
        method: SeenMethod | None = await self._ask("linked", link_id)
        return method

    async def method(self, token: str, payer: Payer) -> SeenMethod:
        method: SeenMethod = await self._ask("method", token, payer)
        return method

    async def detach(self, token: str) -> None:
        await self._ask("detach", token)

    async def refund(self, ask: RefundAsk) -> SeenRefund:
        refund: SeenRefund = await self._ask("refund", ask)
        return refund

    async def find_refund(self, ask: RefundAsk, provider_refund_id: str | None) -> SeenRefund | None:
        refund: SeenRefund | None = await self._ask("find_refund", ask, provider_refund_id)
        return refund
