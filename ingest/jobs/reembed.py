"""A library cut and embedded anew from its snapshots with the model in use, and then served; no site is asked."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from ingest.crawl.addresses.bounds import Manner
from ingest.embed.pool import EmbeddingPool, embedding_pool
from ingest.generation import page_json
from ingest.generation.baseline import Baseline, Undertaking
from ingest.generation.intake import Intake
from ingest.generation.snapshot.archive import open_snapshot
from ingest.generation.snapshot.format import SavedPage
from ingest.jobs.crawl import first_error, serve
from ingest.jobs.page_crew import page_crew
from ingest.jobs.refresh import refresh_order
from ingest.plan.context import Room
from ingest.plan.revision import chunking_revision
from ingest.report.report import Failure, Progress, read_report
from ingest.workers.crew import Crew
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.crawls import CrawlRow, Crawls, PageRow, Refreshable
from shared.catalogue.generations import Generations, Made
from shared.catalogue.locks import StillHeld, library_lock
from shared.catalogue.snapshots import Snapshots
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import NeverCrawled, SnapshotUnavailable
from shared.model.document import ExtractedPage
from shared.model.library import Generation, LibraryRef, NewGeneration
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
    stores: Stores, model: EmbeddingModel, ref: LibraryRef, show: Show
) -> list[Reembedded]:
    """Make every served version anew from its snapshot, or the one that is named; the one before it is kept.

    Stopped or killed at any moment, what was served is still served, and no vector is made twice.
    Raises LibraryUnknown, VersionUnknown, SnapshotUnavailable, NeverCrawled and CrawlBusy.
    """
    database, vectors = await stores.database(), await stores.vectors()
    catalogue, generations = Catalogue(database), Generations(database)
    if ref.version:
        await catalogue.served(ref.id, ref.version)
    else:
        await catalogue.known(ref.id)
    async with (
        library_lock(database, ref.id) as still_held,
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
                room = Room(stores.settings, database, vectors, model, order)
                done.append(await _reembed(room, workers, pool, version.generation, maker, show, still_held))
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
    room: Room,
    workers: Crew,
    pool: EmbeddingPool,
    served: Generation,
    maker: CrawlRow,
    show: Show,
    still_held: StillHeld,
) -> Reembedded:
    began = time.monotonic()
    snapshots = Snapshots(room.database)
    url = (await snapshots.urls(served.library_id, served.version)).get(served.id)
    if url is None:
        raise SnapshotUnavailable(
            f"{served.library_id} {served.version} has no snapshot",
            f"`ingest reindex {served.library_id}` embeds its chunks as they are; the next crawl writes one",
        )
    rows = await room.crawls.pages(maker.id)
    undertaking = await _begin(room, maker, served, [row for row in rows if row.document_key is None])

    def say(progress: Progress) -> None:
        stage = "embedding" if progress.stage == "crawling" else progress.stage
        show(served.version, replace(progress, stage=stage))

    intake = Intake(room, workers, pool, undertaking, Baseline(), say)
    with first_error():
        async with asyncio.TaskGroup() as embedding:
            embedding.create_task(intake.embed())
            with room.timed("embed"):
                async with open_snapshot(room.settings, url) as (_, pages):
                    known = {row.url: row for row in rows if row.document_key}
                    async for page in pages:
                        row = known.get(page.document.url) or await _restored(room, page, len(known))
                        await intake.cut(row, page.document)
                await intake.catch_up()
    new, failed = undertaking.generation, tuple(intake.failures)
    made = Made(
        intake.digest(),
        room.model.fingerprint,
        room.vectors.backend,
        len(intake.pages),
        *await room.generations.totals(new.id),
    )
    unchanged = (await room.generations.made(served.id)).of == made.of
    report = replace(
        read_report(maker.report or {}),
        outcome="unchanged" if unchanged else "published",
        chunks=made.chunks,
        tokens=made.tokens,
        embedded=intake.computed,
        failed=failed,
        seconds=time.monotonic() - began,
        stages=room.stages,
    )
    if unchanged:
        forget = partial(crawl_rows.forget, crawl_id=undertaking.crawl_id)
        await room.generations.discard(new, current=False, also=forget)
    else:
        await serve(room, undertaking, made, report, say, still_held)
    await room.crawls.tidy(new.library_version_id)
    return Reembedded(served.version, made.pages, made.chunks, intake.computed, unchanged, failed)


async def _begin(room: Room, maker: CrawlRow, served: Generation, outcomes: Sequence[PageRow]) -> Undertaking:
    """A new generation, filled by what counts as the same crawl as the served one: a refresh goes on from it.

    Killed, it is not gone on with: its options are no crawl's.
    """
    crawl, generation = uuid4(), uuid4()
    new = NewGeneration(
        id=generation,
        library_version_id=served.library_version_id,
        library_id=served.library_id,
        version=served.version,
        backend=room.vectors.backend,
        index_name=await room.generations.new_index_name(generation),
        model=room.model.name,
        fingerprint=room.model.fingerprint,
        dimension=room.model.dimension,
    )
    await room.generations.begin(
        new,
        also=partial(
            crawl_rows.begin,
            crawl_id=crawl,
            library_version_id=new.library_version_id,
            generation_id=generation,
            kind=maker.kind,
            start_url=maker.start_url,
            options=dict(maker.options) | {"chunking": chunking_revision(), "reembedded": True},
            as_of=maker.id,
        ),
    )
    await room.crawls.put_pages(crawl, outcomes)
    return Undertaking(crawl, new)


async def _restored(room: Room, page: SavedPage, position: int) -> PageRow:
    """A page that PostgreSQL has lost."""
    document = page.document
    content = page_json.content_hash(document)
    key = hashlib.sha256(b"snapshot\n" + document.url.encode() + content).digest()
    await room.crawls.put_document(key, page_json.to_json(ExtractedPage(document)))
    return PageRow(
        url=document.url,
        position=position,
        depth=0,
        state="fetched",
        document_key=key,
        content_hash=content,
        fetched_at=page.fetched_at,
    )
