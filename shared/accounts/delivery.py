"""From the spool into the database, in batches: each row once, by its id, and a bad one holds up no other."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import anyio

from shared.accounts import spooled
from shared.accounts.spool import SET_ASIDE, Batch, Spool, SpoolFile
from shared.errors import LecternError, ValueRefused
from shared.model.account import UsageRecord

log = logging.getLogger(__name__)

WRITE_SECONDS = 30.0
"""How long a statement may take. A record that is written again is the same row."""

Write = Callable[[Sequence[UsageRecord]], Awaitable[object]]
"""Takes all of a batch or raises: ValueRefused where a record of it will never be taken."""


class Delivery:
    """Errors: what may pass, such as DatabaseUnavailable and TimeoutError. What waits then waits on."""

    def __init__(self, spool: Spool, write: Write) -> None:
        self._spool = spool
        self._write = write
        self._newer: set[str] = set()

    async def deliver(self) -> None:
        """All that this process appended, and all that others left."""
        if own := self._spool.own:
            await self._all_of(own)
        for orphan in self._spool.orphans():
            try:
                await self._all_of(orphan)
                orphan.remove()
            except spooled.Newer:
                self._tell_newer(orphan)
            finally:
                orphan.release()

    async def _all_of(self, file: SpoolFile) -> None:
        while batch := file.read():
            unread = [(f"a line of {file.path.name}", one.line, one.why) for one in batch.unread]
            for name, line, reason in [*unread, *await self._written(batch)]:
                log.error(
                    "usage record %s is set aside in %s: %s", name, self._spool.place / SET_ASIDE, reason
                )
                self._spool.set_aside(line, reason)
            file.delivered(batch)

    async def _written(self, batch: Batch) -> list[tuple[str, bytes, str]]:
        """Name, line and reason of each record that the database will never take; all others are rows now."""
        parts = [batch.records] if batch.records else []
        refused: list[tuple[str, bytes, str]] = []
        while parts:
            part = parts.pop()
            try:
                with anyio.fail_after(WRITE_SECONDS):
                    await self._write(part)
            except Exception as error:
                if may_pass(error):
                    raise
                if len(part) == 1:
                    refused.append((str(part[0].id), spooled.line(part[0]), why(error)))
                else:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
        return refused

    def _tell_newer(self, file: SpoolFile) -> None:
        if file.path.name not in self._newer:
            self._newer.add(file.path.name)
            log.warning("%s is of a newer Lectern: upgrade this one to deliver it", file.path)


def may_pass(error: Exception) -> bool:
    """Whether it is the database's trouble, not that of a record."""
    return isinstance(error, LecternError | OSError) and not isinstance(error, ValueRefused)


def why(error: Exception) -> str:
    """Without the words of an error that is not ours: they may hold a question."""
    if isinstance(error, TimeoutError):
        return f"the database took longer than {WRITE_SECONDS:g} s"
    return error.line if isinstance(error, LecternError) else type(error).__name__
