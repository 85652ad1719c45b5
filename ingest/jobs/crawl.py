"""A site is crawled, extracted, cut, embedded, indexed and published: from top to bottom."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial

from ingest.crawl.crawl import Crawl
from ingest.crawl.entry import CrawlPlan
from ingest.crawl.events import Page
from ingest.crawl.open import open_crawl
from ingest.embed.pool import EmbeddingPool, embedding_pool
from ingest.generation.baseline import Baseline, begin, held, read_baseline
from ingest.generation.draft import Draft
from ingest.generation.intake import Intake
from ingest.generation.serve import ended, fill, serve, tidy_crawls
from ingest.generation.shrink import Size, shrinkage
from ingest.jobs.banners import Banners
from ingest.jobs.page_crew import cutting, page_crew
from ingest.jobs.reader import Reader
from ingest.jobs.so_far import report_so_far
from ingest.jobs.taking import Taking
from ingest.plan.context import RunContext
from ingest.plan.crawl_plan import plan_of
from ingest.plan.order import Order
from ingest.report.changes import Changes, compare
from ingest.report.report import CrawlReport, Outcome, Progress, read_report
from ingest.workers.crew import Crew
from shared.catalogue.crawls import CrawlRow
from shared.catalogue.generations import Made
from shared.catalogue.locks import StillLocked, library_lock
from shared.catalogue.quarantine import Quarantine
from shared.counted import counted
from shared.embedding.model import EmbeddingModel
from shared.errors import FetchFailed, LecternError
from shared.settings import IngestSettings
from shared.stores.open import Stores

Show = Callable[[Progress], None]
_LAST_WORDS = 3.0
"""Seconds that a crawl which ends has to say how far it came: the reason may be a lost database."""


async def crawl_library(
    stores: Stores[IngestSettings], model: EmbeddingModel, order: Order, show: Show
) -> CrawlReport:
    """Crawl a site into a new generation of a library version and serve it.

    Stopped or killed at any moment, the previous generation is still served, and the next run of the same order goes
    on where this one stopped. A report whose outcome is `failed` says that no page gave any text; `held`, that
    so much less came than is served that the order must be forced: then what is held is served as it is.
    Raises CrawlBusy, FetchFailed where the host stops answering, and what entering the site raises; before the
    site is entered nothing is written.
    """
    context = RunContext(stores.settings, await stores.database(), await stores.vectors(), model, order)
    async with (
        library_lock(context.database, order.library.id) as still_locked,
        page_crew(stores.settings, model) as workers,
        embedding_pool(model, stores.settings.embedding_seconds) as pool,
    ):
        if order.force and order.kind != "retry" and not order.fresh and (waiting := await held(context)):
            return await _release(context, *waiting, show, still_locked)
        return await _crawl(context, workers, pool, show, still_locked)


async def _crawl(
    context: RunContext, workers: Crew, pool: EmbeddingPool, show: Show, still_locked: StillLocked
) -> CrawlReport:
    began = time.monotonic()
    base = await read_baseline(context)
    await context.vectors.sweep(await context.generations.owner(), context.generations.known_indexes)
    plan = _plan(context, base)
    async with open_crawl(plan, finished=base.finished, known=base.known, run=workers.run) as crawl:
        draft = await begin(context, base)
        intake = Intake(
            context, pool, draft, base, show, cut=cutting(workers, context.model), lists=crawl.lists
        )
        reader = Reader(context.crawls, workers, context.model, fresh=context.order.fresh)
        banners = Banners(base.banners)
        taking = Taking(crawl, context.crawls, reader, intake, base, banners)

        def so_far() -> CrawlReport:
            seconds = time.monotonic() - began
            report = report_so_far(
                context.order, crawl, intake.tally, base, draft, embedded=intake.computed, seconds=seconds
            )
            return replace(report, banners=tuple(banners.known.values()))

        try:
            same = await fill(context, intake, partial(_gather, context, crawl, taking))
            report, made = await _judged(context, intake, base, draft, so_far(), same=same)
            await _settle(context, base, draft, report, made, show, still_locked)
        except (LecternError, asyncio.CancelledError) as error:
            await _leave(context, draft, so_far(), error)
            raise
        return replace(report, seconds=time.monotonic() - began)


async def _gather(context: RunContext, crawl: Crawl, taking: Taking) -> bool:
    """Take every page in and cut what is needed of them; whether all is as it is served now."""
    intake, base = taking.intake, taking.base
    with context.timed("crawl"):
        try:
            async with asyncio.TaskGroup() as pages:
                async for event in crawl:
                    if isinstance(event, Page):
                        pages.create_task(taking.take(event))
                    else:
                        await taking.take(event)
        finally:
            await intake.write_rest()
    if crawl.turned_away:
        raise FetchFailed(
            context.order.bounds.start_url,
            f"the host stopped answering after {counted(len(intake.tally.pages), 'page')}",
            hint="the previous documentation is still served; run the same command later to resume",
        )
    for event in crawl.repeated(base.contents):
        await taking.retract(event)
    await taking.compare()
    intake.show("crawling")  # the site's lists are known only now
    same = base.made is not None and not context.order.fresh and base.made.of == intake.recipe()
    if not same:
        with context.timed("embed"):
            await intake.chunk_rest()
    return same


async def _judged(
    context: RunContext, intake: Intake, base: Baseline, draft: Draft, came: CrawlReport, *, same: bool
) -> tuple[CrawlReport, Made]:
    """The report with what becomes of the new generation, and what that holds."""
    made = await intake.made()
    quarantine = Quarantine(context.database)
    quarantined = await quarantine.waiting_in(draft.generation.id)
    outcome, held_back = _outcome(context.order, base, made, same=same, quarantined=quarantined)
    served = base.made if base.made and outcome in ("unchanged", "failed") else made
    if outcome == "unchanged" and base.served:
        quarantined = await quarantine.waiting_in(base.served)
    report = replace(
        came,
        outcome=outcome,
        chunks=served.chunks,
        tokens=served.tokens,
        quarantined=quarantined,
        held=held_back,
        changes=await _changes(context, intake, base, draft, same=same),
        stages=context.stages,
    )
    return report, made


async def _settle(
    context: RunContext,
    base: Baseline,
    draft: Draft,
    report: CrawlReport,
    made: Made,
    show: Show,
    still_locked: StillLocked,
) -> None:
    """Bring the draft and its crawl to the end that the report says."""
    new = draft.generation
    if report.outcome == "published":
        await serve(context, draft, made, report, show, still_locked)
    elif report.outcome == "held":
        await context.generations.hold(new, report.held, made, also=ended(draft, report, new.id))
    else:
        also = ended(draft, report, base.served)
        await context.generations.discard(new, current=report.outcome == "unchanged", also=also)
    await tidy_crawls(context, new.library_version_id)


async def _leave(
    context: RunContext, draft: Draft, came: CrawlReport, error: LecternError | asyncio.CancelledError
) -> None:
    """Say how far it came, if that can still be said, for whoever asks before the next run goes on."""
    with suppress(LecternError, TimeoutError):
        async with asyncio.timeout(_LAST_WORDS):
            chunks, tokens = await context.generations.totals(draft.generation.id)
            why = error.line if isinstance(error, LecternError) else ""
            report = replace(came, chunks=chunks, tokens=tokens, error=why, stages=context.stages)
            await context.crawls.leave(draft.crawl_id, asdict(report))


async def _release(
    context: RunContext, crawl: CrawlRow, draft: Draft, show: Show, still_locked: StillLocked
) -> CrawlReport:
    """Serve what the shrink guard held back; the site is asked nothing."""
    began = time.monotonic()
    made = await context.generations.made(draft.generation.id)
    report = replace(read_report(crawl.report or {}), outcome="published", held="", embedded=0)
    await serve(context, draft, made, report, show, still_locked)
    await tidy_crawls(context, draft.generation.library_version_id)
    return replace(report, seconds=time.monotonic() - began)


def _outcome(
    order: Order, base: Baseline, made: Made, *, same: bool, quarantined: int
) -> tuple[Outcome, str]:
    """What becomes of the new generation, and if it is held back, why."""
    if same and made.pages:
        return "unchanged", ""
    if not made.chunks and not quarantined:
        return "failed", ""
    served = base.made and Size(base.made.pages, base.made.chunks)
    lost = served and not order.force and shrinkage(served, Size(made.pages, made.chunks))
    return ("held", lost) if lost else ("published", "")


async def _changes(
    context: RunContext, intake: Intake, base: Baseline, draft: Draft, *, same: bool
) -> Changes | None:
    if base.served is None:
        return None
    came = intake.tally
    after = {url: row.content_hash for url, row in came.pages.items()}
    pages = compare(base.contents, after, moves=came.moves, missing=came.missing)
    if same:
        return pages
    added, removed = await context.generations.chunk_changes(base.served, draft.generation.id)
    return replace(pages, chunks_added=added, chunks_removed=removed)


def _plan(context: RunContext, base: Baseline) -> CrawlPlan:
    order = context.order
    # With --max-depth the way to a page counts, so a refresh goes the site's own way.
    seeds = base.only or (base.contents if order.kind == "refresh" and order.bounds.max_depth is None else ())
    return replace(plan_of(order, context.settings), seeds=tuple(seeds), only=base.only)
