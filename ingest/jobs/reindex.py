"""Vectors and index of a library rebuilt from PostgreSQL, beside what is served, and then served instead."""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.embed.pool import EmbeddingPool, embedding_pool
from ingest.embed.queue import EMBED_AT_ONCE, embed_missing
from ingest.generation.draft import new_generation
from ingest.generation.publish import build_index
from shared.catalogue.generations import Generations
from shared.catalogue.locks import StillLocked, library_lock
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import TaskFailed
from shared.model.document import embedding_key
from shared.model.library import Generation
from shared.settings import IngestSettings
from shared.stores.open import Stores
from shared.stores.vectors.port import VectorStore, index_of

_RECRAWL = "raise LECTERN_EMBEDDING_SECONDS, or crawl it anew: a crawl leaves such a page out"

Show = Callable[[str, int, int], None]
"""Told the library and version, and how many of its chunks have their vectors, of how many."""


@dataclass(frozen=True, slots=True)
class Reindexed:
    version: str
    chunks: int
    embedded: int
    """Vectors that the model made; the others were there."""


async def reindex_library(
    stores: Stores[IngestSettings], model: EmbeddingModel, library_id: str, show: Show
) -> list[Reindexed]:
    """Rebuild the index of every served version with the model in use, in the vector store in use.

    Raises LibraryUnknown and CrawlBusy.
    """
    database, vectors = await stores.database(), await stores.vectors()
    seconds = stores.settings.embedding_seconds
    catalogue, generations = Catalogue(database), Generations(database)
    await catalogue.known(library_id)
    async with library_lock(database, library_id) as still_locked, embedding_pool(model, seconds) as pool:
        await vectors.sweep(await generations.owner(), generations.known_indexes)
        return [
            await rebuild_index(generations, vectors, pool, model, version.generation, show, still_locked)
            for version in await catalogue.versions(library_id)
            if version.generation
        ]


async def rebuild_index(
    generations: Generations,
    vectors: VectorStore,
    pool: EmbeddingPool,
    model: EmbeddingModel,
    old: Generation,
    show: Show,
    still_locked: StillLocked,
) -> Reindexed:
    """Give a published generation another index, with the model in use, in the vector store in use."""
    embedded = await _embed(generations, pool, model, old, show)
    new = await new_generation(
        generations,
        vectors,
        model,
        identity=old.id,
        library_version_id=old.library_version_id,
        library_id=old.library_id,
        version=old.version,
    )
    await generations.begin_reindex(new)
    await build_index(generations, vectors, index_of(new))
    await still_locked()
    await generations.switch_index(new)
    if vectors.backend == old.backend:
        await vectors.drop(index_of(old))
    return Reindexed(old.version, old.chunks, embedded)


async def _embed(
    generations: Generations, pool: EmbeddingPool, model: EmbeddingModel, old: Generation, show: Show
) -> int:
    # Always: a reindex to another model that was killed may have left keys of that one.
    async for rows in generations.texts(old.id):
        keys = [embedding_key(model.fingerprint, row["embedded_text"]) for row in rows]
        await generations.rekey([row["id"] for row in rows], keys)
    embedded = 0
    last = await generations.next_chunk_index(old.id)
    for first in range(0, last, EMBED_AT_ONCE):
        done = await embed_missing(generations, pool, old.id, first, first + EMBED_AT_ONCE - 1)
        for url, reason in done.failed.items():
            raise TaskFailed(f"the model cannot read {url}: it {reason}", _RECRAWL)
        embedded += done.computed
        show(f"{old.library_id} {old.version}", min(first + EMBED_AT_ONCE, last), last)
    return embedded
