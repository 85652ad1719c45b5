"""A finished generation becomes the one that is served; an index is rebuilt beside the one that is served."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date
from uuid import UUID

import numpy as np

from ingest.generation.copies import Said, copies, said
from shared.accounts.usage import Usage
from shared.bm25 import CorpusStatistics, Passage, document_vector, measure
from shared.catalogue.generations import Also, Generations, Made
from shared.catalogue.rows import symbols
from shared.errors import IndexMissing, StoreError
from shared.model.library import NewGeneration
from shared.stores.postgres import Row
from shared.stores.vectors.port import IndexRef, Point, VectorStore

log = logging.getLogger(__name__)


async def build_index(generations: Generations, vectors: VectorStore, index: IndexRef) -> None:
    """Index every chunk of a generation, and note which of them say the same. Nothing is served yet.

    Raises IndexMissing if a chunk has no vector in PostgreSQL, and what the vector store raises.
    """
    await generations.put_copies(index.generation, await _copies(generations, index.generation))
    await vectors.build(index, _points(generations, index.generation))


async def publish(
    usage: Usage,
    generations: Generations,
    vectors: VectorStore,
    new: NewGeneration,
    made: Made,
    *,
    latest: str | None = None,
    released: date | None = None,
    also: Also | None = None,
) -> None:
    """Serve a generation whose index stands; `also` is done in the same transaction.

    Then the one before the previous is dropped. It is served by then: what fails from here on is logged, and
    repaired by the next run.
    """
    retired = await generations.publish(new, made, latest=latest, released=released, also=also)
    try:
        for index in retired:
            await vectors.drop(index)
        await usage.refresh_popularity()
        await generations.tidy()
    except StoreError as error:
        log.warning("published, but not everything old could be removed: %s", error.line)


async def _copies(generations: Generations, generation: UUID) -> dict[UUID, UUID]:
    """Read twice, so that in memory is only what several passages may say."""
    times = Counter[bytes]()
    async for page in generations.passages(generation):
        found = await asyncio.to_thread(lambda rows: [_said(row)[:2] for row in rows], page)
        times.update(digest for digests in found for digest in digests)
    several: list[tuple[UUID, Said]] = []
    if any(count > 1 for count in times.values()):
        async for page in generations.passages(generation):
            read = await asyncio.to_thread(lambda rows: [(row["id"], _said(row)) for row in rows], page)
            several += [one for one in read if max(times[one[1].text], times[one[1].exact]) > 1]
    return await asyncio.to_thread(copies, several)


def _said(row: Row) -> Said:
    about = row["metadata"]
    section = about.get("section", ())
    return said(row["content"], section[-1] if len(section) > 1 else "", symbols(about))


async def _points(generations: Generations, generation: UUID) -> AsyncIterator[Sequence[Point]]:
    """The corpus is measured here, so that the index's writer starts meanwhile."""
    loop = asyncio.get_running_loop()
    texts = generations.texts(generation)
    statistics = await asyncio.to_thread(lambda: measure(_drawn(texts, loop)))
    async for rows in generations.points(generation):
        if any(row["vector"] is None for row in rows):
            raise IndexMissing("some chunks have no vector any more", "run the same command again")
        yield await asyncio.to_thread(lambda found: [_point(row, statistics) for row in found], rows)


def _point(row: Row, statistics: CorpusStatistics) -> Point:
    return Point(
        id=row["id"],
        dense=np.frombuffer(row["vector"], dtype="<f4").tolist(),
        sparse=document_vector(_passage(row), statistics),
        content_type=row["content_type"],
        source_url=row["source_url"],
        chunk_text=row["content"],
    )


def _passage(row: Row) -> Passage:
    about = row["metadata"]
    return Passage(row["embedded_text"], tuple(about.get("section", ())), symbols(about))


def _drawn(pages: AsyncIterator[list[Row]], loop: asyncio.AbstractEventLoop) -> Iterator[Passage]:
    """For a worker thread: the passages of rows that the event loop reads, a page of them in memory at a time."""

    async def following() -> list[Row] | None:
        return await anext(pages, None)

    while (page := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
        yield from map(_passage, page)
