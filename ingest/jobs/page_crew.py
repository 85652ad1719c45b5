"""The workers that read pages and a site's lists, within the limits of the settings."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

from ingest.generation.intake import Cut
from ingest.jobs import page_task
from ingest.workers.crew import Crew, open_crew
from ingest.workers.limits import Limits
from shared.embedding.model import EmbeddingModel
from shared.model.document import Chunk, Document
from shared.settings import IngestSettings

_MEBIBYTE = 1 << 20


def page_crew(
    settings: IngestSettings, model: EmbeddingModel | None = None, workers: int | None = None
) -> AbstractAsyncContextManager[Crew]:
    """Workers, by default one a processor; without a model they cut nothing."""
    limits = Limits(settings.page_seconds, settings.page_memory * _MEBIBYTE)
    return open_crew(workers, limits=limits, prepare=partial(page_task.ready, model))


def cutting(workers: Crew, model: EmbeddingModel) -> Cut:
    """Cuts a document that was extracted before."""

    async def cut(document: Document) -> Sequence[Chunk]:
        return await workers.run(page_task.chunk_document, document, model)

    return cut
