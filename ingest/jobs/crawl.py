"""The one place where the stages meet: a site is crawled, extracted, cut, embedded, indexed and published."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from uuid import UUID

from ingest.crawl.addresses.site_versions import spoken
from ingest.crawl.crawl import Crawl
from ingest.crawl.entry import CrawlPlan
from ingest.crawl.events import Page
from ingest.crawl.open import open_crawl
from ingest.embed.pool import EmbeddingPool, embedding_pool
from ingest.generation.baseline import Baseline, Undertaking, begin, held, read_baseline
from ingest.generation.intake import Intake
from ingest.generation.publish import build_index, publish
from ingest.generation.shrink import Size, shrinkage
from ingest.generation.snapshot.archive import kept_snapshots, tidy_snapshots, write_snapshot
from ingest.jobs.page_crew import page_crew
from ingest.plan.context import Room
from ingest.plan.crawl_plan import plan_of
from ingest.plan.order import Order
from ingest.report.changes import Changes, compare
from ingest.report.report import CrawlReport, Outcome, Progress, read_report
from ingest.report.tally import tally
from ingest.workers.crew import Crew
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.crawls import CrawlRow
from shared.catalogue.generations import Also, Made
from shared.catalogue.locks import StillHeld, library_lock
from shared.catalogue.quarantine import Quarantine
from shared.counted import counted
from shared.embedding.model import EmbeddingModel
from shared.errors import FetchFailed, LecternError
from shared.stores.open import Stores
from shared.stores.vectors.port import spec_of

Show = Callable[[Progress], None]
_LAST_WORDS = 3.0
"""Seconds that a crawl which ends has to say how far it came: the reason may be a lost database."""


async def crawl_library(stores: Stores, model: EmbeddingModel, order: Order, show: Show) -> CrawlReport:
    """Crawl a site into a new generation of a library version and serve it.

    Stopped or killed at any moment, what was served is still served, and the next run of the same order goes
    on where this one stopped. A report whose outcome is `failed` says that no page gave any text; `held`, that
    so much less came than is served that the order must be forced: then what is held is served as it is.
    Raises CrawlBusy, FetchFailed where the host stops answering, and what entering the site raises; before the
    site is entered nothing is written.
    """
    room = Room(stores.settings, await stores.database(), await stores.vectors(), model, order)
    async with (
        library_lock(room.database, order.library.id) as still_held,
        page_crew(stores.settings, model) as workers,
        embedding_pool(model, stores.settings.embedding_seconds) as pool,
    ):
        if order.force and order.kind != "retry" and not order.fresh and (waiting := await held(room)):
            return await _release(room, *waiting, show, still_held)
        return await _crawl(room, workers, pool, show, still_held)


async def _crawl(
    room: Room, workers: Crew, pool: EmbeddingPool, show: Show, still_held: StillHeld
) -> CrawlReport:
    began = time.monotonic()
    base = await read_baseline(room)
    await room.vectors.sweep(await room.generations.owner(), room.generations.known_indexes)
    async with open_crawl(
        _plan(room, base), finished=base.finished, known=base.known, run=workers.run
    ) as crawl:
        undertaking = await begin(room, base)
        intake = Intake(room, workers, pool, undertaking, base, show, crawl.lists)

        def so_far() -> CrawlReport:
            return tally(room.order, crawl, intake, base, undertaking, time.monotonic() - began)

        try:
            same = await _gather(room, crawl, intake, base)
            report, made = await _judged(room, intake, base, undertaking, so_far(), same=same)
            await _settle(room, base, undertaking, report, made, show, still_held)
        except (LecternError, asyncio.CancelledError) as error:
            await _leave(room, undertaking, so_far(), error)
            raise
        return replace(report, seconds=time.monotonic() - began)


async def _judged(
    room: Room, intake: Intake, base: Baseline, undertaking: Undertaking, came: CrawlReport, *, same: bool
) -> tuple[CrawlReport, Made]:
    """The report with what becomes of the new generation, and what that holds."""
    totals = await room.generations.totals(undertaking.generation.id)
    made = Made(intake.digest(), room.model.fingerprint, room.vectors.backend, len(intake.pages), *totals)
    quarantine = Quarantine(room.database)
    quarantined = await quarantine.waiting_in(undertaking.generation.id)
    outcome, held_back = _outcome(room.order, base, made, same=same, quarantined=quarantined)
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
        changes=await _changes(room, intake, base, undertaking, same=same),
        stages=room.stages,
    )
    return report, made


async def _settle(
    room: Room,
    base: Baseline,
    undertaking: Undertaking,
    report: CrawlReport,
    made: Made,
    show: Show,
    still_held: StillHeld,
) -> None:
    """Bring the new generation and its crawl to the end that the report says."""
    new = undertaking.generation
    if report.outcome == "published":
        await serve(room, undertaking, made, report, show, still_held)
    elif report.outcome == "held":
        await room.generations.hold(new, report.held, made, also=_ended(undertaking, report, new.id))
    else:
        ended = _ended(undertaking, report, base.served)
        await room.generations.discard(new, current=report.outcome == "unchanged", also=ended)
    await room.crawls.tidy(new.library_version_id)


async def _leave(
    room: Room, undertaking: Undertaking, came: CrawlReport, error: LecternError | asyncio.CancelledError
) -> None:
    """Say how far it came, if that can still be said, for whoever asks before the next run goes on."""
    with suppress(LecternError, TimeoutError):
        async with asyncio.timeout(_LAST_WORDS):
            chunks, tokens = await room.generations.totals(undertaking.generation.id)
            why = error.line if isinstance(error, LecternError) else ""
            report = replace(came, chunks=chunks, tokens=tokens, error=why, stages=room.stages)
            await room.crawls.leave(undertaking.crawl_id, asdict(report))


async def _release(
    room: Room, crawl: CrawlRow, undertaking: Undertaking, show: Show, still_held: StillHeld
) -> CrawlReport:
    """Serve what the shrink guard held back; the site is asked nothing."""
    began = time.monotonic()
    made = await room.generations.made(undertaking.generation.id)
    report = replace(read_report(crawl.report or {}), outcome="published", held="", embedded=0)
    await serve(room, undertaking, made, report, show, still_held)
    await room.crawls.tidy(undertaking.generation.library_version_id)
    return replace(report, seconds=time.monotonic() - began)


async def _gather(room: Room, crawl: Crawl, intake: Intake, base: Baseline) -> bool:
    """Take every page in and give every chunk its vector; whether all is as it is served now."""
    with first_error():
        async with asyncio.TaskGroup() as embedding:
            embedding.create_task(intake.embed())
            with room.timed("crawl"):
                try:
                    async with asyncio.TaskGroup() as pages:
                        async for event in crawl:
                            if isinstance(event, Page):
                                pages.create_task(intake.take(crawl, event))
                            else:
                                await intake.take(crawl, event)
                finally:
                    await intake.write_rest()
            if crawl.turned_away:
                raise FetchFailed(
                    room.order.bounds.start_url,
                    f"the host stopped answering after {counted(len(intake.pages), 'page')}",
                    hint="what was served is still served; run the same command later to go on",
                )
            for event in crawl.repeated(base.contents):
                await intake.retract(event)
            now = (intake.digest(), room.model.fingerprint, room.vectors.backend)
            same = base.made is not None and not room.order.fresh and base.made.of == now
            with room.timed("embed"):
                if not same:
                    await intake.chunk_rest()
                await intake.catch_up()
    return same


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
    room: Room, intake: Intake, base: Baseline, undertaking: Undertaking, *, same: bool
) -> Changes | None:
    if base.served is None:
        return None
    after = {url: row.content_hash for url, row in intake.pages.items()}
    pages = compare(base.contents, after, moves=intake.moves, missing=intake.missing)
    if same:
        return pages
    added, removed = await room.generations.chunk_changes(base.served, undertaking.generation.id)
    return replace(pages, chunks_added=added, chunks_removed=removed)


async def serve(
    room: Room, undertaking: Undertaking, made: Made, report: CrawlReport, show: Show, still_held: StillHeld
) -> None:
    """Index and archive the generation, then serve it and end the crawl in one transaction."""
    new = undertaking.generation
    with room.timed("index"):
        show(Progress(stage="indexing", found=made.pages, chunks=made.chunks, embedded=made.chunks))
        await build_index(room.generations, room.vectors, spec_of(new))
    with room.timed("snapshot"):
        earlier = await kept_snapshots(room.database, new)
        await write_snapshot(room.settings, room.database, new)
    await still_held()
    show(Progress(stage="publishing", found=made.pages, chunks=made.chunks, embedded=made.chunks))
    await publish(
        room.catalogue,
        room.generations,
        room.vectors,
        new,
        made,
        latest=_latest(report),
        released=date.fromisoformat(report.versions.released) if report.versions.released else None,
        also=_ended(undertaking, report, new.id),
    )
    await tidy_snapshots(room.settings, room.database, new, earlier)


def _latest(report: CrawlReport) -> str | None:
    """What the site calls the latest version, by the name under which it is served here."""
    said = report.versions.latest
    return report.version if said == report.versions.own else said and spoken(said)


def _ended(undertaking: Undertaking, report: CrawlReport, generation: UUID | None) -> Also:
    """The end of the crawl, for the transaction that moves its generation on."""
    return partial(
        crawl_rows.finish,
        crawl_id=undertaking.crawl_id,
        state=report.outcome,
        report=asdict(report),
        generation_id=generation,
    )


def _plan(room: Room, base: Baseline) -> CrawlPlan:
    order = room.order
    # With --max-depth the way to a page counts, so a refresh goes the site's own way.
    seeds = base.only or (base.contents if order.kind == "refresh" and order.bounds.max_depth is None else ())
    return replace(plan_of(order, room.settings), seeds=tuple(seeds), only=base.only)


@contextmanager
def first_error() -> Iterator[None]:
    """Task groups raise groups; a command has one thing to say."""
    try:
        yield
    except BaseExceptionGroup as group:
        expected, unexpected = group.split(LecternError)
        leaf: BaseException = unexpected or expected or group
        while isinstance(leaf, BaseExceptionGroup):
            leaf = leaf.exceptions[0]
        raise leaf from None
