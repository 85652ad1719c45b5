"""The work of a crawl that is under way: so much at a time, as long as the host answers."""

import asyncio
from collections.abc import Coroutine

_TURNED_AWAY = 20
"""So many pages in a row without an answer, and the host is left alone."""
_BUSY = frozenset({None, 429, 503})
"""Statuses, or none, with which a host does not answer."""


class Schedule:
    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._broken: BaseException | None = None
        self._unanswered = 0

    @property
    def is_free(self) -> bool:
        """Whether more may be started."""
        return len(self._tasks) < self._at_once and not self.turned_away

    @property
    def is_idle(self) -> bool:
        return not self._tasks

    @property
    def turned_away(self) -> bool:
        """Whether the host stopped answering."""
        return self._unanswered >= _TURNED_AWAY

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def answered(self) -> None:
        """The host sent a page."""
        self._unanswered = 0

    def failed(self, status: int | None) -> None:
        """The host sent no page, but this status, if any."""
        self._unanswered = self._unanswered + 1 if status in _BUSY else 0

    def wake(self) -> None:
        """Something happened for which `change` waits."""
        self._changed.set()

    async def change(self) -> None:
        """Wait until some work has ended, or for `wake`."""
        self._changed.clear()
        await self._changed.wait()

    def check(self) -> None:
        """Raise what broke a piece of work: a mistake in the program."""
        if self._broken:
            raise self._broken

    async def close(self) -> None:
        """End all that is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._broken = self._broken or task.exception()
        self._changed.set()
