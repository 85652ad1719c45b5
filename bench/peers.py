"""Lectern beside others, in one run on the same pages, chunks, vectors' model and questions: Flask's and Click's.

`PEER_QDRANT` is the Python of an environment that has mcp-server-qdrant 0.8 installed; without it that row is not
run. The other two are the plain ways to do it by oneself: PostgreSQL's full text, and vectors alone.
"""

import asyncio
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.corpus import publish_library, temporary_home
from bench.latency import QUERY, spread
from bench.material import CACHE, chunks_of
from bench.measures import hit, interval, page, rank, reciprocal
from bench.retrieval import QUESTIONS, Question, read_questions
from bench.sites import DOCUMENTATIONS, PLACES
from bench.wire import Wire, server
from shared.embedding.embedder import Embedder
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel
from shared.model.document import Chunk
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores
from shared.stores.vectors.port import index_of

LIBRARIES = ("flask", "click")
ROOT_URL = "https://docs.example/{}/"
PEER = "PEER_QDRANT"
RESULTS = 10
"""Passages that mcp-server-qdrant returns unless it is told otherwise; the plain ways return as many."""

FULL_TEXT = """
SELECT source_url, content FROM bench_texts,
  (SELECT replace(plainto_tsquery('english', %(question)s::text)::text, '&', '|')::tsquery AS words) AS asked
WHERE library_id = %(library)s::text AND bench_texts.words @@ asked.words
ORDER BY ts_rank(bench_texts.words, asked.words) DESC LIMIT %(most)s::int
"""
MAKE_TEXTS = """
CREATE TABLE bench_texts AS
SELECT v.library_id, c.source_url, c.content, to_tsvector('english', c.embedded_text) AS words
FROM documentation_chunks c JOIN library_versions v ON v.id = c.library_version_id
"""
LAUNCH = """
import functools, mcp_server_qdrant.embeddings.fastembed as provider
provider.TextEmbedding = functools.partial(provider.TextEmbedding, specific_model_path={directory!r})
from mcp_server_qdrant.main import main
main()
"""
"""The peer as it is, but for where its model comes from: it would fetch it from a hub."""

Ask = Callable[[str, str], Awaitable[tuple[list[str], str]]]
"""Library and question -> addresses of the passages, best first, and the text that is read."""


def run() -> dict[str, Any]:
    """The part of `make bench`: a row a way to answer."""
    return asyncio.run(compared())


async def compared() -> dict[str, Any]:
    model = locate(IngestSettings(home=CACHE))
    embedder = Embedder(model, threads=1)
    chunks = {name: _chunks(name, model) for name in LIBRARIES}
    if missing := [DOCUMENTATIONS[name].package for name, found in chunks.items() if not found]:
        return {
            "rows": [],
            "notes": [f"Not run: {', '.join(missing)} is not under {PLACES[0]} or {PLACES[1]}."],
        }
    questions = [one for one in read_questions(QUESTIONS, None) if one.library in LIBRARIES]
    rows = []
    async with temporary_home() as settings, open_stores(settings, "lectern-bench") as stores:
        for name, found in chunks.items():
            texts = [chunk.embedded_text for chunk in found]
            vectors = await asyncio.to_thread(embedder.passages, texts)
            part = partial(_part, vectors)
            await publish_library(stores, model, f"/bench/{name}", found, part)
        await (await stores.database()).rows(MAKE_TEXTS)
        await (await stores.database()).rows("CREATE INDEX ON bench_texts USING gin (words)")
        async with server(settings.home) as wire:
            rows.append(await _measured("Lectern", _lectern(wire), questions, embedder))
        if peer := os.environ.get(PEER):
            async with _peer(peer, model, chunks) as wires:
                rows.append(await _measured("mcp-server-qdrant", _qdrant(wires), questions, embedder))
        rows.append(await _measured("vectors alone", _dense(stores, embedder), questions, embedder))
        rows.append(await _measured("PostgreSQL full text", _full_text(stores), questions, embedder))
    return {"rows": rows, "notes": _notes(chunks, len(questions))}


async def _measured(name: str, ask: Ask, questions: Sequence[Question], embedder: Embedder) -> dict[str, Any]:
    await ask("flask", "a first question, which does not count")
    ranks, times, tokens = [], [], []
    for question in questions:
        began = time.perf_counter()
        addresses, text = await ask(question.library, question.text)
        times.append((time.perf_counter() - began) * 1000)
        root = ROOT_URL.format(question.library)
        ranks.append(rank([page(address, root) for address in addresses], question.gold))
        tokens.append(embedder.count(text))
    took = spread(times)
    return {
        "": name,
        "MRR": str(interval([reciprocal(place) for place in ranks])),
        "Hit@1": round(sum(map(hit(1), ranks)) / len(ranks), 3),
        "Hit@5": str(interval([hit(5)(place) for place in ranks])),
        "tokens an answer": round(sum(tokens) / len(tokens)),
        "p50 ms": round(took.p50, 1),
        "p95 ms": round(took.p95, 1),
    }


def _part(vectors: NDArray[np.float32], first: int, count: int) -> NDArray[np.float32]:
    return vectors[first : first + count]


def _lectern(wire: Wire) -> Ask:
    async def ask(library: str, question: str) -> tuple[list[str], str]:
        result = await wire.call(QUERY, libraryId=f"/bench/{library}", query=question)
        snippets = result["structuredContent"]["snippets"]
        return [snippet["source_url"] for snippet in snippets], result["content"][0]["text"]

    return ask


def _qdrant(wires: dict[str, Wire]) -> Ask:
    async def ask(library: str, question: str) -> tuple[list[str], str]:
        result = await wires[library].call("qdrant-find", query=question)
        text = "\n".join(part["text"] for part in result["content"])
        return addresses(text), text

    return ask


def addresses(text: str) -> list[str]:
    """Where the entries of mcp-server-qdrant come from. Its answer is a JSON list of texts, each entry one."""
    entries = [entry for entry in json.loads(text) if entry.startswith("<entry>")]
    found = [re.findall(r'<metadata>\{"url": "([^"]+)"\}</metadata></entry>$', entry) for entry in entries]
    if not all(found):
        raise ValueError(
            f"an entry without its address: the answer is made otherwise than expected: {text[:200]}"
        )
    return [urls[0] for urls in found]


def _dense(stores: Stores, embedder: Embedder) -> Ask:
    async def ask(library: str, question: str) -> tuple[list[str], str]:
        from shared.catalogue.store import Catalogue

        catalogue, vectors = Catalogue(await stores.database()), await stores.vectors()
        served = (await catalogue.served(f"/bench/{library}", None)).generation
        asked = await asyncio.to_thread(embedder.query, question)
        found = await vectors.nearest(index_of(served), asked.tolist(), RESULTS)
        hits = await catalogue.hits(dict(found))
        return [hit.source_url for hit in hits], "\n\n".join(hit.content for hit in hits)

    return ask


def _full_text(stores: Stores) -> Ask:
    async def ask(library: str, question: str) -> tuple[list[str], str]:
        wanted = {"library": f"/bench/{library}", "question": question, "most": RESULTS}
        rows = await (await stores.database()).rows(FULL_TEXT, wanted)
        return [row["source_url"] for row in rows], "\n\n".join(row["content"] for row in rows)

    return ask


@asynccontextmanager
async def _peer(
    python: str, model: EmbeddingModel, chunks: dict[str, list[Chunk]]
) -> AsyncIterator[dict[str, Wire]]:
    """A server of mcp-server-qdrant for each library, in local mode, filled by its own tool."""
    directory = Path(tempfile.mkdtemp(prefix="lectern-bench-peer-"))
    launch = ("-W", "ignore", "-c", LAUNCH.format(directory=str(model.directory)))
    async with AsyncExitStack() as closing:
        closing.callback(shutil.rmtree, directory, ignore_errors=True)
        wires: dict[str, Wire] = {}
        for name, found in chunks.items():
            env = {
                "COLLECTION_NAME": name,
                "QDRANT_LOCAL_PATH": str(directory / name),
                "FASTEMBED_CACHE_PATH": str(directory / "fastembed"),
                "PYTHONPATH": "",
            }
            wire = wires[name] = await closing.enter_async_context(
                server(directory, python, *launch, env=env)
            )
            for chunk in found:
                about = {"url": chunk.source_url}
                await wire.call("qdrant-store", information=chunk.embedded_text, metadata=about)
        yield wires


def _chunks(name: str, model: EmbeddingModel) -> list[Chunk]:
    root = DOCUMENTATIONS[name].directory
    if root is None:
        return []
    base = ROOT_URL.format(name)
    return [
        chunk
        for path in sorted(root.rglob("*.html"))
        for chunk in chunks_of(path, model, f"{base}{path.relative_to(root).as_posix()}")
    ]


def _notes(chunks: dict[str, list[Chunk]], questions: int) -> list[str]:
    sizes = ", ".join(f"{name} {len(found):,}" for name, found in chunks.items())
    peer = (
        "mcp-server-qdrant runs its own collections in Qdrant's local mode, filled by its own tool with the texts "
        "that our vectors are made of."
        if os.environ.get(PEER)
        else f"mcp-server-qdrant: not run ({PEER} is not set)."
    )
    return [
        f"{questions} questions of bench/questions.jsonl, both halves; chunks: {sizes}. The same model everywhere.",
        f"{peer} Lectern answers within 3,000 tokens, the others with {RESULTS} passages.",
        "The two servers are asked over stdio; vectors alone and full text run inside the benchmark, which spares "
        "them the protocol. Full text: `ts_rank`, any word of the question, a GIN index.",
        "In brackets: 95 % intervals by bootstrap.",
    ]
