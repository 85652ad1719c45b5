"""Where payments are written while providers are asked: one short transaction at a time, requests beside each other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import psycopg

from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Charger, Provider
from shared.billing.side_by_side import side_by_side
from shared.billing.user_locks import lock_users
from shared.counted import counted
from shared.errors import ProviderStopped, ProviderUnclear, in_words
from shared.one_line import one_line
from shared.stores.refusals import is_lost

LEASE: Final = timedelta(minutes=15)
"""More than any request takes, with all time-outs."""
AT_ONCE: Final = 16
"""Requests to one provider."""
MOST_UNANSWERED: Final = 5
"""In a row; then nobody is there, and the rest waits for the next run."""

_MOST_TOLD: Final = 300

T = TypeVar("T")


@dataclass(slots=True)
class Till:
    """A connection in autocommit, the providers that are configured, and what the instant is while time passes.

    `stopped` says why a provider is asked no more, `notes` what else is to be said; `counts` is what came of it all.
    """

    connection: Connection
    providers: Mapping[str, Provider]
    chargers: Mapping[str, Charger]
    instant: Callable[[], datetime]
    counts: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _unanswered: Counter[str] = field(default_factory=Counter)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def transaction(self, user_id: UUID | None = None) -> AsyncIterator[Connection]:
        """The next one, with a user's row locked. No provider is asked within it."""
        async with self._turn, self.connection.transaction():
            if user_id is not None:
                await lock_users(self.connection, [user_id])
            yield self.connection

    async def each(self, provider: str, items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
        """The work for each item, several beside each other, until the provider stops."""
        waiting = iter(list(items))

        async def worker() -> None:
            for item in waiting:
                if provider in self.stopped:
                    return
                await self.guarded(provider, work(item))

        await side_by_side(worker() for _ in range(AT_ONCE))

    async def guarded(self, provider: str, work: Awaitable[None]) -> None:
        """What a provider's errors make of a run: it waits for the next one, and says why."""
        try:
            await work
            self._unanswered[provider] = 0
        except ProviderUnclear as error:
            self.counts["unclear"] += 1
            self._unanswered[provider] += 1
            if self._unanswered[provider] >= MOST_UNANSWERED:
                times = counted(MOST_UNANSWERED, "request")
                self.stopped.setdefault(provider, f"{provider}: the last {times} had no answer: {error.line}")
        except ProviderStopped as error:
            self.stopped.setdefault(provider, f"{provider}: {error.line}")
        except Exception as error:
            if isinstance(error, psycopg.Error) and is_lost(error):
                raise
            self.notes.append(f"{provider}: {one_line(in_words(error))[:_MOST_TOLD]}")
