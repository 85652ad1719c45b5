"""What a worker process does with a page: extract it, and cut it into chunks."""

from functools import cache

from ingest.chunk import chunk
from ingest.extract import extract
from shared.embedding.embedder import token_counter
from shared.embedding.model import EmbeddingModel
from shared.model.document import Chunk, Document, ExtractedPage

SPECIAL_TOKENS = 2
"""What `chunk` sets aside of its window itself."""

LARGEST_CHUNK = 512
"""Tokens: a model that reads a whole page at once still finds and quotes passages."""

_counter = cache(token_counter)


def extract_page(body: bytes, url: str, charset: str | None) -> ExtractedPage:
    """Raises CrawlError with the reason where the body gives no document."""
    return extract(body, url, charset=charset)


def chunk_document(document: Document, model: EmbeddingModel) -> list[Chunk]:
    return chunk(document, _counter(model), min(model.room, LARGEST_CHUNK) + SPECIAL_TOKENS)
