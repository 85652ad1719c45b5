"""What answers are made from: stores and model, each imported, started and loaded at its first use."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from mcp_server.usage import UsageLog
from shared.errors import LecternError, ModelMismatch
from shared.model.account import UsageRecord
from shared.model.library import Generation
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.catalogue.store import Catalogue
    from shared.embedding.embedder import Embedder
    from shared.stores.open import Stores

log = logging.getLogger(__name__)

APPLICATION = "lectern-mcp"


class Resources:
    """Belongs to one server process. Errors: those of the stores and of the model, at the time of use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.usage = UsageLog(self._log_usage)
        self._stores: Stores | None = None
        self._embedder: Embedder | None = None
        self._loading = anyio.Lock()

    async def stores(self) -> Stores:
        if self._stores is None:
            await to_thread.run_sync(_import_stores, abandon_on_cancel=True)
            from shared.stores.open import Stores

            self._stores = self._stores or Stores(self.settings, APPLICATION)
        return self._stores

    async def catalogue(self) -> Catalogue:
        stores = await self.stores()
        from shared.catalogue.store import Catalogue

        return Catalogue(await stores.database())

    async def embedder(self, generation: Generation) -> Embedder:
        """The model that the generation was built with. Raises ModelMissing or ModelMismatch."""
        if self._embedder is None or self._embedder.model.fingerprint != generation.fingerprint:
            async with self._loading:
                await to_thread.run_sync(self._load, generation, abandon_on_cancel=True)
        assert self._embedder is not None  # noqa: S101 - `_load` raises or sets it
        return self._embedder

    async def warm(self) -> None:
        """Start and load ahead of the first question. What fails here will be told to whoever asks."""
        async with anyio.create_task_group() as together:
            together.start_soon(_ahead, self._connect)
            together.start_soon(_ahead, self._load_any)

    async def _connect(self) -> None:
        stores = await self.stores()
        await (await self.catalogue()).revision()
        await (await stores.cache()).get("warm")

    async def _load_any(self) -> None:
        await to_thread.run_sync(self._load, None, abandon_on_cancel=True)

    async def close(self) -> None:
        if self._stores is not None:
            await self._stores.close()

    def _load(self, generation: Generation | None) -> None:
        from shared.embedding.embedder import Embedder
        from shared.embedding.model import locate

        model = locate(self.settings)
        if generation is not None and model.fingerprint != generation.fingerprint:
            raise _mismatch(generation, model.name)
        if self._embedder is None or self._embedder.model.fingerprint != model.fingerprint:
            # a question is short: one thread takes less time than two that wait for each other, and takes it steadily
            self._embedder = Embedder(model, threads=1)

    async def _log_usage(self, records: Sequence[UsageRecord]) -> None:
        await (await self.catalogue()).log_usage(records)


async def _ahead(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except LecternError as error:
        log.info("not ready yet: %s", error.line)
    except Exception:  # whatever it is, the server goes on without a warm start
        log.exception("could not make ready")


def _import_stores() -> None:
    import shared.catalogue.store
    import shared.stores.open  # noqa: F401 - a third of a second that the event loop must not wait for


def _mismatch(generation: Generation, here: str) -> ModelMismatch:
    ref = f"{generation.library_id} {generation.version}"
    if here == generation.model:
        return ModelMismatch(
            f"{ref} was indexed with another form of {here} than the one on this machine",
            f"run `ingest reindex {generation.library_id}`",
        )
    return ModelMismatch(
        f"{ref} was indexed with {generation.model}, and this server uses {here}",
        f"set LECTERN_EMBEDDING_MODEL={generation.model}, or run `ingest reindex {generation.library_id}`",
    )
