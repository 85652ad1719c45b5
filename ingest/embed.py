"""Worker processes for what takes processor time: texts -> vectors, and any other plain function."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel
from shared.errors import WorkerLost

P = ParamSpec("P")
R = TypeVar("R")

_TEXTS_A_TASK = 16
"""So many that handing them over costs nothing, so few that all workers end at about the same time."""


class EmbeddingPool:
    """Workers that take tasks in turn. One that is killed breaks the pool: WorkerLost, then and ever after."""

    def __init__(self, model: EmbeddingModel, executor: ProcessPoolExecutor) -> None:
        self.model = model
        self._executor = executor

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension), in the order of the texts.

        Give it hundreds at once: the texts of one call are spread over the workers, longest first.
        """
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        tasks = [order[start : start + _TEXTS_A_TASK] for start in range(0, len(order), _TEXTS_A_TASK)]
        done = await asyncio.gather(*(self.run(_embed, [texts[i] for i in task]) for task in tasks))
        vectors = np.empty((len(texts), self.model.dimension), np.float32)
        for task, found in zip(tasks, done, strict=True):
            vectors[task] = found
        return vectors

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a picklable plain function in one of the workers; its exceptions pass through."""
        try:
            with _interrupts_held_back():  # a call may start a worker
                future = self._executor.submit(function, *args, **kwargs)
        except (BrokenProcessPool, OSError) as error:
            raise _worker_lost() from error
        try:
            return await asyncio.wrap_future(future)
        except BrokenProcessPool as error:
            raise _worker_lost() from error


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A process that starts meanwhile never hears of Ctrl-C, not even while it imports: it is ours to handle."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _worker_lost() -> WorkerLost:
    return WorkerLost(
        "a worker process was killed or could not start, most likely for want of memory",
        "free some and run the same command again: it goes on where it stopped",
    )


@asynccontextmanager
async def embedding_pool(model: EmbeddingModel, workers: int | None = None) -> AsyncIterator[EmbeddingPool]:
    """Workers of one thread each, by default one a processor: faster than fewer with more threads.

    They start with the first tasks, and end at once when the pool is left or this process dies in any way.
    """
    context = get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(
        workers or _processors(), mp_context=context, initializer=_start, initargs=(model, reader)
    )
    try:
        yield EmbeddingPool(model, executor)
    finally:
        writer.close()
        await asyncio.to_thread(executor.shutdown, cancel_futures=True)
        reader.close()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# What follows runs in a worker.

_model: EmbeddingModel
_embedder: Embedder | None = None


def _start(model: EmbeddingModel, lifeline: Connection) -> None:
    global _model
    _model = model
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if hasattr(os, "nice"):
        os.nice(5)  # whoever asks on this machine meanwhile is answered first
    threading.Thread(target=_die_with, args=(lifeline,), daemon=True).start()


def _die_with(lifeline: Connection) -> None:
    """Nothing is ever sent: the other end closes when the pool is left, or with the process that held it."""
    lifeline.poll(None)
    os._exit(0)


def _embed(texts: list[str]) -> NDArray[np.float32]:
    global _embedder
    if _embedder is None:
        _embedder = Embedder(_model, threads=1)
    return _embedder.passages(texts)
