"""A draft: a generation that nobody sees yet, with the crawl that fills it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from ingest.plan.context import RunContext
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.generations import Generations
from shared.embedding.model import EmbeddingModel
from shared.model.crawl import CrawlKind, PageRow
from shared.model.library import NewGeneration
from shared.stores.vectors.port import VectorStore


@dataclass(frozen=True, slots=True)
class Draft:
    """Begun now, or by a run that was interrupted."""

    crawl_id: UUID
    generation: NewGeneration
    kept: tuple[PageRow, ...] = ()
    """What it has kept already."""
    chunks: int = 0
    """Chunks that it has written."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Reasons by URL, of what a retry does not ask for."""


async def begin_draft(
    context: RunContext,
    version: UUID,
    *,
    kind: CrawlKind,
    start_url: str,
    options: Mapping[str, Any],
    take_over: UUID | None = None,
    as_of: UUID | None = None,
) -> Draft:
    """Begin a generation of the order's version and its crawl, in one transaction with the end of the one before.

    `take_over` and `as_of` are crawls, as `shared.catalogue.crawls.begin` has them.
    """
    crawl = uuid4()
    new = await new_generation(
        context.generations,
        context.vectors,
        context.model,
        identity=uuid4(),
        library_version_id=version,
        library_id=context.order.library.id,
        version=context.order.version,
    )
    await context.generations.begin(
        new,
        also=partial(
            crawl_rows.begin,
            crawl_id=crawl,
            library_version_id=version,
            generation_id=new.id,
            kind=kind,
            start_url=start_url,
            options=options,
            take_over=take_over,
            as_of=as_of,
        ),
    )
    return Draft(crawl, new)


async def new_generation(
    generations: Generations,
    vectors: VectorStore,
    model: EmbeddingModel,
    *,
    identity: UUID,
    library_version_id: UUID,
    library_id: str,
    version: str,
) -> NewGeneration:
    """A generation as the model and the vector store in use make it, its index under a name that no build has used."""
    return NewGeneration(
        id=identity,
        library_version_id=library_version_id,
        library_id=library_id,
        version=version,
        backend=vectors.backend,
        index_name=await generations.new_index_name(identity),
        model=model.name,
        fingerprint=model.fingerprint,
        dimension=model.dimension,
    )
