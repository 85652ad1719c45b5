"""Usage records on their way to the database: kept on disk before the answer is sent, delivered off its path."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import anyio

from shared.accounts.delivery import Delivery, Write, may_pass, why
from shared.accounts.spool import Spool
from shared.model.account import UsageRecord

log = logging.getLogger(__name__)

READ, PROMPT, COMPLETE = "resources/read", "prompts/get", "completion/complete"
"""What calls that are no tools are called."""

GATHER_SECONDS = 1.0
"""How long the first record waits for others: one statement for all of them, and none beside the next call."""
PAUSE_SECONDS = 30.0
"""How long the database is left alone after it refused records."""
LOOK_SECONDS = 60.0
"""How often a server without calls looks for what others left."""
CLOSING_SECONDS = 0.5
"""How long the end of the process may wait for the last records; what is not delivered by then, others deliver."""
MINUTE_SECONDS, SECOND_SECONDS = 60.0, 1.0

Sum = tuple[UUID | None, str, datetime]


class UsageLog:
    """`add` keeps a record, `run` delivers what is kept, `close` comes before `spool.close`."""

    def __init__(self, spool: Spool, write: Write, gather_seconds: float = GATHER_SECONDS) -> None:
        self.spool = spool
        self.heard: Callable[[UsageRecord], None] | None = None
        """Told of every record, as it is made."""
        self._delivery = Delivery(spool, write)
        self._gather_seconds = gather_seconds
        self._sums: dict[Sum, UsageRecord] = {}
        self._trouble = ""
        self._look_seconds: float | None = None
        self._news = anyio.Event()
        self._closing = anyio.Event()
        self._ended = anyio.Event()

    def add(self, record: UsageRecord) -> None:
        """Completions become one record a minute for each caller, refusals one a second for each reason too.

        An attempt at a library that may not be read keeps its library.
        """
        if self.heard:
            self.heard(record)
        if record.refused_by and record.outcome == "refused":
            self._add_up(record, record.refused_by, SECOND_SECONDS, record.created_at.replace(microsecond=0))
        elif record.tool_name == COMPLETE:
            minute = record.created_at.replace(second=0, microsecond=0)
            kind = f"{record.outcome} {record.library_id}" if record.refused_by else record.outcome
            self._add_up(record, kind, MINUTE_SECONDS, minute)
        else:
            self._keep(record)

    def deliver(self) -> None:
        """The database is open: what waits may go there, also what others left."""
        self._look_seconds = LOOK_SECONDS
        self._news.set()

    async def run(self) -> None:
        """Deliver what comes, until `close`."""
        while True:
            with anyio.move_on_after(self._look_seconds):
                await self._news.wait()
            with anyio.move_on_after(self._gather_seconds):
                await self._closing.wait()
            self._news = anyio.Event()
            try:
                await self._delivery.deliver()
                self._trouble = ""
            except Exception as error:
                if not may_pass(error):
                    raise
                await self._pause(why(error))
            if self._closing.is_set():
                self._ended.set()
                return

    async def close(self) -> None:
        """Keep the last sums; let what is kept be delivered, for a bounded time."""
        for one in tuple(self._sums):
            self._end(one)
        self._closing.set()
        self._news.set()
        with anyio.move_on_after(CLOSING_SECONDS):
            await self._ended.wait()

    def _keep(self, record: UsageRecord) -> None:
        self.spool.append(record)
        self._news.set()

    def _add_up(self, record: UsageRecord, kind: str, seconds: float, begun: datetime) -> None:
        one = record.api_key_id, kind, begun
        if known := self._sums.get(one):
            self._sums[one] = _sum(known, record)
        else:
            self._sums[one] = record
            asyncio.get_running_loop().call_later(seconds, self._end, one)

    def _end(self, one: Sum) -> None:
        if record := self._sums.pop(one, None):
            self._keep(record)

    async def _pause(self, trouble: str) -> None:
        """Leave the database alone; the log names the same trouble once."""
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("usage waits on this disk for now: %s", trouble)
        self._news.set()
        if not self._closing.is_set():
            with anyio.move_on_after(PAUSE_SECONDS):
                await self._closing.wait()


def _sum(known: UsageRecord, more: UsageRecord) -> UsageRecord:
    return replace(
        known,
        repeats=known.repeats + more.repeats,
        tokens_returned=known.tokens_returned + more.tokens_returned,
        response_time_ms=known.response_time_ms + more.response_time_ms,
    )
