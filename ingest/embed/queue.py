"""Every chunk of a generation gets its vector, while chunks are still being written."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ingest.embed.pool import EmbeddingPool
from shared.catalogue.generations import Generations, Unembedded
from shared.errors import TaskFailed

EMBED_AT_ONCE = 256
"""Chunks sorted by length together."""


class VectorQueue:
    """Chunks are known by their numbers: 0 to `chunks`, without gaps but for pages that were lost.

    `told()` is called after every batch. `lost(url, reason)` drops the chunks of a page that ends the model's
    workers.
    """

    def __init__(
        self,
        generations: Generations,
        pool: EmbeddingPool,
        generation: UUID,
        chunks: int,
        *,
        told: Callable[[], None],
        lost: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self.chunks = chunks
        """Written so far."""
        self.embedded = 0
        """Of these, those that have their vector."""
        self.computed = 0
        """Vectors that the model made; the others were there."""
        self.complete = False
        """Whether no page comes any more."""
        self._generations = generations
        self._pool = pool
        self._generation = generation
        self._told = told
        self._lost = lost
        self._ended = False
        self._grown = asyncio.Event()
        self._idle = asyncio.Event()

    def grow(self, chunks: int) -> None:
        """So many more chunks are written."""
        self.chunks += chunks
        self._idle.clear()
        self._grown.set()

    async def run(self) -> None:
        """Embed what comes, in the order in which it is written, until `end`."""
        while not self._ended:
            if self.embedded < self.chunks:
                await self._next()
            else:
                self._idle.set()
                self._grown.clear()
                await self._grown.wait()

    async def caught_up(self) -> None:
        """Wait until every chunk that is written has its vector."""
        if self.embedded < self.chunks:
            self._idle.clear()
        await self._idle.wait()

    def end(self) -> None:
        self._ended = True
        self._grown.set()

    async def _next(self) -> None:
        last = min(self.chunks, self.embedded + EMBED_AT_ONCE)
        done = await embed_missing(self._generations, self._pool, self._generation, self.embedded, last - 1)
        self.computed += done.computed
        for url, reason in done.failed.items():
            await self._lost(url, reason)
        if not done.failed:  # else others with the same text are still there
            self.embedded = last
        self._told()


@dataclass(frozen=True, slots=True)
class Embedded:
    computed: int
    failed: Mapping[str, str] = field(default_factory=dict)
    """Why, by the URL of the page whose texts end the model's workers."""


async def embed_missing(
    generations: Generations, pool: EmbeddingPool, generation: UUID, first: int, last: int
) -> Embedded:
    """Embed what of the chunks `first` to `last` was never embedded, a page at a time where they end a worker."""
    missing = await generations.missing(generation, first, last)
    try:
        return Embedded(await _embed(generations, pool, missing))
    except TaskFailed:
        pages = defaultdict[str, list[Unembedded]](list)
        for one in missing:
            pages[one.page].append(one)
    computed, failed = 0, {}
    for url, texts in pages.items():
        try:
            computed += await _embed(generations, pool, texts)
        except TaskFailed as error:
            failed[url] = error.reason
    return Embedded(computed, failed)


async def _embed(generations: Generations, pool: EmbeddingPool, missing: Sequence[Unembedded]) -> int:
    if missing:
        vectors = await pool.embed([one.text for one in missing])
        await generations.put_embeddings([one.key for one in missing], vectors)
    return len(missing)
