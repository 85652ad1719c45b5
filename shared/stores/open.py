"""The way to the stores, and the only file that knows which of them are embedded and which are servers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Generic, Literal

from typing_extensions import TypeVar

from shared.errors import EngineFailed
from shared.settings import Settings
from shared.stores import migrate
from shared.stores.cache import Cache
from shared.stores.postgres import Database
from shared.stores.vectors.port import Spread, VectorStore

if TYPE_CHECKING:
    from shared.stores.embedded.engines import Attachment

Engine = Literal["postgres", "redis"]
Door = TypeVar("Door", bound=Settings)
S = TypeVar("S", bound=Settings, default=Settings, covariant=True)
"""Each door has settings of its own."""


class Stores(Generic[S]):
    """Lazy handles on PostgreSQL, Redis and Qdrant: nothing is started or connected before its first use."""

    def __init__(
        self, settings: S, application: str, *, most_connections: int = 4, patience: float | None = None
    ) -> None:
        """`patience` is that of the database, once it is there: a start and a migration take what they take."""
        self.settings = settings
        self._application = application
        self._most_connections = most_connections
        self._patience = patience
        self._attachment: Attachment | None = None
        self._database: Database | None = None
        self._cache: Cache | None = None
        self._vectors: VectorStore | None = None
        self._attaching = asyncio.Lock()
        self._connecting = asyncio.Lock()

    async def database(self) -> Database:
        """PostgreSQL with the schema of this code: an embedded one is migrated, a server only checked."""
        async with self._connecting:
            if self._database is None:
                embedded = self.settings.database_url is None
                if embedded and self._patience is not None:
                    async with self.bare_database() as patient:
                        await migrate.migrate(patient)
                database = self._unchecked(self._patience)
                try:
                    await (migrate.migrate(database) if embedded else migrate.check(database))
                except BaseException:
                    await database.close()
                    raise
                self._database = database
            return self._database

    @asynccontextmanager
    async def bare_database(self) -> AsyncIterator[Database]:
        """PostgreSQL whatever its schema is, for as long as the block lasts."""
        database = self._unchecked()
        try:
            yield database
        finally:
            await database.close()

    async def cache(self) -> Cache:
        """Redis. It never fails: while it does not answer, every read is a miss."""
        if self._cache is None:
            self._cache = Cache(self._redis_url)
        return self._cache

    async def vectors(self) -> VectorStore:
        """Qdrant: shards under `home`, or a server."""
        if self._vectors is None:
            self._vectors = self._open_vectors()
        return self._vectors

    def connections(self) -> Mapping[str, int]:
        """Those to PostgreSQL that are in use and idle, and how many statements wait for one."""
        return self._database.connections() if self._database else {}

    async def close(self) -> None:
        """Close whatever was opened; what fails to close keeps nothing else open."""
        async with AsyncExitStack() as closing:
            if self._attachment is not None:
                closing.callback(self._attachment.release)
            for handle in (self._database, self._cache, self._vectors):
                if handle is not None:
                    closing.push_async_callback(handle.close)
            self._vectors = self._cache = self._database = self._attachment = None

    def _unchecked(self, patience: float | None = None) -> Database:
        most = self._most_connections
        return Database(self._database_url, self._application, most_connections=most, patience=patience)

    async def _database_url(self) -> str:
        url = self.settings.database_url
        return url.get_secret_value() if url else await self._engine("postgres")

    async def counters_url(self) -> str:
        """Where limits are counted: a Redis of their own, or the cache's."""
        url = self.settings.limits_redis_url
        return url.get_secret_value() if url else await self._redis_url()

    async def _redis_url(self) -> str:
        url = self.settings.redis_url
        return url.get_secret_value() if url else await self._engine("redis")

    async def _engine(self, name: Engine) -> str:
        """The URL of an embedded engine that runs: started, joined or started again."""
        from shared.stores.embedded.engines import attach

        async with self._attaching:
            if self._attachment is None:
                self._attachment = await attach(
                    self.settings.home,
                    pg_bin=self.settings.pg_bin,
                    want=frozenset(),
                    application=self._application,
                )
        return await self._attachment.ensure(name)

    def _open_vectors(self) -> VectorStore:
        if url := self.settings.qdrant_url:
            from shared.stores.vectors.server import ServerVectors

            known = self.settings
            key = known.qdrant_api_key
            spread = Spread(known.qdrant_shards, known.qdrant_replicas, known.qdrant_write_consistency)
            return ServerVectors(
                url.get_secret_value(),
                key.get_secret_value() if key else None,
                grpc_port=known.qdrant_grpc_port,
                spread=spread,
            )
        if sys.platform == "win32":
            raise EngineFailed(
                "the embedded vectors need Linux, macOS or WSL2", "set LECTERN_QDRANT_URL to a Qdrant server"
            )
        from shared.stores.vectors.edge import EdgeVectors

        return EdgeVectors(self.settings.home / "vectors")


@asynccontextmanager
async def open_stores(settings: Door, application: str) -> AsyncIterator[Stores[Door]]:
    """Stores for as long as the block lasts. `application` is what PostgreSQL shows of us in its activity."""
    stores = Stores(settings, application)
    try:
        yield stores
    finally:
        await stores.close()
