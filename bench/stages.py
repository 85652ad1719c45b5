"""Our stages against the bare library beneath each, in one run, so that ratios mean something.

The material is this project's own documentation, rendered and repeated. Each figure is the median of
several rounds, ours and theirs in turn, after a round that does not count.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from shutil import copytree
from statistics import median
from typing import Any

from fastembed import TextEmbedding
from html_to_markdown import convert

from bench.report import show
from ingest.embed.pool import embedding_pool
from ingest.extract import extract
from ingest.jobs.page_task import chunk_document
from shared.embedding.embedder import Embedder
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings

ROUNDS = 5
TEXTS = 128
QUESTION = "keep the embedded databases running while no editor uses them"
URL = "http://127.0.0.1/page/"
Rates = dict[str, float]


def run() -> dict[str, Any]:
    """The part of `make bench`: a row a stage."""
    model = locate(IngestSettings(home=Path(__file__).parents[1] / ".cache"))
    with tempfile.TemporaryDirectory() as directory:
        pages = rendered(Path(directory))
    texts = [
        piece.embedded_text for page in pages for piece in chunk_document(extract(page, URL).document, model)
    ]
    texts = (texts * (TEXTS // len(texts) + 1))[:TEXTS]
    rows = []
    for rates in (extraction(pages), asyncio.run(embedding(model, texts)), questions(model)):
        first = next(iter(rates.values()))
        for name, rate in rates.items():
            ratio = None if rate == first else round(first / rate, 2)
            rows.append({"": name, "a second": round(rate), "ours is … times as fast": ratio})
    return {"rows": rows, "notes": [f"Median of {ROUNDS} rounds on {os.cpu_count()} cores."]}


def rendered(directory: Path) -> list[bytes]:
    """The pages of our documentation as HTML."""
    copytree(Path(__file__).parents[1] / "docs", directory / "docs")
    build = [
        str(Path(sys.executable).parent / "zensical"),
        "build",
        "-f",
        str(directory / "docs" / "mkdocs.yml"),
    ]
    subprocess.run(build, check=True, capture_output=True)
    return [page.read_bytes() for page in sorted((directory / "docs" / "site").rglob("index.html"))]


def extraction(pages: list[bytes]) -> Rates:
    """Pages a second in one process."""
    ways: dict[str, Callable[[bytes], object]] = {
        "pages extracted": lambda page: extract(page, URL),
        "html-to-markdown alone, whole page": lambda page: convert(page.decode()),
    }
    return rates(len(pages), {name: over(way, pages) for name, way in ways.items()})


def over(way: Callable[[bytes], object], pages: list[bytes]) -> Callable[[], object]:
    return lambda: [way(page) for page in pages]


async def embedding(model: EmbeddingModel, texts: list[str]) -> Rates:
    """Chunks a second on all cores: our worker processes, and fastembed with its own threads."""
    here = str(model.directory)
    bare = TextEmbedding(model.name, cache_dir=here, specific_model_path=here)
    async with embedding_pool(model, IngestSettings().embedding_seconds, os.cpu_count() or 1) as pool:
        seconds: dict[str, list[float]] = {"chunks embedded": [], "fastembed alone": []}
        for _ in range(ROUNDS + 1):
            seconds["chunks embedded"].append(await timed(pool.embed(texts)))
            seconds["fastembed alone"].append(await timed(asyncio.to_thread(lambda: list(bare.embed(texts)))))
    return {name: len(texts) / median(taken[1:]) for name, taken in seconds.items()}


async def timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def questions(model: EmbeddingModel) -> Rates:
    """Questions embedded a second, one at a time, as the server does."""
    embedder = Embedder(model, threads=1)
    asked = count()  # each a new one: the latest are remembered
    return rates(
        50, {"questions embedded": lambda: [embedder.query(f"{QUESTION} {next(asked)}") for _ in range(50)]}
    )


def rates(number: int, ways: dict[str, Callable[[], object]]) -> Rates:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return {name: number / median(taken[1:]) for name, taken in seconds.items()}


if __name__ == "__main__":
    show(run())
