"""A question becomes an answer: dense and sparse search of the served generation, fused, fetched, packed."""

import asyncio
import logging
from typing import Any

import anyio
from anyio import to_thread
from pydantic import ValidationError

from mcp_server.digest import digest
from mcp_server.pack import pack
from mcp_server.paging import reading
from mcp_server.question import without_name
from mcp_server.rank import REACH, RERANKED, REVISION, distinct, fuse, reranked, spread, weighed
from mcp_server.resources import Resources
from shared.bm25 import query_vector
from shared.embedding.model import EmbeddingModel
from shared.errors import AnswerLate, IndexMissing
from shared.model.answer import Answer
from shared.model.library import Generation, LibraryRef
from shared.stores.cache import SECONDS_TO_LIVE, docs_key
from shared.stores.vectors.port import Ranking, index_of

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""A generation may be replaced while it is searched: then the pointer is read again, once."""
MODEL_SHARE = 0.5
"""Of the time a call may take, what the model may: after that words alone are searched."""


async def search(
    resources: Resources, ref: LibraryRef, question: str, tokens: int, cursor: str = ""
) -> Answer:
    """The answer from the version that is served now; with a cursor, what an earlier answer left out.

    Raises LibraryUnknown, VersionUnknown, StaleCursor, ModelMissing, ModelMismatch and StoreError.
    """
    catalogue = await resources.catalogue()
    for attempt in range(1, ATTEMPTS + 1):
        served = await catalogue.served(ref.id, ref.version)
        assert served.generation is not None  # noqa: S101 - `served` raises where there is none
        try:
            return await _search(resources, served.generation, question, tokens, cursor)
        except IndexMissing as error:
            if attempt == ATTEMPTS:
                raise
            log.info("reading the pointer again: %s", error.line)
    raise AssertionError("the last attempt returns or raises")


async def _search(
    resources: Resources, generation: Generation, question: str, tokens: int, cursor: str
) -> Answer:
    reader = reading(cursor, digest(question, str(generation.id), generation.index_name))
    model = await resources.model(generation)
    stores = await resources.stores()
    cache = await stores.cache()
    reranker = await resources.reranker()
    decided = question_hash(generation, question, tokens, cursor, reranker.name if reranker else "")
    key = docs_key(generation.library_id, decided)
    if kept := _from_cache(await cache.get(key)):
        return kept

    vectors = await stores.vectors()
    index = index_of(generation)
    words = query_vector(without_name(question, generation.library_id))
    # The order of words alone is another one: it cannot go on where a cursor left off.
    patience = None if cursor else MODEL_SHARE * resources.settings.tool_timeout

    async def by_meaning() -> Ranking | None:
        vector = await _vector(resources, model, question, patience)
        return None if vector is None else await vectors.nearest(index, vector, REACH)

    dense, sparse = await asyncio.gather(by_meaning(), vectors.matching(index, words, REACH))
    if dense is None and not sparse:
        raise AnswerLate("the embedding model is not ready yet", "ask again in a moment")
    scores = fuse(dense or (), sparse)
    hits = await (await resources.catalogue()).hits(scores)
    if scores and not hits:
        raise IndexMissing(
            f"the index of {generation.library_id} {generation.version} names chunks that are gone",
            f"run `ingest reindex {generation.library_id}`",
        )
    best = weighed(hits, question)
    if reranker:
        passages = [hit.content for hit in best[:RERANKED]]
        relevance = await to_thread.run_sync(reranker.relevance, question, passages, abandon_on_cancel=True)
        best = reranked(best, relevance)
    best = spread(distinct(best))
    count = await resources.token_count(model)
    answer = pack(
        generation.library_id, generation.version, best, tokens, count, reader, adds_up=count.adds_up
    )
    if dense is None:
        return answer.model_copy(update={"partial": True, "next_cursor": None})
    if answer.snippets:
        cache.put_soon(key, answer.model_dump(mode="json") | {"ttl": SECONDS_TO_LIVE}, SECONDS_TO_LIVE)
    return answer


async def _vector(
    resources: Resources, model: EmbeddingModel, question: str, seconds: float | None
) -> list[float] | None:
    """The question's vector; None where the model does not have it in time."""
    with anyio.move_on_after(seconds):
        embedder = await resources.embedder(model)
        vector = await to_thread.run_sync(embedder.query, question, abandon_on_cancel=True)
        dense: list[float] = vector.tolist()
        return dense
    log.warning("the embedding model is not ready in time: only words are searched")
    return None


def question_hash(generation: Generation, question: str, tokens: int, cursor: str, reranker: str = "") -> str:
    """What decides an answer, hashed: a new generation, index, budget or model never meets an old entry."""
    return digest(
        question,
        generation.version,
        str(generation.id),
        generation.index_name,
        tokens,
        generation.fingerprint,
        cursor,
        REVISION,
        reranker,
    )


def _from_cache(value: dict[str, Any] | None) -> Answer | None:
    try:
        return Answer.model_validate(value) if value else None
    except ValidationError:
        return None
