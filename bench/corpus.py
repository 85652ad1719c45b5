"""Libraries of so many chunks in stores of their own, written as a crawl writes them: rows, vectors, index, pointer."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from bench.material import CACHE, Material
from bench.sites import ROOT
from ingest.generation.draft import new_generation
from ingest.generation.publish import build_index, publish
from shared.accounts.usage import Usage
from shared.catalogue.generations import Generations, Made, copy_chunks
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.model.document import Chunk, embedding_key
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores
from shared.stores.vectors.port import index_of

ROWS_AT_ONCE = 2000

Vectors = Callable[[int, int], NDArray[np.float32]]
"""Unit vectors of so many chunks from a number on."""


@dataclass(frozen=True)
class Corpus:
    """Libraries of equal size that were just built, and what that took."""

    home: Path
    library_ids: tuple[str, ...]
    chunks: int
    seconds_rows: float
    """To write chunks and vectors into PostgreSQL."""
    seconds_index: float
    """To weigh the terms and to build the index."""
    bytes_postgres: int
    bytes_index: int


@asynccontextmanager
async def temporary_home(qdrant_url: str | None = None) -> AsyncIterator[IngestSettings]:
    """Settings of an empty installation with the model; its engines are stopped and it is removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="lectern-bench-"))
    try:
        await asyncio.to_thread(shutil.copytree, CACHE / "models", home / "models")
        yield IngestSettings(home=home, qdrant_url=qdrant_url)
    finally:
        down = [sys.executable, "-m", "ingest", "down", "--force"]
        env = {"PATH": "/usr/bin:/bin", "LECTERN_HOME": str(home), "PYTHONPATH": str(ROOT)}
        await asyncio.to_thread(subprocess.run, down, env=env, capture_output=True)
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


async def build(
    settings: IngestSettings, material: Material, model: EmbeddingModel, chunks: int, libraries: int = 1
) -> Corpus:
    """Build `chunks` in all, in so many libraries `/bench/n`, and publish them."""
    ids = tuple(f"/bench/n{number}" for number in range(libraries))
    size = chunks // libraries
    rest = material.chunks(size * libraries)
    rows = index = 0.0
    async with open_stores(settings, "lectern-bench") as stores:
        before = await _bytes_postgres(stores)
        for number, library_id in enumerate(ids):
            vectors = partial(_vectors, material, number * size)
            spent = await publish_library(stores, model, library_id, islice(rest, size), vectors)
            rows, index = rows + spent[0], index + spent[1]
        database = await stores.database()
        await database.rows("VACUUM ANALYZE")
        await database.rows("CHECKPOINT")
        await asyncio.to_thread(os.sync)  # nothing is written any more while something is measured
        after = await _bytes_postgres(stores)
    shards = await asyncio.to_thread(_bytes_under, settings.home / "vectors")
    return Corpus(settings.home, ids, size * libraries, rows, index, after - before, shards)


def _vectors(material: Material, offset: int, first: int, count: int) -> NDArray[np.float32]:
    return material.unit_vectors(offset + first, count)


async def publish_library(
    stores: Stores, model: EmbeddingModel, library_id: str, chunks: Iterable[Chunk], vectors: Vectors
) -> tuple[float, float]:
    """Serve these chunks; seconds for the rows and for the index."""
    database, store = await stores.database(), await stores.vectors()
    catalogue, generations = Catalogue(database), Generations(database)
    await catalogue.put(Library(id=library_id, name=library_id.rpartition("/")[2]))
    identity = uuid4()
    new = await new_generation(
        generations,
        store,
        model,
        identity=identity,
        library_version_id=await generations.ensure_version(library_id, "1.0"),
        library_id=library_id,
        version="1.0",
    )
    began = time.perf_counter()
    await generations.begin(new)
    pages: set[str] = set()
    first = 0
    for batch in _batches(chunks):
        async with database.transaction() as connection:
            await copy_chunks(connection, new, batch, first=first, fetched_at=datetime.now(UTC))
        keys = [embedding_key(model.fingerprint, chunk.embedded_text) for chunk in batch]
        await generations.put_embeddings(keys, vectors(first, len(batch)))
        pages.update(chunk.source_url.partition("#")[0] for chunk in batch)
        first += len(batch)
    written = time.perf_counter()
    await build_index(generations, store, index_of(new))
    digest = hashlib.sha256(str(identity).encode()).digest()
    made = Made(digest, new.fingerprint, new.backend, len(pages), *await generations.totals(new.id))
    await publish(Usage(database), generations, store, new, made)
    return written - began, time.perf_counter() - written


def _batches(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    rest = iter(chunks)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        yield batch


async def _bytes_postgres(stores: Stores) -> int:
    row = await (await stores.database()).row("SELECT pg_database_size(current_database()) AS size")
    return int(row["size"]) if row else 0


def _bytes_under(directory: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in directory.rglob("*") if path.is_file())
