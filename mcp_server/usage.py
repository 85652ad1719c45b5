"""Usage records on their way to the database: no answer waits for them, and none fails with them."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import anyio

from shared.counted import counted
from shared.errors import LecternError, ValueRefused
from shared.model.account import UsageRecord

log = logging.getLogger(__name__)

READ, PROMPT, COMPLETE = "resources/read", "prompts/get", "completion/complete"
"""What calls that are no tools are called."""

MOST_WAITING = 10_000
"""Records in memory, those that are being written too; the oldest are given up beyond that."""
MOST_AT_ONCE = 1_000
"""Records in one statement."""
GATHER_SECONDS = 1.0
"""How long the first record waits for others: one statement for all of them, and none beside the next call."""
SUM_SECONDS = 60.0
"""How long completions are summed, of which an editor asks for one a keystroke."""
WRITE_SECONDS = 30.0
"""How long a statement may take. A record that is written again is the same row."""
PAUSE_SECONDS = 30.0
"""How long the database is left alone after it refused records."""
CLOSING_SECONDS = 0.5
"""How long the end of the process may wait for the last records."""

Minute = tuple[UUID | None, str, datetime]


class UsageLog:
    """Records, kept in memory until `run` has written them in batches with `write`.

    `write` takes all of a batch or raises: ValueRefused where a record of it will never be taken.
    """

    def __init__(
        self,
        write: Callable[[Sequence[UsageRecord]], Awaitable[object]],
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._write = write
        self._gather_seconds = gather_seconds
        self._waiting: deque[UsageRecord] = deque()
        self._in_hand: list[UsageRecord] = []
        self._sums: dict[Minute, UsageRecord] = {}
        self._given_up = 0
        self._trouble = ""
        self._news = anyio.Event()
        self._closing = anyio.Event()
        self._written = anyio.Event()

    def __len__(self) -> int:
        """How many records wait, or are being written."""
        return len(self._waiting) + len(self._in_hand)

    def add(self, record: UsageRecord) -> None:
        """Completions become one record a minute for each caller, all else is written as it comes."""
        if record.tool_name != COMPLETE:
            self._wait(record)
            return
        minute = record.api_key_id, record.tool_name, record.created_at.replace(second=0, microsecond=0)
        if known := self._sums.get(minute):
            self._sums[minute] = _sum(known, record)
        else:
            self._sums[minute] = record
            asyncio.get_running_loop().call_later(SUM_SECONDS, self._end_minute, minute)

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
        for minute in tuple(self._sums):
            self._end_minute(minute)
        self._closing.set()
        self._news.set()
        with anyio.move_on_after(CLOSING_SECONDS):
            await self._written.wait()
        if len(self):
            log.warning("%s could not be written before the end", counted(len(self), "usage record"))

    def _wait(self, record: UsageRecord) -> None:
        if len(self) >= MOST_WAITING:
            self._waiting.popleft()
            self._given_up += 1
        self._waiting.append(record)
        self._news.set()

    def _end_minute(self, minute: Minute) -> None:
        if record := self._sums.pop(minute, None):
            self._wait(record)

    async def _write_batch(self) -> bool:
        """Write the oldest records, without those that can never be. False where the process ends first."""
        self._in_hand = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        parts = [self._in_hand]
        while parts:
            part = parts.pop()
            try:
                with anyio.fail_after(WRITE_SECONDS):
                    await self._write(part)
            except (
                Exception
            ) as error:  # whatever it is, the server goes on, and the other records are written
                if _may_pass(error):
                    self._in_hand = []
                    self._waiting.extendleft(record for one in (*parts, part) for record in reversed(one))
                    return await self._pause(error)
                if len(part) == 1:
                    log.error("usage record %s is set aside: %s", part[0].id, _why(error))
                else:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
        self._in_hand = []
        self._recovered()
        return True

    async def _pause(self, error: Exception) -> bool:
        """Leave the database alone; the log names the same trouble once. False where the process ends."""
        if _why(error) != self._trouble:
            self._trouble = _why(error)
            log.warning("usage is not recorded for now: %s", self._trouble)
        if self._closing.is_set():
            return False
        with anyio.move_on_after(PAUSE_SECONDS):
            await self._closing.wait()
        return True

    def _recovered(self) -> None:
        if self._given_up:
            log.warning("%s given up: too many waited", counted(self._given_up, "usage record"))
        self._given_up, self._trouble = 0, ""


def _sum(known: UsageRecord, more: UsageRecord) -> UsageRecord:
    return replace(
        known,
        repeats=known.repeats + more.repeats,
        tokens_returned=known.tokens_returned + more.tokens_returned,
        response_time_ms=known.response_time_ms + more.response_time_ms,
    )


def _may_pass(error: Exception) -> bool:
    """Whether it is the database's trouble, not that of a record."""
    return isinstance(error, LecternError | OSError) and not isinstance(error, ValueRefused)


def _why(error: Exception) -> str:
    """Without the words of an error that is not ours: they may hold a question."""
    if isinstance(error, TimeoutError):
        return f"the database took longer than {WRITE_SECONDS:g} s"
    return error.line if isinstance(error, LecternError) else type(error).__name__
