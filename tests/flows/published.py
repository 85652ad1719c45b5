"""Small libraries, published as a crawl publishes them: rows, vectors, index, pointer."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from ingest.generation.publish import build_index, publish
from shared.accounts.usage import Usage
from shared.catalogue.generations import Generations, Made, copy_chunks
from shared.catalogue.store import Catalogue
from shared.embedding.embedder import Embedder
from shared.model.document import Chunk, ContentType
from shared.model.library import Library, NewGeneration
from shared.stores.open import Stores
from shared.stores.vectors.port import IndexRef


def chunk(title: str, text: str, *, url: str = "https://docs.example/page", code: str = "") -> Chunk:
    content = f"{text}\n\n```python\n{code}\n```" if code else text
    return Chunk(
        content=content,
        content_type=ContentType.SNIPPET if code else ContentType.GUIDE,
        source_url=f"{url}#{title.lower().replace(' ', '-')}",
        breadcrumb=("Guide", title),
        token_count=max(1, len(content) // 4),
        embedded_text=f"Guide > {title}\n{text}\n{code}",
        code_language="python" if code else None,
    )


async def publish_chunks(
    stores: Stores,
    embedder: Embedder,
    library: Library,
    version: str,
    chunks: Sequence[Chunk],
    *,
    confirmed_at: str | None = None,
) -> None:
    """Serve these chunks as the library's version from now on, as a refresh of that time may have found them."""
    database, vectors = await stores.database(), await stores.vectors()
    catalogue, generations = Catalogue(database), Generations(database)
    if await catalogue.library(library.id) is None:
        await catalogue.put(library)
    identity = uuid4()
    new = NewGeneration(
        id=identity,
        library_version_id=await generations.ensure_version(library.id, version),
        library_id=library.id,
        version=version,
        backend=vectors.backend,
        index_name=await generations.new_index_name(identity),
        model=embedder.model.name,
        fingerprint=embedder.model.fingerprint,
        dimension=embedder.model.dimension,
    )
    await generations.begin(new)
    async with database.transaction() as connection:
        await copy_chunks(connection, new, chunks, first=0, fetched_at=datetime.now(UTC))
    missing = await generations.missing(new.id, 0, len(chunks))
    if missing:
        vectors_made = embedder.passages([one.text for one in missing])
        await generations.put_embeddings([one.key for one in missing], vectors_made.tolist())
    spec = IndexRef(
        name=new.index_name,
        generation=new.id,
        library_id=new.library_id,
        version=new.version,
        model=new.model,
        dimension=new.dimension,
    )
    await build_index(generations, vectors, spec)
    digest = hashlib.sha256(version.encode()).digest()
    made = Made(digest, new.fingerprint, new.backend, 1, *await generations.totals(new.id))
    await publish(Usage(database), generations, vectors, new, made)
    if confirmed_at:
        await database.rows(
            "INSERT INTO crawls (library_version_id, generation_id, kind, start_url, options, state, started_at,"
            " finished_at) VALUES (%(version)s, %(generation)s, 'refresh', 'https://docs.example/', '{}', 'unchanged',"
            " now(), %(at)s::timestamptz)",
            {"version": new.library_version_id, "generation": new.id, "at": confirmed_at},
        )
