"""Texts become vectors, in worker processes with one thread of the model each."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ingest.workers.crew import Crew, open_crew
from ingest.workers.limits import Limits
from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel

_TEXTS_A_TASK = 16
"""So many that handing them over costs nothing, so few that all workers end at about the same time."""


class EmbeddingPool:
    def __init__(self, model: EmbeddingModel, crew: Crew) -> None:
        self.model = model
        self._crew = crew

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension), in the order of the texts.

        Give it hundreds at once: the texts of one call are spread over the workers, longest first. Raises
        TaskFailed, when all others are done, if a text ends its worker.
        """
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        tasks = [order[start : start + _TEXTS_A_TASK] for start in range(0, len(order), _TEXTS_A_TASK)]
        work = (self._crew.run(_embed, [texts[i] for i in task]) for task in tasks)
        done = await asyncio.gather(*work, return_exceptions=True)
        vectors = np.empty((len(texts), self.model.dimension), np.float32)
        for task, found in zip(tasks, done, strict=True):
            if isinstance(found, BaseException):
                raise found
            vectors[task] = found
        return vectors


@asynccontextmanager
async def embedding_pool(
    model: EmbeddingModel, seconds: float, workers: int | None = None
) -> AsyncIterator[EmbeddingPool]:
    """Workers of one thread each, by default one a processor: faster than fewer with more threads.

    A task of at most a few texts may take `seconds` of processor time, beside loading the model.
    """
    async with open_crew(workers, limits=Limits(seconds), prepare=partial(_load, model)) as crew:
        yield EmbeddingPool(model, crew)


# What follows runs in a worker.

_embedder: Embedder


def _load(model: EmbeddingModel) -> None:
    global _embedder
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    _embedder = Embedder(model, threads=1)
    _embedder.passages(["warm"])  # what reads passages is loaded with the first


def _embed(texts: list[str]) -> NDArray[np.float32]:
    return _embedder.passages(texts)
