"""The previous generation of a version is served again, with an index that answers."""

from dataclasses import dataclass

from ingest.embed.pool import embedding_pool
from ingest.jobs.reindex import Reindexed, Show, rebuild_index
from shared.catalogue.generations import Generations
from shared.catalogue.locks import library_lock
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import IndexMissing, NoPreviousGeneration
from shared.model.library import Generation, LibraryRef
from shared.settings import IngestSettings
from shared.stores.open import Stores
from shared.stores.vectors.port import VectorStore, index_of, probe


@dataclass(frozen=True, slots=True)
class RolledBack:
    """`before` was served until now, and is what a second rollback would serve again."""

    before: Generation
    now: Generation
    reindexed: Reindexed | None = None
    """Where the index of what is served now had to be built again."""


async def roll_back(
    stores: Stores[IngestSettings], model: EmbeddingModel, ref: LibraryRef, show: Show
) -> RolledBack:
    """Serve the generation before the one that is served: of the version named, or of the default one.

    Raises LibraryUnknown, VersionUnknown, NoPreviousGeneration and CrawlBusy.
    """
    database, vectors = await stores.database(), await stores.vectors()
    catalogue, generations = Catalogue(database), Generations(database)
    version = (await catalogue.served(ref.id, ref.version)).version
    async with library_lock(database, ref.id) as still_locked:
        served = (await catalogue.served(ref.id, version)).generation
        previous = await generations.previous(ref.id, version)
        if previous is None:
            raise NoPreviousGeneration(
                f"{ref.id} {version} has no previous generation",
                "one is kept from the second publish on",
            )
        reindexed = None
        if not await _answers(vectors, model, previous):
            async with embedding_pool(model, stores.settings.embedding_seconds) as pool:
                reindexed = await rebuild_index(
                    generations, vectors, pool, model, previous, show, still_locked
                )
        await still_locked()
        await generations.roll_back(previous)
    return RolledBack(served, previous, reindexed)


async def _answers(vectors: VectorStore, model: EmbeddingModel, generation: Generation) -> bool:
    """Whether a question can be put to the generation's index as it is."""
    if (generation.fingerprint, generation.backend) != (model.fingerprint, vectors.backend):
        return False
    index = index_of(generation)
    try:
        await vectors.nearest(index, probe(index), 1)
    except IndexMissing:
        return False
    return True
