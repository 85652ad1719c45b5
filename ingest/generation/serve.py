"""From a draft that is being filled to a generation that is served."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import TypeVar
from uuid import UUID

from ingest.crawl.addresses.site_versions import spoken
from ingest.generation.draft import Draft
from ingest.generation.intake import Intake
from ingest.generation.publish import build_index, publish
from ingest.generation.snapshot.archive import kept_snapshots, tidy_snapshots, write_snapshot
from ingest.plan.context import RunContext
from ingest.report.report import CrawlReport, Progress
from shared.accounts.usage import Usage
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.generations import Also, Made
from shared.catalogue.locks import StillLocked
from shared.errors import LecternError, StoreError
from shared.stores.vectors.port import index_of

T = TypeVar("T")

log = logging.getLogger(__name__)


async def fill(context: RunContext, intake: Intake, feed: Callable[[], Awaitable[T]]) -> T:
    """Take in what `feed` brings, until every chunk of it has its vector."""
    with _first_error():
        async with asyncio.TaskGroup() as embedding:
            embedding.create_task(intake.embed())
            came = await feed()
            with context.timed("embed"):
                await intake.catch_up()
    return came


async def serve(
    context: RunContext,
    draft: Draft,
    made: Made,
    report: CrawlReport,
    show: Callable[[Progress], None],
    still_locked: StillLocked,
) -> None:
    """Index and archive the generation, then serve it and end the crawl in one transaction."""
    new = draft.generation
    with context.timed("index"):
        show(Progress(stage="indexing", found=made.pages, chunks=made.chunks, embedded=made.chunks))
        await build_index(context.generations, context.vectors, index_of(new))
    with context.timed("snapshot"):
        earlier = await kept_snapshots(context.database, new)
        await write_snapshot(context.settings, context.database, new)
    await still_locked()
    show(Progress(stage="publishing", found=made.pages, chunks=made.chunks, embedded=made.chunks))
    await publish(
        Usage(context.database),
        context.generations,
        context.vectors,
        new,
        made,
        latest=_latest(report),
        released=date.fromisoformat(report.versions.released) if report.versions.released else None,
        also=ended(draft, report, new.id),
    )
    await tidy_snapshots(context.settings, context.database, new, earlier)


async def tidy_crawls(context: RunContext, library_version_id: UUID) -> None:
    """Forget old crawls of a version. What it is to serve is served by then: a failure is logged, and repaired by the
    next run."""
    try:
        await context.crawls.tidy(library_version_id)
    except StoreError as error:
        log.warning("old crawls could not be forgotten: %s", error.line)


def ended(draft: Draft, report: CrawlReport, generation: UUID | None) -> Also:
    """The end of the crawl, for the transaction that moves its generation on."""
    return partial(
        crawl_rows.finish,
        crawl_id=draft.crawl_id,
        state=report.outcome,
        report=asdict(report),
        generation_id=generation,
    )


def _latest(report: CrawlReport) -> str | None:
    """What the site calls the latest version, by the name under which it is served here."""
    said = report.versions.latest
    return report.version if said == report.versions.own else said and spoken(said)


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
