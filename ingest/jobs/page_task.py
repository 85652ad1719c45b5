"""What a page worker does: it extracts a page, and cuts it into chunks."""

import os
from dataclasses import replace
from functools import cache

from ingest.chunk.cut import chunk
from ingest.extract import extract, with_twin
from ingest.scan import scan
from shared.embedding.counting import token_counter
from shared.embedding.model import EmbeddingModel
from shared.errors import NotADocument
from shared.model.document import Chunk, Document, ExtractedPage, shown_text

SPECIAL_TOKENS = 2
"""What `chunk` sets aside of its window itself."""

LARGEST_CHUNK = 512
"""Tokens: a model that reads a whole page at once still finds and quotes passages."""

_counter = cache(token_counter)


def ready(model: EmbeddingModel | None) -> None:
    """Load what the first page would wait for; without a model, nothing is cut here."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if model:
        _counter(model)


def extract_page(body: bytes, url: str, charset: str | None) -> ExtractedPage:
    """Raises CrawlError with the reason where the body gives no document."""
    return extract(body, url, charset=charset, unindexed=False)


def extract_twin(body: bytes, twin_url: str, page: ExtractedPage) -> ExtractedPage:
    """The page, made whole by its Markdown twin where that is richer; as it is where the twin is no document."""
    try:
        return with_twin(page, extract(body, twin_url, charset="utf-8"))
    except NotADocument:
        return page


def chunk_document(document: Document, model: EmbeddingModel) -> list[Chunk]:
    """The document's chunks, those that look like instructions to agents marked."""
    chunks = chunk(document, _counter(model), min(model.room, LARGEST_CHUNK) + SPECIAL_TOKENS)
    return [_scanned(one) for one in chunks]


def _scanned(found: Chunk) -> Chunk:
    rules = dict.fromkeys(finding.rule for finding in scan(shown_text(found)))
    return replace(found, suspicions=tuple(rules)) if rules else found
