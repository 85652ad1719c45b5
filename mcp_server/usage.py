"""Usage records on their way to the database: no answer waits for them, and none fails with them."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import anyio

from shared.errors import LecternError
from shared.model.account import UsageRecord

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Records kept while the database does not answer; the oldest are given up beyond that."""
GATHER_SECONDS = 1.0
"""How long the first record waits for others: one statement for all of them, and none beside the next call."""
PAUSE_SECONDS = 30.0
"""How long the database is left alone after it refused records."""
CLOSING_SECONDS = 0.5
"""How long the end of the process may wait for the last records."""


class UsageLog:
    """Records, kept in memory until `run` has written them in batches with `write`."""

    def __init__(
        self,
        write: Callable[[Sequence[UsageRecord]], Awaitable[None]],
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._write = write
        self._gather_seconds = gather_seconds
        self._waiting: list[UsageRecord] = []
        self._news = anyio.Event()
        self._closing = anyio.Event()
        self._written = anyio.Event()

    def __len__(self) -> int:
        """How many records wait."""
        return len(self._waiting)

    def add(self, record: UsageRecord) -> None:
        self._waiting.append(record)
        self._news.set()

    async def run(self) -> None:
        """Write what comes, until `close`."""
        while True:
            await self._news.wait()
            with anyio.move_on_after(self._gather_seconds):
                await self._closing.wait()
            self._news = anyio.Event()
            while self._waiting and await self._write_batch():
                pass
            if self._closing.is_set():
                self._written.set()
                return

    async def close(self) -> None:
        """Let the last records be written, for a bounded time."""
        self._closing.set()
        self._news.set()
        with anyio.move_on_after(CLOSING_SECONDS):
            await self._written.wait()

    async def _write_batch(self) -> bool:
        batch, self._waiting = self._waiting, []
        try:
            await self._write(batch)
        except LecternError as error:
            self._waiting = (batch + self._waiting)[-MOST_WAITING:]
            log.warning("usage is not recorded for now: %s", error.line)
            with anyio.move_on_after(PAUSE_SECONDS):
                await self._closing.wait()
            return not self._closing.is_set()
        except Exception:  # records that no database will ever take must not end the server
            log.exception("%d usage records are lost", len(batch))
        return True
