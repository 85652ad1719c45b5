"""A question becomes an answer: dense and sparse search of the served generation, fused, fetched, packed."""

import logging
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import anyio
from anyio import to_thread
from pydantic import ValidationError

from mcp_server.answer.digest import digest
from mcp_server.answer.pack import pack
from mcp_server.answer.paging import reading
from mcp_server.answer.question import without_name
from mcp_server.answer.rank import (
    COPIES,
    REACH,
    RERANKED,
    REVISION,
    collapsed,
    distinct,
    fuse,
    reranked,
    spread,
    weighed,
)
from mcp_server.backing import Backing
from shared.bm25 import query_vector
from shared.embedding.model import EmbeddingModel
from shared.errors import AnswerLate, IndexMissing
from shared.model.account import Access
from shared.model.answer import Answer, Found, Hit
from shared.model.library import Generation, LibraryRef
from shared.stores.cache import SECONDS_TO_LIVE, docs_key
from shared.stores.vectors.port import Ranking, index_of

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""A generation may be replaced while it is searched: then the pointer is read again, once."""
MODEL_SHARE = 0.5
"""Of the time that a call has left, what a model may take: after that the answer goes on without it."""


async def search(
    backing: Backing, access: Access, ref: LibraryRef, question: str, tokens: int, cursor: str = ""
) -> Found:
    """The answer from the version that is served now; with a cursor, what an earlier answer left out.

    Raises LibraryUnknown, VersionUnknown, StaleCursor, ModelMissing, ModelMismatch and StoreError.
    """
    catalogue = await backing.catalogue(access)
    for attempt in range(1, ATTEMPTS + 1):
        served = await catalogue.standing_for(ref.id, ref.version)
        empty = Answer(
            library_id=served.library_id,
            version=served.version,
            asked_version=ref.version if ref.version != served.version else None,
            crawled=served.confirmed_at and served.confirmed_at.astimezone(UTC).date(),
            snippets=(),
            tokens=0,
        )
        try:
            return await _search(backing, served.generation, empty, question, tokens, cursor)
        except IndexMissing as error:
            if attempt == ATTEMPTS:
                raise
            log.info("reading the pointer again: %s", error.line)
    raise AssertionError("the last attempt returns or raises")


async def _search(
    backing: Backing, generation: Generation, empty: Answer, question: str, tokens: int, cursor: str
) -> Found:
    model = await backing.model(generation)  # before the cache: with another one there is no answer at all
    reranker = backing.reranker_name()
    reader = reading(cursor, digest(question, str(generation.id), generation.index_name, REVISION, reranker))
    stores = await backing.stores()
    cache = await stores.cache()
    about = empty.model_dump_json(include={"asked_version", "crawled"})
    key = docs_key(
        generation.library_id, question_hash(generation, question, tokens, cursor, reranker, about)
    )
    if known := _from_cache(await cache.get(key)):
        return known.model_copy(update={"cached": True})

    vectors = await stores.vectors()
    index = index_of(generation)
    words = query_vector(without_name(question, generation.library_id))
    vector = await _vector(backing, model, question, _patience(cursor))
    dense: Ranking | None = None
    reach = REACH + min(generation.copies, COPIES)
    if vector is None:
        sparse = await vectors.matching(index, words, reach)
    else:
        dense, sparse = await vectors.rankings(index, vector, words, reach)
    if dense is None and not sparse:
        raise AnswerLate("the embedding model is not ready yet", "ask again in a moment")
    catalogue = await backing.catalogue()
    met = {key for key, _ in (*(dense or ()), *sparse)}
    same = await catalogue.same(list(met)) if generation.copies else {}
    scores = fuse(*collapsed(dense or (), sparse, same))
    hits = await catalogue.hits(scores)
    if scores and not hits:
        raise IndexMissing(
            f"the index of {generation.library_id} {generation.version} names chunks that are gone",
            f"run `ingest reindex {generation.library_id}`",
        )
    best = weighed(hits, question)
    relevance = await _relevance(backing, best, question, _patience(cursor)) if reranker else ()
    best = spread(distinct(reranked(best, relevance) if relevance else best))
    found = pack(empty, best, tokens, reader)
    if dense is None or relevance is None:
        changed = {"partial": dense is None, "next_cursor": None}
        return found.model_copy(update={"answer": found.answer.model_copy(update=changed)})
    if found.facts:
        kept = found.answer.model_dump(mode="json") | {"facts": found.facts, "ttl": SECONDS_TO_LIVE}
        cache.put_soon(key, kept, SECONDS_TO_LIVE)
    return found


async def _vector(
    backing: Backing, model: EmbeddingModel, question: str, seconds: float | None
) -> list[float] | None:
    """The question's vector; None where the model does not have it in time."""
    with anyio.move_on_after(seconds):
        embedder = await backing.embedder(model)
        vector = await to_thread.run_sync(embedder.query, question, abandon_on_cancel=True)
        dense: list[float] = vector.tolist()
        return dense
    log.warning("the embedding model is not ready in time: searching words only")
    return None


async def _relevance(
    backing: Backing, hits: Sequence[Hit], question: str, seconds: float | None
) -> list[float] | None:
    """What the cross-encoder makes of the first hits; None where it cannot, or not in time."""
    with anyio.move_on_after(seconds):
        if reranker := await backing.reranker():
            passages = [hit.content for hit in hits[:RERANKED]]
            return await to_thread.run_sync(reranker.relevance, question, passages, abandon_on_cancel=True)
        return None
    log.warning("the cross-encoder is not ready in time: answering without it")
    return None


def _patience(cursor: str) -> float | None:
    """Seconds that a model may take before the answer goes on without it: a share of what the call has left.

    None with a cursor: the order without a model is another one, and cannot go on where a cursor left off.
    """
    left = anyio.current_effective_deadline() - anyio.current_time()
    return None if cursor else MODEL_SHARE * left


def question_hash(
    generation: Generation, question: str, tokens: int, cursor: str, reranker: str = "", about: str = ""
) -> str:
    """What decides an answer, hashed: a new generation, index, budget or model never meets an old entry.

    `about` is what an answer says of itself and no ranking decides.
    """
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
        about,
    )


def _from_cache(value: dict[str, Any] | None) -> Found | None:
    try:
        return Found.model_validate({"answer": value, "facts": value.get("facts")}) if value else None
    except ValidationError:
        return None
