"""Workers of one kind that take tasks in turn; one that dies costs its task and is replaced."""

import asyncio
import os
import queue
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from functools import partial
from multiprocessing import Pipe
from typing import Any, ParamSpec, TypeVar

from ingest.workers.child import Start, Task
from ingest.workers.limits import Limits
from ingest.workers.process import Stopped, Worker
from shared.errors import WorkerLost

P = ParamSpec("P")
R = TypeVar("R")

_Waiting = tuple[Task, "Future[Any]"]
_STARTS = 3
"""Failed starts of a worker until the crew gives up."""
_LINGER = 5.0
"""Seconds that the end of a killed process may take."""


class Crew:
    """Every worker has a thread of its own here, which starts it, and lives as long as the crew: with it the kernel
    ends the worker."""

    def __init__(self, workers: int, start: Start) -> None:
        self.workers = workers
        self._start = start
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._stop, self._stopper = Pipe(duplex=False)
        self._threads: list[threading.Thread] = []
        self._unfinished = 0
        self._open = True

    async def run(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a picklable plain function, called in one of the workers.

        Its LecternErrors pass through. Raises TaskFailed where it ends its worker, exceeds a limit or raises
        anything else, and WorkerLost where no process starts.
        """
        if not self._open:
            raise _closed()
        future: Future[R] = Future()
        self._waiting.put((partial(function, *args, **kwargs), future))
        self._unfinished += 1
        if len(self._threads) < min(self._unfinished, self.workers):
            self._engage()
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._unfinished -= 1

    def _engage(self) -> None:
        thread = threading.Thread(target=self._work, name="worker", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """End every worker now. Returns at once; `ended` waits until they are gone."""
        self._open = False
        self._stopper.close()
        for _ in self._threads:
            self._waiting.put(None)

    def ended(self) -> None:
        for thread in self._threads:
            thread.join(_LINGER)
        self._stop.close()

    def _work(self) -> None:
        worker: Worker | None = None
        with suppress(Exception):  # a task that needs it hears why there is none
            worker = self._worker()  # before any task is taken, which another worker may do meanwhile
        while waiting := self._waiting.get():
            task, future = waiting
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if not self._open:
                    raise Stopped
                worker = worker or self._worker()
                future.set_result(worker.do(task))
            except Stopped:
                future.set_exception(_closed())
            except Exception as error:
                future.set_exception(error)
            worker = worker if worker and worker.alive else None
        if worker:
            worker.end()

    def _worker(self) -> Worker:
        """A prepared worker. One that dies meanwhile is no verdict: the next one may live."""
        for _ in range(_STARTS - 1):
            with suppress(WorkerLost):
                return Worker(self._start, self._stop)
        return Worker(self._start, self._stop)


@asynccontextmanager
async def open_crew(
    workers: int | None = None, *, limits: Limits, prepare: Callable[[], object] | None = None
) -> AsyncIterator[Crew]:
    """Workers, by default one a processor; they start with the first tasks and are gone when the block is left.

    `prepare` is a picklable function that each of them calls before its first task, outside the limits.
    """
    crew = Crew(workers or processors(), Start(prepare, limits))
    try:
        yield crew
    finally:
        crew.close()
        await asyncio.shield(asyncio.to_thread(crew.ended))


def _closed() -> WorkerLost:
    return WorkerLost("the workers have ended", "run the same command again: it resumes where it stopped")


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
