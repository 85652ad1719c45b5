"""`python -m bench.scale 1000 10000 100000`: what a library of so many chunks costs to build, to keep and to ask.

Also 100,000 chunks as a hundred libraries (`100000/100`), and with `--growth 10000` the memory of a server over so
many calls. Stores are real and temporary; questions go over stdio as an editor's do.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bench.corpus import Corpus, build, temporary_home
from bench.latency import CALLS, Growth, Latency, growth, measure
from bench.material import CACHE, REAL_VECTORS, Material, material
from bench.pace import wait_for_quiet
from bench.processor import Processor
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings

CALLS_AT_ONCE = 400
CALLS_A_ROUND = 1 + CALLS + CALLS_AT_ONCE
ROUNDS = int(os.environ.get("ROUNDS", "1"))
"""The quietest round counts: on a host that others use as well, the others are in every figure."""
DEFAULT_SIZES = "1000 10000"
QDRANT = "LECTERN_TEST_QDRANT_URL"


@dataclass(frozen=True)
class Size:
    chunks: int
    libraries: int = 1


@dataclass(frozen=True)
class Measured:
    backend: str
    corpus: Corpus
    latency: Latency


def run() -> dict[str, Any]:
    """The part of `make bench`: SIZES says which, GROWTH over how many calls memory is watched."""
    sizes = [size_of(word) for word in os.environ.get("SIZES", DEFAULT_SIZES).split()]
    return asyncio.run(measured(sizes, int(os.environ.get("GROWTH", "0"))))


async def measured(sizes: list[Size], calls: int = 0) -> dict[str, Any]:
    """Rows for a table, one a size and backend, and the growth of memory in the largest."""
    model = locate(IngestSettings(home=CACHE))
    drawn = await material(model, max(size.chunks for size in sizes))
    qdrant_url = os.environ.get(QDRANT)
    found: list[Measured] = []
    grown: Growth | None = None
    for size in sizes:
        for url in (None, qdrant_url) if qdrant_url else (None,):
            last = size is sizes[-1] and url is None
            one, over = await _one(size, drawn, model, url, calls if last else 0)
            found.append(one)
            grown = over or grown
    return {
        "rows": [_row(one) for one in found],
        "growth": _growth(grown),
        "notes": [*_notes(drawn, qdrant_url), *_growth_note(grown)],
    }


async def _one(
    size: Size, drawn: Material, model: EmbeddingModel, qdrant_url: str | None, calls: int
) -> tuple[Measured, Growth | None]:
    async with temporary_home(qdrant_url) as settings:
        corpus = await build(settings, drawn, model, size.chunks, size.libraries)
        asked = iter(drawn.questions(ROUNDS * CALLS_A_ROUND + calls))
        env = {"LECTERN_QDRANT_URL": qdrant_url} if qdrant_url else {}
        rounds = []
        for _ in range(ROUNDS):
            await asyncio.to_thread(wait_for_quiet)
            questions = list(islice(asked, CALLS_A_ROUND))
            rounds.append(await measure(settings.home, corpus.library_ids, questions, env))
        grown = await growth(settings.home, corpus.library_ids, list(asked)) if calls else None
    latency = min(rounds, key=lambda one: one.uncached.p50)
    return Measured("server" if qdrant_url else "edge", corpus, latency), grown


def _row(one: Measured) -> dict[str, Any]:
    corpus, latency = one.corpus, one.latency
    memory = latency.memory
    return {
        "chunks": corpus.chunks,
        "libraries": len(corpus.library_ids),
        "vectors": one.backend,
        "rows s": round(corpus.seconds_rows, 1),
        "index s": round(corpus.seconds_index, 1),
        "PostgreSQL MB": round(corpus.bytes_postgres / 1e6),
        "index MB": round(corpus.bytes_index / 1e6),
        "first answer ms": round(latency.first_answer),
        "uncached p50 ms": round(latency.uncached.p50, 1),
        "uncached p95 ms": round(latency.uncached.p95, 1),
        "cached p50 ms": round(latency.cached.p50, 2),
        "cached p95 ms": round(latency.cached.p95, 2),
        **_processor("uncached", latency.processor),
        **_processor("cached", latency.processor_cached),
        "16 at once /s": round(latency.concurrent_rate),
        "16 at once p95 ms": round(latency.concurrent_p95),
        "errors": latency.concurrent_errors,
        "anonymous MB": round(memory.anonymous) if memory else None,
        "RSS MB": round(memory.rss) if memory else None,
        "PSS MB": round(memory.pss) if memory else None,
    }


def _processor(kind: str, spent: Processor | None) -> dict[str, float]:
    parts = {"server": spent.server, "PostgreSQL": spent.postgres, "Redis": spent.redis} if spent else {}
    return {f"{name} processor ms, {kind}": round(milliseconds, 2) for name, milliseconds in parts.items()}


def _growth(grown: Growth | None) -> list[dict[str, Any]]:
    if grown is None:
        return []
    points = zip(grown.calls, grown.anonymous, grown.pss, strict=True)
    return [
        {"calls": calls, "anonymous MB": round(anonymous, 1), "PSS MB": round(pss, 1)}
        for calls, anonymous, pss in points
    ]


def _growth_note(grown: Growth | None) -> list[str]:
    if grown is None:
        return []
    middle = len(grown.calls) // 2
    said = [f"{grown.anonymous[at]:.0f} MB after {grown.calls[at]:,}" for at in (0, middle, -1)]
    return [f"Anonymous memory of one server over its calls: {', '.join(said)}."]


def _notes(drawn: Material, qdrant_url: str | None) -> list[str]:
    return [
        f"Text: {drawn.real:,} real passages; beyond them they repeat with other words.",
        f"Vectors: the model's own for the first {REAL_VECTORS:,} chunks, beyond them synthetic: "
        "a real one and noise, of unit length.",
        f"{CALLS} distinct questions one after another, {CALLS_AT_ONCE} more with sixteen under way; a raw JSON-RPC "
        f"client over stdio; of {ROUNDS} such rounds the one with the least uncached median. Memory: after 100 calls. "
        "First answer: from the start of the process, engines running. Processor: all that a call costs each, in turn.",
        "Server adapter: measured." if qdrant_url else f"Server adapter: not run ({QDRANT} is not set).",
    ]


def size_of(word: str) -> Size:
    """`100000` is one library, `100000/100` a hundred."""
    chunks, _, libraries = word.partition("/")
    return Size(int(chunks), int(libraries or 1))


if __name__ == "__main__":
    from bench.report import show

    arguments = sys.argv[1:]
    watched = 0
    if "--growth" in arguments:
        at = arguments.index("--growth")
        watched = int(arguments[at + 1])
        del arguments[at : at + 2]
    show(asyncio.run(measured([size_of(word) for word in arguments or DEFAULT_SIZES.split()], watched)))
