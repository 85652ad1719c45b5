"""Stages as they are, but that a word in a text ends their process: what a crash of a library looks like."""

import os
import signal
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.embed import pool as real
from ingest.jobs.page_task import Body, Cutting, Naming, ReadPage, Twins
from ingest.jobs.page_task import chunk_document as real_chunk_document
from ingest.jobs.page_task import finish_page as real_finish_page
from ingest.jobs.page_task import read_page as real_read_page
from shared.embedding.model import EmbeddingModel
from shared.model.document import Chunk, Document, ExtractedPage

DEADLY = "nitroglycerine"
"""For the model."""
SHARP = "scalpel"
"""For what cuts."""


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    if any(DEADLY in text for text in texts):
        os.kill(os.getpid(), signal.SIGSEGV)
    return real._embedder.passages(texts)


def chunk_document(document: Document, model: EmbeddingModel) -> list[Chunk]:
    if SHARP in document.markdown:
        os.kill(os.getpid(), signal.SIGSEGV)
    return real_chunk_document(document, model)


def read_page(
    found: Body, url: str, naming: Naming, cutting: Cutting | None, twins: Twins = Twins.LACKING
) -> ReadPage | ExtractedPage:
    if cutting and SHARP.encode() in found.body:
        os.kill(os.getpid(), signal.SIGSEGV)
    return real_read_page(found, url, naming, cutting, twins)


def finish_page(
    page: ExtractedPage, twin: Body | None, url: str, naming: Naming, cutting: Cutting | None
) -> ReadPage:
    if twin:
        os.kill(os.getpid(), signal.SIGSEGV)
    return real_finish_page(page, twin, url, naming, cutting)
