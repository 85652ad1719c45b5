"""Vectors on a Qdrant server: one collection per embedding model, every index told apart by its name.

Searches scan every vector, as the embedded engine's do.
"""

import asyncio
import warnings
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from shared.counted import counted
from shared.errors import IndexMissing, VectorsUnavailable
from shared.model.document import SparseVector
from shared.stores.vectors.port import (
    AS_IT_IS,
    IndexRef,
    Keep,
    Point,
    Ranking,
    Spread,
    is_owned,
    ranking,
    reach,
)
from shared.stores.vectors.refusals import is_readable_on_the_way, no_address, refused, shown, unanswered

if TYPE_CHECKING:
    from qdrant_client import AsyncQdrantClient

    from shared.stores.vectors.by_grpc import ByGrpc

SEARCH_SECONDS = 10
WRITE_SECONDS = 60
_BATCH = 256


class ServerVectors:
    """The VectorStore of the server at `url`. A `client` that is given is used, and closed, instead.

    Searches go by gRPC where `grpc_port` answers, and by REST otherwise; all else goes by REST.
    """

    backend: Literal["edge", "server"] = "server"

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        grpc_port: int | None = None,
        spread: Spread = AS_IT_IS,
        client: "AsyncQdrantClient | None" = None,
    ) -> None:
        self._url = url
        self._where = shown(url)
        self._api_key = api_key
        self._spread = spread
        self._grpc_port = grpc_port
        self._ready = client
        self._searching: ByGrpc | None = None
        self._connecting = asyncio.Lock()

    async def build(self, index: IndexRef, batches: AsyncIterable[Sequence[Point]]) -> None:
        async with self._client() as client:
            from shared.stores.vectors import collection as shape

            collection = shape.collection_name(index.model, index.dimension)
            own = shape.of_index(index.name)
            await shape.ensure_collection(client, collection, index.dimension, self._spread)
            await client.delete(collection, own, wait=True)  # what a killed build of the same name left
        ids: set[UUID] = set()
        async for batch in batches:
            ids.update(point.id for point in batch)
            for start in range(0, len(batch), _BATCH):
                points = [shape.stored(index, point) for point in batch[start : start + _BATCH]]
                async with self._client() as client:
                    await client.upsert(collection, points, wait=True)
        async with self._client() as client:
            count = (await client.count(collection, own, exact=True)).count
            if count != len(ids):
                raise VectorsUnavailable(
                    f"Qdrant at {self._where} stored {count} of {counted(len(ids), 'point')} "
                    f"of {index.library_id} {index.version}",
                    f"run `ingest reindex {index.library_id}`",
                )
            await client.upsert(collection, [shape.seal(index)], wait=True)

    async def nearest(self, index: IndexRef, vector: Sequence[float], limit: int) -> Ranking:
        (dense,) = await self._ranked(index, [vector], limit)
        return dense

    async def matching(self, index: IndexRef, terms: SparseVector, limit: int) -> Ranking:
        if not terms.indices:
            return ()
        (sparse,) = await self._ranked(index, [terms], limit)
        return sparse

    async def rankings(
        self, index: IndexRef, vector: Sequence[float], terms: SparseVector, limit: int
    ) -> tuple[Ranking, Ranking]:
        if not terms.indices:
            return await self.nearest(index, vector, limit), ()
        dense, sparse = await self._ranked(index, [vector, terms], limit)
        return dense, sparse

    async def _ranked(
        self, index: IndexRef, queries: Sequence[Sequence[float] | SparseVector], limit: int
    ) -> list[Ranking]:
        async with self._client(index) as client, asyncio.timeout(SEARCH_SECONDS):
            from shared.stores.vectors import collection as shape

            collection = shape.collection_name(index.model, index.dimension)
            asked = collection, index.name, queries, reach(limit)
            grpc = self._grpc()
            by_grpc = await grpc.query(*asked) if grpc else None
            found = by_grpc or []
            if not any(found):  # REST has the last word on what is not there, and on why
                found = await shape.query(client, *asked)
                if grpc and by_grpc is not None and any(found):
                    grpc.give_up()
            if not any(found) and not await client.retrieve(collection, [shape.seal_id(index.name)]):
                raise self._missing(index)
            return [ranking(hits, limit) for hits in found]

    def _grpc(self) -> "ByGrpc | None":
        """Made at the first search: who only writes has no use for it."""
        if self._searching is None and self._grpc_port:
            from shared.stores.vectors.by_grpc import ByGrpc

            self._searching = ByGrpc(self._url, self._grpc_port, self._api_key)
        return self._searching

    async def drop(self, index: IndexRef) -> None:
        async with self._client() as client:
            from shared.stores.vectors import collection as shape

            for collection in await shape.our_collections(client):
                await client.delete(collection, shape.of_index(index.name), wait=True)

    async def sweep(self, owner: UUID, keep: Keep) -> int:
        removed: set[str] = set()
        async with self._client() as client:
            from shared.stores.vectors import collection as shape

            for collection in await shape.our_collections(client):
                stored = await shape.stored_indexes(client, collection)
                doomed = {name for name in stored if is_owned(name, owner)} - await keep()
                if doomed:
                    await client.delete(collection, shape.of_indexes(sorted(doomed)), wait=True)
                removed |= doomed
        return len(removed)

    async def check(self) -> str:
        async with self._client() as client, asyncio.timeout(SEARCH_SECONDS):
            from shared.stores.vectors import collection as shape

            about = await client.info()
            collections = await shape.our_collections(client)
            await shape.check_writable(client, collections)
            grpc = self._grpc()
            way = f"gRPC on port {grpc.port}" if grpc and await grpc.answers() else "REST"
        readable = self._api_key and is_readable_on_the_way(self._url)
        warned = ", its key sent unencrypted" if readable else ""
        ours = counted(len(collections), "collection")
        return f"Qdrant {about.version} at {self._where}, {ours} of ours, searched by {way}{warned}"

    async def close(self) -> None:
        client, self._ready = self._ready, None
        grpc, self._searching = self._searching, None
        if grpc is not None:
            await grpc.close()
        if client is not None:
            await client.close()

    @asynccontextmanager
    async def _client(self, index: IndexRef | None = None) -> "AsyncIterator[AsyncQdrantClient]":
        """The client; its failures leave the block as ours, and what it does not find is `index`."""
        async with self._connecting:
            if self._ready is None:
                try:
                    self._ready = await asyncio.to_thread(_connect, self._url, self._api_key)
                except ValueError as error:
                    raise no_address() from error
        from httpx import HTTPError
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

        try:
            yield self._ready
        except UnexpectedResponse as error:
            if error.status_code == 404 and index is not None:
                raise self._missing(index) from error
            raise refused(self._where, error) from error
        except (ApiException, QdrantException, HTTPError, JSONDecodeError, OSError) as error:
            raise unanswered(self._where, error) from error

    def _missing(self, index: IndexRef) -> IndexMissing:
        return IndexMissing(
            f"the index of {index.library_id} {index.version} is not on Qdrant at {self._where}",
            f"run `ingest reindex {index.library_id}`",
        )


def _connect(url: str, api_key: str | None) -> "AsyncQdrantClient":
    from httpx import create_ssl_context
    from qdrant_client import AsyncQdrantClient

    import shared.stores.vectors.by_grpc
    import shared.stores.vectors.collection  # noqa: F401 - both imported here, in a thread

    # every command would say so on stderr; doctor does
    warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
    return AsyncQdrantClient(
        url=url,
        api_key=api_key,
        timeout=WRITE_SECONDS,
        check_compatibility=False,
        trust_env=False,  # neither a proxy nor a password of the shell's
        verify=create_ssl_context(),  # with SSL_CERT_FILE
    )
