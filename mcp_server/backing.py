"""What answers are made from: stores and model, each imported, started and loaded at its first use."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from mcp_server.callers import Callers
from mcp_server.usage import UsageLog
from shared.accounts.spool import Spool
from shared.errors import LecternError, ModelMismatch, ModelMissing
from shared.model.account import EVERYTHING, UNKNOWN, Access, Admitted, Principal, UsageRecord
from shared.model.library import Generation
from shared.settings import ServerSettings

if TYPE_CHECKING:
    from shared.accounts.counters import Counters
    from shared.accounts.oauth.store import Tokens
    from shared.accounts.own.store import Own
    from shared.accounts.sign_in.kept import Kept
    from shared.accounts.sign_in.store import SignIn
    from shared.accounts.store import Accounts
    from shared.catalogue.pages import Pages
    from shared.catalogue.store import Catalogue
    from shared.embedding.embedder import Embedder
    from shared.embedding.model import EmbeddingModel
    from shared.embedding.reranker import Reranker
    from shared.stores.open import Stores
    from shared.stores.postgres import Database

log = logging.getLogger(__name__)

APPLICATION = "lectern-mcp"

CLOSING_SECONDS = 0.5
"""How long the end of the process may wait for limits to hear of the last calls."""
MOST_CONNECTIONS = 2
"""To the database: there is a server for each editor, and a hundred of them share one database."""
QUESTION_THREADS = 2
"""They halve the time of a question's vector; more would mostly wait for each other."""

serving: ContextVar[Backing] = ContextVar("serving")
"""Those of the server that handles this request: the SDK hands them to tools, not to lists and completions."""


class Backing:
    """Belongs to one server process. Errors: those of the stores and of the model, at the time of use."""

    def __init__(
        self,
        settings: ServerSettings,
        most_connections: int = MOST_CONNECTIONS,
        patience: float | None = None,
    ) -> None:
        """`patience` are seconds for each answer of the database; without, a call's own time is the limit."""
        self.settings = settings
        self._most_connections = most_connections
        self._patience = patience
        self.callers = Callers(settings, self.accounts)
        self._counters: Counters | None = None
        self._counters_trouble = ""
        self._kept: Kept | None = None
        self._releasing: set[asyncio.Task[None]] = set()
        url = settings.database_url
        self.usage = UsageLog(Spool(settings.home, url.get_secret_value() if url else None), self._log_usage)
        self._stores: Stores | None = None
        self._opening: asyncio.Task[Database] | None = None
        self._is_open = False
        self._model: EmbeddingModel | None = None
        self._embedder: Embedder | None = None
        self._reranker: Reranker | None = None
        self._reranker_missing = False
        self._loading = threading.Lock()
        self._loading_reranker = threading.Lock()

    @property
    def stage(self) -> str:
        """What a call that takes long is most likely waiting for."""
        if not self._is_open:
            return "opening the stores"
        return "loading the embedding model" if self._loading.locked() else "searching"

    async def stores(self) -> Stores:
        if self._stores is None:
            await to_thread.run_sync(_import_stores, abandon_on_cancel=True)
            from shared.stores.open import Stores

            self._stores = self._stores or Stores(
                self.settings,
                APPLICATION,
                most_connections=self._most_connections,
                patience=self._patience,
            )
        return self._stores

    async def database(self) -> Database:
        """Opened for all that wait for it: who gives up does not stop a start that takes long."""
        if self._opening is None or (self._opening.done() and not self._is_open):
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(_heed)
        return await asyncio.shield(self._opening)

    async def catalogue(self, access: Access = EVERYTHING) -> Catalogue:
        database = await self.database()
        from shared.catalogue.store import Catalogue

        return Catalogue(database, await self._ruled(access))

    async def pages(self, access: Access = EVERYTHING) -> Pages:
        database = await self.database()
        from shared.catalogue.pages import Pages

        return Pages(database, await self._ruled(access))

    async def _ruled(self, access: Access) -> Access:
        return await self.callers.anybody() if access is UNKNOWN else access

    async def accounts(self) -> Accounts:
        database = await self.database()
        from shared.accounts.store import Accounts

        return Accounts(database)

    async def sign_in(self) -> SignIn:
        database = await self.database()
        from shared.accounts.sign_in.store import SignIn

        return SignIn(database)

    async def own(self, session: str, at: datetime) -> Own:
        """What the person sees and changes who is signed in by the session with this hash."""
        database = await self.database()
        from shared.accounts.own.store import Own

        return Own(database, session, at)

    async def limits_redis(self) -> Kept:
        """What is kept for minutes, beside the counters of limits."""
        if self._kept is None:
            stores = await self.stores()
            from shared.accounts.sign_in.kept import Kept

            self._kept = self._kept or Kept(stores.counters_url)
        return self._kept

    async def tokens(self) -> Tokens:
        database = await self.database()
        from shared.accounts.oauth.store import Tokens

        return Tokens(database)

    async def counters(self) -> Counters:
        """What callers may still use. They must not fail as the cache may."""
        if self._counters is None:
            stores = await self.stores()
            from shared.accounts.counters import Counters

            self._counters = self._counters or Counters(stores.counters_url)
        return self._counters

    @property
    def has_model(self) -> bool:
        return self._embedder is not None

    def connections(self) -> Mapping[str, int]:
        """Those to the database that are in use and idle, and how many calls wait for one."""
        return self._stores.connections() if self._stores else {}

    def counters_failed(self, error: LecternError) -> None:
        """Say the same trouble once."""
        if error.line != self._counters_trouble:
            self._counters_trouble = error.line
            kept = "refused" if self.settings.limits_on_failure == "refuse" else "allowed, and not counted"
            log.warning("%s; until then calls are %s", error.line, kept)

    def release_soon(self, caller: Principal, admitted: Admitted, tokens: int, *, give_back: bool) -> None:
        """End a call for its limits; no answer waits for that, except the last ones."""
        task = asyncio.create_task(self._release(caller, admitted, tokens, give_back=give_back))
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    async def model(self, generation: Generation) -> EmbeddingModel:
        """The model that the generation was built with, not loaded. Raises ModelMissing or ModelMismatch."""
        if self._model is None or self._model.fingerprint != generation.fingerprint:
            self._model = await to_thread.run_sync(_locate, self.settings, abandon_on_cancel=True)
        if self._model.fingerprint != generation.fingerprint:
            raise _mismatch(generation, self._model.name)
        return self._model

    async def embedder(self, model: EmbeddingModel) -> Embedder:
        """The model, loaded; a caller that gives up waiting does not stop the loading. Raises ModelMissing."""
        if self._embedder is None or self._embedder.model.fingerprint != model.fingerprint:
            return await to_thread.run_sync(self._load, model, abandon_on_cancel=True)
        return self._embedder

    def reranker_name(self) -> str:
        """The cross-encoder that is asked for; empty where there is none, or its weights are not here."""
        if self.settings.reranker and not self._reranker and not self._reranker_missing:
            from shared.embedding.locate import reranker_directory

            try:
                reranker_directory(self.settings)
            except ModelMissing as error:
                self._go_without_reranker(error)
        return "" if self._reranker_missing else self.settings.reranker or ""

    async def reranker(self) -> Reranker | None:
        """The cross-encoder, loaded; None where it cannot be."""
        try:
            return self._reranker or await to_thread.run_sync(self._load_reranker, abandon_on_cancel=True)
        except ModelMissing as error:
            self._go_without_reranker(error)
            return None

    async def warm(self) -> None:
        """Start and load before the first question. A failure here reaches the caller who asks."""
        async with anyio.create_task_group() as together:
            together.start_soon(_ahead, self._connect)
            together.start_soon(_ahead, self._load_any)

    async def _connect(self) -> None:
        stores = await self.stores()
        await (await self.catalogue()).revision()
        await (await stores.cache()).get("warm")

    async def _load_any(self) -> None:
        await self.embedder(await to_thread.run_sync(_locate, self.settings, abandon_on_cancel=True))

    async def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            with suppress(asyncio.CancelledError, LecternError):
                await self._opening
        if self._releasing:
            await asyncio.wait(self._releasing, timeout=CLOSING_SECONDS)
        if self._counters is not None:
            await self._counters.close()
        if self._kept is not None:
            await self._kept.close()
        self.usage.spool.close()
        if self._stores is not None:
            await self._stores.close()

    async def _open(self) -> Database:
        database = await (await self.stores()).database()
        self._is_open = True
        self.usage.deliver()
        return database

    def _load(self, model: EmbeddingModel) -> Embedder:
        from shared.embedding.embedder import Embedder

        with self._loading:  # of several threads one loads
            if self._embedder is None or self._embedder.model.fingerprint != model.fingerprint:
                self._embedder = Embedder(model, QUESTION_THREADS)
            return self._embedder

    def _load_reranker(self) -> Reranker:
        from shared.embedding.reranker import Reranker

        with self._loading_reranker:  # of several threads one loads
            self._reranker = self._reranker or Reranker(self.settings)
            return self._reranker

    def _go_without_reranker(self, error: ModelMissing) -> None:
        self._reranker_missing = True
        log.warning("answering without a cross-encoder: %s", error.line)

    async def _release(self, caller: Principal, admitted: Admitted, tokens: int, *, give_back: bool) -> None:
        try:
            await (await self.counters()).release(caller, admitted, tokens, give_back=give_back)
        except LecternError as error:
            self.counters_failed(error)

    async def _log_usage(self, records: Sequence[UsageRecord]) -> None:
        database = await self.database()
        from shared.accounts.usage import Usage

        await Usage(database).record(records)


async def _ahead(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except LecternError as error:
        log.info("not ready yet: %s", error.line)
    except Exception:  # whatever it is, the server goes on without a warm start
        log.exception("cannot get ready")


def _import_stores() -> None:
    import shared.catalogue.store
    import shared.stores.open  # noqa: F401 - a third of a second that the event loop must not wait for


def _heed(opening: asyncio.Task[Database]) -> None:
    """The failure may have no waiter; the next caller gets it."""
    if not opening.cancelled():
        opening.exception()


def _locate(settings: ServerSettings) -> EmbeddingModel:
    from shared.embedding.locate import locate

    return locate(settings)


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
