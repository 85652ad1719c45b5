"""Every chunk of a generation gets its vector, while chunks are still being written."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from ingest.embed import EmbeddingPool
from shared.catalogue.generations import Generations

EMBED_AT_ONCE = 256
"""Chunks sorted by length together; few enough that the workers extract pages in between."""


class VectorQueue:
    """Chunks are known by their numbers: 0 to `chunks`, without gaps. `told()` is called after every batch."""

    def __init__(
        self,
        generations: Generations,
        pool: EmbeddingPool,
        generation: UUID,
        chunks: int,
        told: Callable[[], None],
    ) -> None:
        self.chunks = chunks
        """Written so far."""
        self.embedded = 0
        """Of these, those that have their vector."""
        self.computed = 0
        """Vectors that the model made; the others were there."""
        self.complete = False
        self._generations = generations
        self._pool = pool
        self._generation = generation
        self._told = told
        self._grown = asyncio.Event()
        self._caught_up = asyncio.Event()

    def grow(self, chunks: int) -> None:
        """So many more chunks are written."""
        self.chunks += chunks
        self._grown.set()

    async def run(self) -> None:
        """Embed what comes, in the order in which it is written, until `finish`."""
        while True:
            if self.embedded < self.chunks:
                last = min(self.chunks, self.embedded + EMBED_AT_ONCE)
                self.computed += await embed_missing(
                    self._generations, self._pool, self._generation, self.embedded, last - 1
                )
                self.embedded = last
                self._told()
            elif self.complete:
                return self._caught_up.set()
            else:
                self._grown.clear()
                await self._grown.wait()

    async def finish(self) -> None:
        """No chunk comes any more: wait until every one has its vector."""
        self.complete = True
        self._grown.set()
        await self._caught_up.wait()


async def embed_missing(
    generations: Generations, pool: EmbeddingPool, generation: UUID, first: int, last: int
) -> int:
    """Embed what of the chunks `first` to `last` was never embedded; returns how many texts that were."""
    missing = await generations.missing(generation, first, last)
    if missing:
        vectors = await pool.embed([text for _, text in missing])
        await generations.put_embeddings([key for key, _ in missing], vectors)
    return len(missing)
