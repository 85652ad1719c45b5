"""The one place where the stages meet: a site is crawled, extracted, cut, embedded, indexed and published."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, replace
from importlib import metadata
from uuid import UUID, uuid4

from ingest.crawl import CrawlPlan, FetchPolicy, open_crawl, user_agent
from ingest.embed import embedding_pool
from ingest.intake import Intake
from ingest.publish import build_index, publish
from ingest.report import CrawlReport, Order, Progress
from ingest.revision import chunking_revision
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.crawls import Crawls
from shared.catalogue.generations import Generations
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import LecternError
from shared.model.library import NewGeneration
from shared.settings import Settings
from shared.stores.open import Stores
from shared.stores.postgres import Database
from shared.stores.vectors.port import IndexSpec, new_index_name

Show = Callable[[Progress], None]


async def crawl_library(stores: Stores, model: EmbeddingModel, order: Order, show: Show) -> CrawlReport:
    """Crawl a site into a new generation of a library version and serve it.

    Stopped or killed at any moment, what was served is still served, and the next run of the same order goes
    on where this one stopped. A report whose outcome is `failed` says that no page gave any text.
    Raises CrawlBusy, and what entering the site raises; before the site is entered nothing is written.
    """
    began = time.monotonic()
    stages: dict[str, float] = {}
    database = await stores.database()
    vectors = await stores.vectors()
    catalogue, crawls, generations = Catalogue(database), Crawls(database), Generations(database)
    async with crawl_lock(database, order.library.id), embedding_pool(model) as pool:
        await vectors.sweep(await generations.known_indexes())
        intake = Intake(database, pool, model, show)
        earlier = await _earlier(crawls, generations, order, model)
        finished = await intake.resume(*earlier) if earlier else []
        async with open_crawl(_plan(stores.settings, order), finished=finished) as crawl:
            crawl_id, new = earlier or await _begin(
                catalogue, crawls, generations, order, model, vectors.backend
            )
            served = await generations.served(new.library_version_id)
            intake.begin(crawl_id, new, {} if order.fresh else await crawls.served_keys(served))
            with _first_error():
                async with asyncio.TaskGroup() as embedding:
                    embedding.create_task(intake.embed())
                    with _timed(stages, "crawl"):
                        async with asyncio.TaskGroup() as pages:
                            async for event in crawl:
                                pages.create_task(intake.take(crawl, event))
                    digest = intake.digest()
                    same = served and not order.fresh and await generations.digest(served) == digest
                    with _timed(stages, "embed"):
                        if not same:
                            await intake.chunk_rest()
                        await intake.catch_up()
        if intake.pages and not same:
            with _timed(stages, "index"):
                intake.show("indexing")
                new = replace(new, backend=vectors.backend, index_name=new_index_name(new.id))
                await generations.name_index(new.id, new.backend, new.index_name)
                await build_index(generations, vectors, index_spec(new))
            with _timed(stages, "publish"):
                intake.show("publishing")
                await publish(catalogue, generations, vectors, new, pages=len(intake.pages), digest=digest)
        lasting = new.id if intake.pages and not same else served
        chunks, tokens = await generations.totals(lasting) if lasting else (0, 0)
        report = CrawlReport(
            library_id=order.library.id,
            version=order.version,
            outcome="unchanged" if same and intake.pages else "published" if intake.pages else "failed",
            pages=len(intake.pages),
            fetched=sum(row.state == "fetched" for row in intake.pages.values()),
            unchanged=sum(row.state == "unchanged" for row in intake.pages.values()),
            failed=tuple(intake.failures),
            skipped=dict(intake.skipped.most_common()),
            outside=crawl.outside,
            chunks=chunks,
            tokens=tokens,
            embedded=intake.computed,
            seconds=time.monotonic() - began,
            resumed=len(finished),
            stages=stages,
        )
        await crawls.finish(crawl_id, report.outcome, asdict(report), lasting)
        if lasting != new.id:
            await generations.drop(new.id)
        if report.outcome == "unchanged":
            await generations.confirm(order.library.id)
        await crawls.tidy(new.library_version_id)
    return report


def index_spec(new: NewGeneration) -> IndexSpec:
    return IndexSpec(
        name=new.index_name,
        generation=new.id,
        library_id=new.library_id,
        version=new.version,
        model=new.model,
        dimension=new.dimension,
    )


@asynccontextmanager
async def crawl_lock(database: Database, library_id: str) -> AsyncIterator[None]:
    """One process writes a library at a time; a killed one's lock is freed by PostgreSQL. Raises CrawlBusy."""
    async with database.connection() as connection:
        await crawl_rows.hold(connection, library_id)
        try:
            yield
        finally:
            if not connection.closed:
                await crawl_rows.let_go(connection, library_id)


async def _earlier(
    crawls: Crawls, generations: Generations, order: Order, model: EmbeddingModel
) -> tuple[UUID, NewGeneration] | None:
    """The interrupted crawl that this order goes on with, and the generation it was filling."""
    version = await generations.version(order.library.id, order.version)
    crawl = await crawls.unfinished(version) if version and not order.fresh else None
    if crawl is None or crawl.generation_id is None or crawl.options != _options(order):
        return None
    new = await generations.building(crawl.generation_id)
    return (crawl.id, new) if new and new.fingerprint == model.fingerprint else None


async def _begin(
    catalogue: Catalogue,
    crawls: Crawls,
    generations: Generations,
    order: Order,
    model: EmbeddingModel,
    backend: str,
) -> tuple[UUID, NewGeneration]:
    """A new crawl and a new generation; what an abandoned crawl of this version left is dropped."""
    if await catalogue.library(order.library.id) is None:
        await catalogue.put(order.library)
    version = await generations.ensure_version(order.library.id, order.version)
    await generations.drop_unpublished(version)
    generation = uuid4()
    new = NewGeneration(
        id=generation,
        library_version_id=version,
        library_id=order.library.id,
        version=order.version,
        backend=backend,
        index_name=new_index_name(generation),
        model=model.name,
        fingerprint=model.fingerprint,
        dimension=model.dimension,
    )
    await generations.begin(new)
    return await crawls.begin(version, generation, order.start_url, _options(order)), new


def _plan(settings: Settings, order: Order) -> CrawlPlan:
    return CrawlPlan(
        start=order.start_url,
        include=order.include,
        exclude=order.exclude,
        max_pages=order.max_pages,
        max_depth=order.max_depth,
        concurrency=order.concurrency,
        allow_private=order.allow_private,
        policy=FetchPolicy(user_agent=user_agent(metadata.version("lectern-mcp"), settings.contact)),
    )


def _options(order: Order) -> dict[str, object]:
    return order.options | {"chunking": chunking_revision()}


@contextmanager
def _timed(stages: dict[str, float], name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    stages[name] = round(time.monotonic() - began, 3)


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
