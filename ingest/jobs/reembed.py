"""A library cut and embedded anew from its snapshots with the model in use, and then served; no site is asked."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ingest.crawl.addresses.bounds import Manner
from ingest.embed.pool import EmbeddingPool, embedding_pool
from ingest.generation.baseline import Baseline
from ingest.generation.draft import Draft, begin_draft
from ingest.generation.intake import Intake, recipe
from ingest.generation.serve import fill, serve, tidy_crawls
from ingest.generation.snapshot import page_json
from ingest.generation.snapshot.archive import open_snapshot
from ingest.generation.snapshot.format import SavedPage
from ingest.jobs.page_crew import cutting, page_crew
from ingest.jobs.refresh import refresh_order
from ingest.plan.context import RunContext
from ingest.plan.revision import INDEXED, REVISIONS
from ingest.report.report import Failure, Progress, read_report
from ingest.workers.crew import Crew
from shared.catalogue.crawls import CrawlRow, Crawls, Refreshable
from shared.catalogue.generations import Generations
from shared.catalogue.locks import StillLocked, library_lock
from shared.catalogue.snapshots import Snapshots
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import NeverCrawled, SnapshotUnavailable
from shared.model.crawl import PageRow
from shared.model.document import ExtractedPage
from shared.model.library import Generation, LibraryRef
from shared.settings import IngestSettings
from shared.stores.open import Stores

Show = Callable[[str, Progress], None]
"""Told the version, and how far it is."""


@dataclass(frozen=True, slots=True)
class Reembedded:
    version: str
    pages: int
    chunks: int
    embedded: int
    """Vectors that the model made; the others were there."""
    unchanged: bool
    """It is served as this model and this Lectern would make it already."""
    failed: tuple[Failure, ...] = ()
    """Pages that can no longer be cut, or that the model cannot read: they are left out."""


async def reembed_library(
    stores: Stores[IngestSettings], model: EmbeddingModel, ref: LibraryRef, show: Show
) -> list[Reembedded]:
    """Make every served version anew from its snapshot, or the one that is named; the one before it is kept.

    Stopped or killed at any moment, the previous generation is still served, and no vector is made twice.
    Raises LibraryUnknown, VersionUnknown, SnapshotUnavailable, NeverCrawled and CrawlBusy.
    """
    database, vectors = await stores.database(), await stores.vectors()
    catalogue, generations = Catalogue(database), Generations(database)
    if ref.version:
        await catalogue.served(ref.id, ref.version)
    else:
        await catalogue.known(ref.id)
    async with (
        library_lock(database, ref.id) as still_locked,
        page_crew(stores.settings, model) as workers,
        embedding_pool(model, stores.settings.embedding_seconds) as pool,
    ):
        await vectors.sweep(await generations.owner(), generations.known_indexes)
        done = []
        for version in await catalogue.versions(ref.id):
            if version.generation and ref.version in (None, version.version):
                maker = await _maker(Crawls(database), version.generation)
                last = Refreshable(ref.id, version.version, maker.start_url, maker.options, maker.started_at)
                order = await refresh_order(database, last, force=False, manner=Manner())
                context = RunContext(stores.settings, database, vectors, model, order)
                done.append(
                    await _reembed(context, workers, pool, version.generation, maker, show, still_locked)
                )
        return done


async def _maker(crawls: Crawls, served: Generation) -> CrawlRow:
    """The crawl that a generation was made or last confirmed by."""
    maker = await crawls.confirming(served.id)
    if maker is None:
        raise NeverCrawled(
            f"no crawl of {served.library_id} {served.version} is remembered",
            f"crawl it: ingest crawl {served.library_id} URL",
        )
    return maker


async def _reembed(
    context: RunContext,
    workers: Crew,
    pool: EmbeddingPool,
    served: Generation,
    maker: CrawlRow,
    show: Show,
    still_locked: StillLocked,
) -> Reembedded:
    began = time.monotonic()
    snapshots = Snapshots(context.database)
    url = (await snapshots.urls(served.library_id, served.version)).get(served.id)
    if url is None:
        raise SnapshotUnavailable(
            f"{served.library_id} {served.version} has no snapshot",
            f"`ingest reindex {served.library_id}` embeds its chunks as they are; the next crawl writes one",
        )
    rows = await context.crawls.pages(maker.id)
    made = await context.generations.made(served.id)
    if made.of == recipe(context, (row for row in rows if row.document_key)):
        return Reembedded(served.version, made.pages, made.chunks, embedded=0, unchanged=True)
    draft = await _begin(context, maker, served, [row for row in rows if row.document_key is None])

    def say(progress: Progress) -> None:
        stage = "embedding" if progress.stage == "crawling" else progress.stage
        show(served.version, replace(progress, stage=stage))

    intake = Intake(context, pool, draft, Baseline(), say, cut=cutting(workers, context.model))

    async def feed() -> None:
        known = {row.url: row for row in rows if row.document_key}
        with context.timed("embed"):
            async with open_snapshot(context.settings, url) as (_, pages):
                async for page in pages:
                    row = known.get(page.document.url) or await _restored(context, page, len(known))
                    await intake.put(row, page.document)

    await fill(context, intake, feed)
    failed, made = tuple(intake.tally.failures), await intake.made()
    report = replace(
        read_report(maker.report or {}),
        outcome="published",
        chunks=made.chunks,
        tokens=made.tokens,
        embedded=intake.computed,
        failed=failed,
        seconds=time.monotonic() - began,
        stages=context.stages,
    )
    await serve(context, draft, made, report, say, still_locked)
    await tidy_crawls(context, served.library_version_id)
    return Reembedded(served.version, made.pages, made.chunks, intake.computed, False, failed)


async def _begin(
    context: RunContext, maker: CrawlRow, served: Generation, outcomes: Sequence[PageRow]
) -> Draft:
    """A draft of what counts as the same crawl as the served one: a refresh goes on from it.

    A killed run is not resumed: its options are no crawl's.
    """
    anew = {stage: REVISIONS[stage] for stage in INDEXED}
    revisions = (maker.options.get("revisions") or {}) | anew
    draft = await begin_draft(
        context,
        served.library_version_id,
        kind=maker.kind,
        start_url=maker.start_url,
        options=dict(maker.options) | {"revisions": revisions, "reembedded": True},
        as_of=maker.id,
    )
    await context.crawls.put_pages(draft.crawl_id, outcomes)
    return draft


async def _restored(context: RunContext, page: SavedPage, position: int) -> PageRow:
    """A page that PostgreSQL has lost."""
    document = page.document
    content = page_json.content_hash(document)
    key = hashlib.sha256(b"snapshot\n" + document.url.encode() + content).digest()
    await context.crawls.put_document(key, page_json.to_json(ExtractedPage(document)))
    return PageRow(
        url=document.url,
        position=position,
        depth=0,
        state="fetched",
        document_key=key,
        content_hash=content,
        fetched_at=page.fetched_at,
    )
