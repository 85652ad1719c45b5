"""A finished generation becomes the one that is served; an index is rebuilt beside the one that is served."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from uuid import UUID

import numpy as np

from shared.bm25 import CorpusStatistics, document_vector, measure
from shared.catalogue.generations import Generations
from shared.catalogue.store import Catalogue
from shared.model.library import NewGeneration
from shared.stores.postgres import Row
from shared.stores.vectors.port import IndexSpec, Point, VectorStore


async def build_index(generations: Generations, vectors: VectorStore, spec: IndexSpec) -> None:
    """Index every chunk of a generation; its vectors are all in PostgreSQL. Nothing is served yet."""
    loop = asyncio.get_running_loop()
    texts = generations.texts(spec.generation)
    statistics = await asyncio.to_thread(lambda: measure(_drawn(texts, loop)))
    await vectors.build(spec, _points(generations, spec.generation, statistics))


async def publish(
    catalogue: Catalogue,
    generations: Generations,
    vectors: VectorStore,
    new: NewGeneration,
    *,
    pages: int,
    digest: bytes,
) -> None:
    """Serve a generation whose index stands, then drop the one before the previous."""
    for retired in await generations.publish(new, pages=pages, digest=digest):
        await vectors.drop(retired)
    await catalogue.refresh_popularity()
    await generations.tidy()


async def _points(
    generations: Generations, generation: UUID, statistics: CorpusStatistics
) -> AsyncIterator[Sequence[Point]]:
    async for rows in generations.points(generation):
        yield await asyncio.to_thread(lambda found: [_point(row, statistics) for row in found], rows)


def _point(row: Row, statistics: CorpusStatistics) -> Point:
    return Point(
        id=row["id"],
        dense=np.frombuffer(row["vector"], dtype="<f4").tolist(),
        sparse=document_vector(row["embedded_text"], statistics),
        content_type=row["content_type"],
        source_url=row["source_url"],
        chunk_text=row["content"],
    )


def _drawn(pages: AsyncIterator[list[str]], loop: asyncio.AbstractEventLoop) -> Iterator[str]:
    """For a worker thread: the texts of pages that the event loop reads, a page in memory at a time."""

    async def following() -> list[str] | None:
        return await anext(pages, None)

    while (page := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
        yield from page
