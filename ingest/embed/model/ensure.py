"""The model that a crawl needs: the one that is here, or the default one, fetched now."""

from collections.abc import Callable

from ingest.embed.model.pull import pull
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel
from shared.errors import ModelMissing
from shared.settings import DEFAULT_MODEL, IngestSettings


def ensure_model(settings: IngestSettings, report: Callable[[str], None]) -> EmbeddingModel:
    """Only the default model is fetched unasked: any other is large, and its owner's own choice. Blocks.

    Raises ModelMissing and ModelError.
    """
    try:
        return locate(settings)
    except ModelMissing:
        if settings.embedding_model_path or settings.embedding_model != DEFAULT_MODEL:
            raise
    return pull(settings, None, report)
