"""Generations: filled while nobody sees them, published in one transaction, rebuilt beside what is served."""

from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.model.document import Chunk, chunk_id, embedding_key
from shared.model.library import Generation, NewGeneration, highest
from shared.stores import sql
from shared.stores.postgres import Database, Row
from shared.stores.vectors.port import IndexRef, new_index_name

_SQL = sql.load("shared.catalogue", "generations.sql")
_LOCKS = sql.load("shared.catalogue", "locks.sql")
PAGE_OF_ROWS = 1000
Also = Callable[[AsyncConnection[Row]], Awaitable[None]]


class Generations:
    """Errors: DatabaseUnavailable from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self, library_id: str, version: str) -> UUID | None:
        """The version's row, if there is one."""
        rows = await self._rows("version", library_id=library_id, version=version)
        return rows[0]["id"] if rows else None

    async def ensure_version(self, library_id: str, version: str) -> UUID:
        """The version's row, added if it was not there."""
        identity: UUID = (await self._row("ensure_version", library_id=library_id, version=version))["id"]
        return identity

    async def served(self, library_version_id: UUID) -> UUID | None:
        """The generation that is served for a version."""
        identity: UUID | None = (await self._row("served", id=library_version_id))["generation_id"]
        return identity

    async def begin(self, new: NewGeneration) -> None:
        await self._rows("begin", **asdict(new))

    async def building(self, generation: UUID) -> NewGeneration | None:
        """A generation that was begun and neither published nor dropped."""
        rows = await self._rows("building", id=generation)
        return NewGeneration(**rows[0]) if rows else None

    async def name_index(self, generation: UUID, backend: str, index_name: str) -> None:
        """Write down what the index is called before it is built: what a kill leaves is found by its name."""
        await self._rows("name_index", id=generation, backend=backend, index_name=index_name)

    async def made_of(self, generation: UUID) -> tuple[bytes, str, str]:
        """What went into a generation as one hash, its model's fingerprint, and the store of its index."""
        row = await self._row("made_of", id=generation)
        return bytes(row["digest"] or b""), row["fingerprint"], row["backend"]

    async def next_chunk_index(self, generation: UUID) -> int:
        return int((await self._row("next_chunk_index", id=generation))["next"])

    async def missing(self, generation: UUID, first: int, last: int) -> list[tuple[bytes, str]]:
        """Keys and texts of chunks `first` to `last` that have no vector yet, each once."""
        rows = await self._rows("missing_embeddings", id=generation, first=first, last=last)
        return [(bytes(row["embedding_key"]), row["embedded_text"]) for row in rows]

    async def put_embeddings(self, keys: Sequence[bytes], vectors: Iterable[Iterable[float]]) -> None:
        packed = [array("f", vector).tobytes() for vector in vectors]
        await self._rows("put_embeddings", keys=list(keys), vectors=packed)

    async def texts(self, generation: UUID) -> AsyncIterator[list[str]]:
        """Every embedded text in chunk order, a page of rows at a time."""
        async for page in self.identities(generation):
            yield [row["embedded_text"] for row in page]

    async def identities(self, generation: UUID) -> AsyncIterator[list[Row]]:
        """Id and embedded text of every chunk in chunk order, a page of rows at a time."""
        async for page in self._pages("texts", generation):
            yield page

    async def points(self, generation: UUID) -> AsyncIterator[list[Row]]:
        """Every chunk with its vector (`bytes`, float32) in chunk order, a page of rows at a time."""
        async for page in self._pages("points", generation):
            yield page

    async def rekey(self, ids: Sequence[UUID], keys: Sequence[bytes]) -> None:
        """Point chunks at the vectors of another model."""
        await self._rows("rekey", ids=list(ids), keys=list(keys))

    async def totals(self, generation: UUID) -> tuple[int, int]:
        """Chunks and tokens that stand in a generation."""
        row = await self._row("totals", id=generation)
        return int(row["chunks"]), int(row["tokens"])

    async def publish(
        self, new: NewGeneration, *, pages: int, digest: bytes, also: Also | None = None
    ) -> list[IndexRef]:
        """Serve this generation from now on, all at once. `also` is done in the same transaction.

        Returns the indexes that nobody points at any more: their rows are gone, their points are not.
        """
        chunks, tokens = await self.totals(new.id)
        async with self._database.transaction() as connection:
            await connection.execute(_LOCKS["lock_library"], {"library_id": new.library_id})
            await _run(
                connection, "finish", id=new.id, pages=pages, chunks=chunks, tokens=tokens, digest=digest
            )
            await _run(connection, "point_at", id=new.id, library_version_id=new.library_version_id)
            served = await _run(connection, "served_versions", library_id=new.library_id)
            latest = highest(row["version"] for row in served) or new.version
            await _run(connection, "clear_latest", library_id=new.library_id, version=latest)
            await _run(connection, "set_latest", library_id=new.library_id, version=latest)
            await _run(connection, "count_library", library_id=new.library_id, version=latest)
            retired = await _run(connection, "retired", library_version_id=new.library_version_id)
            for row in retired:
                await _run(connection, "drop_generation", id=row["id"])
            if also:
                await also(connection)
        return [_index(row) for row in retired]

    async def confirm(self, library_id: str) -> None:
        """Nothing changed: the served generation is current as of now."""
        await self._rows("touch_library", library_id=library_id)

    async def drop(self, generation: UUID) -> None:
        """Forget a generation that was never published."""
        await self._rows("drop_generation", id=generation)

    async def drop_unpublished(self, library_version_id: UUID) -> None:
        """Forget what abandoned crawls of a version left; `sweep` removes their indexes."""
        await self._rows("drop_unpublished", library_version_id=library_version_id)

    async def indexes(self, library_id: str) -> list[IndexRef]:
        """The index of every generation of a library."""
        return [_index(row) for row in await self._rows("library_indexes", library_id=library_id)]

    async def begin_reindex(self, generation: UUID, index_name: str) -> None:
        await self._rows("set_next_index", id=generation, index_name=index_name)

    async def switch_index(
        self,
        served: Generation,
        *,
        index_name: str,
        backend: str,
        model: str,
        fingerprint: str,
        dimension: int,
    ) -> None:
        """Serve the same chunks from another index."""
        await self._rows(
            "switch_index",
            id=served.id,
            index_name=index_name,
            backend=backend,
            model=model,
            fingerprint=fingerprint,
            dimension=dimension,
        )

    async def new_index_name(self, generation: UUID) -> str:
        """A name for an index that is to be built, and that `sweep` knows as this database's."""
        return new_index_name(generation, await self.owner())

    async def owner(self) -> UUID:
        """This database's own id."""
        identity: UUID = (await self._row("owner"))["id"]
        return identity

    async def known_indexes(self) -> frozenset[str]:
        """The name of every index that is served, kept or being built."""
        rows = await self._rows("known_indexes")
        return frozenset(name for row in rows for name in (row["index_name"], row["next_index_name"]) if name)

    async def tidy(self) -> None:
        """Drop vectors that no chunk has used for a month."""
        await self._rows("drop_unused_embeddings")

    async def _rows(self, statement: str, **params: object) -> list[Row]:
        return await self._database.rows(_SQL[statement], params)

    async def _row(self, statement: str, **params: object) -> Row:
        return (await self._rows(statement, **params))[0]

    async def _pages(self, statement: str, generation: UUID) -> AsyncIterator[list[Row]]:
        after = -1
        while page := await self._rows(statement, id=generation, after=after, most=PAGE_OF_ROWS):
            yield page
            after = page[-1]["chunk_index"]


async def copy_chunks(
    connection: AsyncConnection[Any],
    generation: NewGeneration,
    chunks: Sequence[Chunk],
    *,
    first: int,
    fetched_at: datetime,
) -> None:
    """Write the chunks of one page into a generation, numbered from `first`, in the caller's transaction."""
    repeats: dict[tuple[str, str], int] = {}
    async with connection.cursor().copy(_SQL["copy_chunks"]) as copy:
        for index, chunk in enumerate(chunks, first):
            same = (chunk.source_url, chunk.content)
            repeat = repeats[same] = repeats.get(same, -1) + 1
            identity = chunk_id(generation.id, chunk.source_url, chunk.content, repeat)
            await copy.write_row(
                (
                    identity,
                    generation.library_version_id,
                    generation.id,
                    index,
                    chunk.content,
                    str(chunk.content_type),
                    chunk.source_url,
                    chunk.token_count,
                    str(identity),
                    embedding_key(generation.fingerprint, chunk.embedded_text),
                    chunk.embedded_text,
                    Jsonb(_metadata(chunk, fetched_at)),
                )
            )


def _metadata(chunk: Chunk, fetched_at: datetime) -> Mapping[str, object]:
    about = {
        "section": list(chunk.breadcrumb),
        "code_language": chunk.code_language,
        "symbol": chunk.symbol,
        "fetched_at": fetched_at.isoformat(),
    }
    return {key: value for key, value in about.items() if value is not None}


def _index(row: Row) -> IndexRef:
    return IndexRef(
        name=row["index_name"],
        generation=row["id"],
        library_id=row["library_id"],
        version=row["version"],
        model=row["model"],
    )


async def _run(connection: AsyncConnection[Row], statement: str, **params: object) -> list[Row]:
    cursor = await connection.execute(_SQL[statement], params)
    return await cursor.fetchall() if cursor.description else []
