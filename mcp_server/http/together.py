"""Questions that wait for each other, so that one statement answers all that came within a second."""

import asyncio
from collections.abc import Awaitable, Callable

SECONDS = 1.0

Ask = Callable[[frozenset[str]], Awaitable[frozenset[str]]]


class Together:
    """Of one process."""

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._answer: asyncio.Task[frozenset[str]] | None = None

    async def has(self, one: str, ask: Ask) -> bool:
        """Whether `one` is among those that `ask` finds. Raises what `ask` raises."""
        self._waiting.add(one)
        if self._answer is None:
            self._answer = asyncio.create_task(self._asked(ask))
        return one in await asyncio.shield(self._answer)

    async def _asked(self, ask: Ask) -> frozenset[str]:
        await asyncio.sleep(SECONDS)
        waiting, self._waiting, self._answer = self._waiting, set(), None
        return await ask(frozenset(waiting))
