"""The one place where the stages meet: a site is crawled, extracted, cut, embedded, indexed and published."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib import metadata
from uuid import UUID, uuid4

from ingest.crawl import Crawl, CrawlPlan, FetchPolicy, Page, open_crawl, user_agent
from ingest.embed import embedding_pool
from ingest.intake import Intake, Undertaking
from ingest.publish import build_index, publish
from ingest.report import CrawlReport, Order, Outcome, Progress
from ingest.revision import chunking_revision, extraction_revision
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.crawls import Crawls
from shared.catalogue.generations import Generations
from shared.catalogue.locks import StillHeld, library_lock
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import FetchFailed, LecternError
from shared.model.library import NewGeneration
from shared.settings import Settings
from shared.stores.open import Stores
from shared.stores.postgres import Database
from shared.stores.vectors.port import VectorStore, spec_of

Show = Callable[[Progress], None]


@dataclass(frozen=True)
class _Room:
    """What every stage works with."""

    database: Database
    vectors: VectorStore
    model: EmbeddingModel
    order: Order
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.database)

    @property
    def crawls(self) -> Crawls:
        return Crawls(self.database)

    @property
    def generations(self) -> Generations:
        return Generations(self.database)


async def crawl_library(stores: Stores, model: EmbeddingModel, order: Order, show: Show) -> CrawlReport:
    """Crawl a site into a new generation of a library version and serve it.

    Stopped or killed at any moment, what was served is still served, and the next run of the same order goes
    on where this one stopped. A report whose outcome is `failed` says that no page gave any text.
    Raises CrawlBusy, FetchFailed where the host stops answering, and what entering the site raises; before the
    site is entered nothing is written.
    """
    began = time.monotonic()
    room = _Room(await stores.database(), await stores.vectors(), model, order)
    async with library_lock(room.database, order.library.id) as still_held, embedding_pool(model) as pool:
        await room.vectors.sweep(await room.generations.owner(), room.generations.known_indexes)
        earlier = await _earlier(room)
        finished = earlier.finished if earlier else []
        async with open_crawl(_plan(stores.settings, order), finished=finished) as crawl:
            undertaking = earlier or await _begin(room)
            served = await room.generations.served(undertaking.generation.library_version_id)
            known = {} if order.fresh else await room.crawls.served_pages(served)
            intake = Intake(room.database, pool, model, undertaking, known, show, fresh=order.fresh)
            same = await _gather(room, crawl, intake, served)
        new = undertaking.generation
        written, _ = await room.generations.totals(new.id)
        outcome: Outcome = "unchanged" if intake.pages and same else "published" if written else "failed"
        lasting = new.id if outcome == "published" else served
        chunks, tokens = await room.generations.totals(lasting) if lasting else (0, 0)
        report = CrawlReport(
            library_id=order.library.id,
            version=order.version,
            outcome=outcome,
            pages=len(intake.pages),
            fetched=len(intake.pages) - intake.unchanged,
            unchanged=intake.unchanged,
            carried=intake.carried,
            failed=tuple(intake.failures),
            skipped=dict(intake.skipped.most_common()),
            outside=crawl.outside,
            chunks=chunks,
            tokens=tokens,
            embedded=intake.computed,
            seconds=time.monotonic() - began,
            resumed=len(finished),
            stages=room.stages,
        )
        if outcome == "published":
            await _publish(room, intake, undertaking, report, still_held)
        else:
            await room.crawls.finish(undertaking.crawl_id, outcome, asdict(report), served)
            await room.generations.drop(new.id)
        if outcome == "unchanged":
            await room.generations.confirm(order.library.id)
        await room.crawls.tidy(new.library_version_id)
    return replace(report, seconds=time.monotonic() - began)


async def _gather(room: _Room, crawl: Crawl, intake: Intake, served: UUID | None) -> bool:
    """Take every page in and give every chunk its vector; whether all is as it is served now."""
    with _first_error():
        async with asyncio.TaskGroup() as embedding:
            embedding.create_task(intake.embed())
            with _timed(room, "crawl"):
                async with asyncio.TaskGroup() as pages:
                    async for event in crawl:
                        if isinstance(event, Page):
                            pages.create_task(intake.take(crawl, event))
                        else:
                            await intake.take(crawl, event)
            if crawl.turned_away:
                raise FetchFailed(
                    room.order.start_url,
                    f"the host stopped answering after {len(intake.pages):,} pages",
                    hint="what was served is still served; run the same command later to go on",
                )
            now = (intake.digest(), room.model.fingerprint, room.vectors.backend)
            same = bool(served and not room.order.fresh and await room.generations.made_of(served) == now)
            with _timed(room, "embed"):
                if not same:
                    await intake.chunk_rest()
                await intake.catch_up()
    return same


async def _publish(
    room: _Room, intake: Intake, undertaking: Undertaking, report: CrawlReport, still_held: StillHeld
) -> None:
    """Index the generation, then serve it and end the crawl in one transaction."""
    new = replace(
        undertaking.generation,
        backend=room.vectors.backend,
        index_name=await room.generations.new_index_name(undertaking.generation.id),
    )
    with _timed(room, "index"):
        intake.show("indexing")
        await room.generations.name_index(new.id, new.backend, new.index_name)
        await build_index(room.generations, room.vectors, spec_of(new))
    await still_held()
    intake.show("publishing")
    await publish(
        room.catalogue,
        room.generations,
        room.vectors,
        new,
        pages=len(intake.pages),
        digest=intake.digest(),
        also=partial(
            crawl_rows.finish,
            crawl_id=undertaking.crawl_id,
            state="published",
            report=asdict(report),
            generation_id=new.id,
        ),
    )


async def _earlier(room: _Room) -> Undertaking | None:
    """The interrupted crawl that this order goes on with, and the generation it was filling."""
    version = await room.generations.version(room.order.library.id, room.order.version)
    crawl = await room.crawls.unfinished(version) if version and not room.order.fresh else None
    if crawl is None or crawl.generation_id is None or crawl.options != _options(room.order):
        return None
    new = await room.generations.building(crawl.generation_id)
    if new is None or new.fingerprint != room.model.fingerprint:
        return None
    kept = await room.crawls.kept(crawl.id)
    return Undertaking(crawl.id, new, tuple(kept), await room.generations.next_chunk_index(new.id))


async def _begin(room: _Room) -> Undertaking:
    """A new crawl and a new generation; what an abandoned crawl of this version left is dropped."""
    order, generations = room.order, room.generations
    known = await room.catalogue.library(order.library.id)
    if known is None or known.docs_url is None:
        await room.catalogue.put(order.library)
    version = await generations.ensure_version(order.library.id, order.version)
    await generations.drop_unpublished(version)
    generation = uuid4()
    new = NewGeneration(
        id=generation,
        library_version_id=version,
        library_id=order.library.id,
        version=order.version,
        backend=room.vectors.backend,
        index_name=await generations.new_index_name(generation),
        model=room.model.name,
        fingerprint=room.model.fingerprint,
        dimension=room.model.dimension,
    )
    await generations.begin(new)
    return Undertaking(await room.crawls.begin(version, generation, order.start_url, _options(order)), new)


def _plan(settings: Settings, order: Order) -> CrawlPlan:
    return CrawlPlan(
        start=order.start_url,
        include=order.include,
        exclude=order.exclude,
        max_pages=order.max_pages,
        max_depth=order.max_depth,
        concurrency=order.concurrency,
        languages=order.languages,
        base_url=order.base_url,
        allow_private=order.allow_private,
        allowed=order.allowed,
        headers=order.headers,
        policy=FetchPolicy(user_agent=user_agent(metadata.version("lectern-mcp"), settings.contact)),
    )


def _options(order: Order) -> dict[str, object]:
    """What a crawl must share with an interrupted one to go on with it."""
    return order.options | {"extraction": extraction_revision(), "chunking": chunking_revision()}


@contextmanager
def _timed(room: _Room, name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    room.stages[name] = round(time.monotonic() - began, 3)


@contextmanager
def _first_error() -> Iterator[None]:
    """Task groups raise groups; a command has one thing to say."""
    try:
        yield
    except BaseExceptionGroup as group:
        expected, unexpected = group.split(LecternError)
        leaf: BaseException = unexpected or expected or group
        while isinstance(leaf, BaseExceptionGroup):
            leaf = leaf.exceptions[0]
        raise leaf from None
