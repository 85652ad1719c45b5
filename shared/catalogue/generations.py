"""Generations: filled while nobody sees them, published in one transaction, rebuilt beside what is served."""

from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.catalogue.quarantine import released
from shared.model.document import Chunk, chunk_id, embedding_key, quarantine_key
from shared.model.library import Generation, NewGeneration, highest
from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database, Row
from shared.stores.vectors.port import IndexRef, new_index_name

_SQL = sql.load("shared.catalogue", "generations.sql")
_LOCKS = sql.load("shared.catalogue", "locks.sql")
PAGE_OF_ROWS = 1000
Also = Callable[[AsyncConnection[Row]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Made:
    """What went into a generation as one hash, the model and store of its index, and what it holds."""

    digest: bytes
    fingerprint: str
    backend: str
    pages: int
    chunks: int
    tokens: int

    @property
    def of(self) -> tuple[bytes, str, str]:
        """Equal where nothing would be gained by another generation."""
        return self.digest, self.fingerprint, self.backend


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A text without a vector; others of the generation may have the same one."""

    key: bytes
    text: str
    page: str
    """URL of a page that has it."""


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

    async def begin(self, new: NewGeneration, also: Also | None = None) -> None:
        """Add a generation that nobody sees; what abandoned crawls of the version left, or had held, is dropped.

        `also` is done in the same transaction. `sweep` removes the indexes of what was dropped.
        """
        async with self._database.transaction() as connection:
            await _run(connection, "drop_unpublished", library_version_id=new.library_version_id)
            await _run(connection, "begin", **asdict(new))
            if also:
                await also(connection)

    async def building(self, generation: UUID) -> NewGeneration | None:
        """A generation that was begun and neither published nor dropped."""
        rows = await self._rows("building", id=generation)
        return NewGeneration(**rows[0]) if rows else None

    async def name_index(self, generation: UUID, backend: str, index_name: str) -> None:
        """Write down what the index is called before it is built: what a kill leaves is found by its name."""
        await self._rows("name_index", id=generation, backend=backend, index_name=index_name)

    async def made(self, generation: UUID) -> Made:
        row = await self._row("made", id=generation)
        return Made(**row | {"digest": bytes(row["digest"] or b"")})

    async def chunk_changes(self, served: UUID, generation: UUID) -> tuple[int, int]:
        """How many chunks a generation has that the served one has not, and the other way round."""
        row = await self._row("chunk_changes", served=served, id=generation)
        return int(row["added"]), int(row["removed"])

    async def next_chunk_index(self, generation: UUID) -> int:
        return int((await self._row("next_chunk_index", id=generation))["next"])

    async def missing(self, generation: UUID, first: int, last: int) -> list[Unembedded]:
        """The texts of chunks `first` to `last` that have no vector yet, each once."""
        rows = await self._rows("missing_embeddings", id=generation, first=first, last=last)
        return [Unembedded(bytes(row["key"]), row["text"], row["page"]) for row in rows]

    async def drop_page(self, generation: UUID, url: str) -> None:
        """Take the chunks of one page out of a generation that nobody sees."""
        await self._rows("drop_page", id=generation, url=url)

    async def put_embeddings(self, keys: Sequence[bytes], vectors: Iterable[Iterable[float]]) -> None:
        packed = [array("f", vector).tobytes() for vector in vectors]
        await self._rows("put_embeddings", keys=list(keys), vectors=packed)

    async def texts(self, generation: UUID) -> AsyncIterator[list[Row]]:
        """Id, embedded text and metadata of every chunk in chunk order, a page of rows at a time."""
        async for page in self._pages("texts", generation):
            yield page

    async def points(self, generation: UUID) -> AsyncIterator[list[Row]]:
        """Every chunk with its vector (`bytes`, float32) in chunk order, a page of rows at a time."""
        async for page in self._pages("points", generation):
            yield page

    async def passages(self, generation: UUID) -> AsyncIterator[list[Row]]:
        """Every chunk that is read, those in quarantine too, in chunk order, a page of rows at a time."""
        async for page in self._pages("passages", generation):
            yield page

    async def put_copies(self, generation: UUID, copies: Mapping[UUID, UUID]) -> None:
        """Write down which chunks say the same as which first one, in place of what was known of it."""
        async with self._database.transaction() as connection:
            await _run(connection, "forget_copies", id=generation)
            await _run(connection, "put_copies", ids=list(copies), firsts=list(copies.values()))
            await _run(connection, "count_copies", id=generation, copies=len(copies))

    async def rekey(self, ids: Sequence[UUID], keys: Sequence[bytes]) -> None:
        """Point chunks at the vectors of another model."""
        await self._rows("rekey", ids=list(ids), keys=list(keys))

    async def rows(self, generation: UUID) -> int:
        """Chunks that stand in a generation, those in quarantine too."""
        return int((await self._row("rows", id=generation))["rows"])

    async def totals(self, generation: UUID) -> tuple[int, int]:
        """Chunks and tokens that stand in a generation."""
        row = await self._row("totals", id=generation)
        return int(row["chunks"]), int(row["tokens"])

    async def publish(
        self,
        new: NewGeneration,
        made: Made,
        *,
        latest: str | None = None,
        released: date | None = None,
        also: Also | None = None,
    ) -> list[IndexRef]:
        """Serve this generation from now on, all at once. `also` is done in the same transaction.

        `latest` is the version that the site calls so and `released` the day of this one's release, where it
        says them.
        Returns the indexes that nobody points at any more: their rows are gone, their points are not.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_LOCKS["lock_library"], {"library_id": new.library_id})
            await _complete(connection, new.id, made, held=None)
            await _serve(connection, new.library_id, new.id, latest)
            if released:
                await _run(connection, "say_released", id=new.id, released=released)
            await _run(connection, "touch_library", library_id=new.library_id)
            after = {"version": new.version, "generation_id": new.id}
            await audit(connection, Change("library publish", library_id=new.library_id, after=after))
            retired = await _run(connection, "retired", library_version_id=new.library_version_id)
            for row in retired:
                await _run(connection, "drop_generation", id=row["id"])
            if also:
                await also(connection)
        return [_index(row) for row in retired]

    async def hold(self, new: NewGeneration, why: str, made: Made, *, also: Also) -> None:
        """Keep a complete generation unserved until it is forced, or another is begun."""
        async with self._database.transaction() as connection:
            await _complete(connection, new.id, made, held=why)
            await also(connection)

    async def discard(self, new: NewGeneration, *, current: bool, also: Also) -> None:
        """Forget a generation that is not needed; where nothing changed, what is served is `current` as of now."""
        async with self._database.transaction() as connection:
            await _run(connection, "drop_generation", id=new.id)
            if current:
                await _run(connection, "touch_library", library_id=new.library_id)
            await also(connection)

    async def previous(self, library_id: str, version: str) -> Generation | None:
        """The generation that was served before the one that is served now."""
        rows = await self._rows("previous", library_id=library_id, version=version)
        return Generation(**rows[0]) if rows else None

    async def roll_back(self, previous: Generation) -> None:
        """Serve the previous generation again; what is served now becomes the previous one."""
        async with self._database.transaction() as connection:
            await connection.execute(_LOCKS["lock_library"], {"library_id": previous.library_id})
            await _serve(connection, previous.library_id, previous.id, None)
            after = {"version": previous.version, "generation_id": previous.id}
            await audit(connection, Change("library rollback", library_id=previous.library_id, after=after))

    async def indexes(self, library_id: str) -> list[IndexRef]:
        """The index of every generation of a library."""
        return [_index(row) for row in await self._rows("library_indexes", library_id=library_id)]

    async def begin_reindex(self, new: NewGeneration) -> None:
        await self._rows("set_next_index", id=new.id, index_name=new.index_name)

    async def switch_index(self, new: NewGeneration) -> None:
        """Serve the same chunks from another index."""
        await self._rows("switch_index", **asdict(new))

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
    suspects = [quarantine_key(generation.library_id, chunk) for chunk in chunks if chunk.suspicions]
    known_good = await released(connection, suspects) if suspects else frozenset()
    async with connection.cursor().copy(_SQL["copy_chunks"]) as copy:
        for index, chunk in enumerate(chunks, first):
            same = (chunk.source_url, chunk.content)
            key = quarantine_key(generation.library_id, chunk) if chunk.suspicions else None
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
                    list(chunk.suspicions),
                    key,
                    key is not None and key not in known_good,
                )
            )


def _metadata(chunk: Chunk, fetched_at: datetime) -> Mapping[str, object]:
    about = {
        "section": list(chunk.breadcrumb),
        "code_language": chunk.code_language,
        "anchor": chunk.source_url.partition("#")[2],
        "symbol": chunk.symbol,
        "symbols": list(chunk.symbols),
        "title": chunk.title,
        "description": chunk.description,
        "page_title": chunk.page_title,
        "generator": chunk.generator,
        "post": chunk.post,
        "fetched_at": fetched_at.isoformat(),
    }
    return {key: value for key, value in about.items() if value or key == "section"}


def _index(row: Row) -> IndexRef:
    return IndexRef(
        name=row["index_name"],
        generation=row["id"],
        library_id=row["library_id"],
        version=row["version"],
        model=row["model"],
        dimension=row["dimension"],
    )


async def _complete(
    connection: AsyncConnection[Row], generation: UUID, made: Made, *, held: str | None
) -> None:
    await _run(
        connection,
        "complete",
        id=generation,
        pages=made.pages,
        chunks=made.chunks,
        tokens=made.tokens,
        digest=made.digest,
        held=held,
    )


async def _serve(
    connection: AsyncConnection[Row], library_id: str, generation: UUID, latest: str | None
) -> None:
    """Move the pointer, and with it what is said of the library: its latest and default version, its counts."""
    await _run(connection, "point_at", id=generation)
    if latest:
        await _run(connection, "say_latest", library_id=library_id, version=latest)
    rows = await _run(connection, "served_versions", library_id=library_id)
    versions = {row["version"] for row in rows}
    said = rows[0]["said"]
    chosen = said if said in versions else highest(versions)
    await _run(connection, "clear_latest", library_id=library_id, version=chosen)
    await _run(connection, "set_latest", library_id=library_id, version=chosen)
    await _run(connection, "count_library", library_id=library_id, version=chosen)


async def _run(connection: AsyncConnection[Row], statement: str, **params: object) -> list[Row]:
    cursor = await connection.execute(_SQL[statement], params)
    return await cursor.fetchall() if cursor.description else []
