"""The pages of a generation kept as one archive, from which its vectors can be made anew without the site."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from ingest.generation.snapshot import page_json
from ingest.generation.snapshot.format import Manifest, SavedPage, reading, writing
from shared.catalogue.generations import Generations
from shared.catalogue.snapshots import Snapshots
from shared.errors import StoreError
from shared.model.library import NewGeneration
from shared.settings import IngestSettings
from shared.stores.archives import Archives
from shared.stores.postgres import Database, Row

log = logging.getLogger(__name__)


def archives(settings: IngestSettings) -> Archives:
    return Archives(settings.home, settings.snapshot_url)


async def write_snapshot(settings: IngestSettings, database: Database, new: NewGeneration) -> str:
    """Archive the pages of a generation that is about to be served; returns the URL, which is written down.

    Durable on return. Raises SnapshotUnavailable.
    """
    snapshots, generations = Snapshots(database), Generations(database)
    maker = await snapshots.maker(new.id)
    chunks, _ = await generations.totals(new.id)
    manifest = Manifest(
        library=new.library_id,
        version=new.version,
        generation=str(new.id),
        start_url=maker.start_url,
        pages=maker.pages,
        chunks=chunks,
        model=new.model,
        fingerprint=new.fingerprint,
        revisions=maker.revisions,
    )
    shelf = archives(settings)
    url = shelf.url(new.library_id, new.version, new.id, await generations.owner())
    async with shelf.writing(url) as file:
        with writing(file, manifest) as add:
            async for rows in snapshots.pages(maker.id):
                await asyncio.to_thread(_add_all, add, rows)
    await snapshots.note(new.id, url)
    return url


@asynccontextmanager
async def open_snapshot(
    settings: IngestSettings, url: str
) -> AsyncIterator[tuple[Manifest, AsyncIterator[SavedPage]]]:
    """The manifest of an archive, and its pages one after the other. Raises SnapshotUnavailable, also on the way."""
    async with archives(settings).reading(url) as file:
        opened = reading(file, url)
        manifest, pages = await asyncio.to_thread(opened.__enter__)
        try:
            yield manifest, _drawn(pages)
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)


async def kept_snapshots(database: Database, new: NewGeneration) -> frozenset[str]:
    """The URLs of all that the generations of this version have now."""
    return frozenset((await Snapshots(database).urls(new.library_id, new.version)).values())


async def tidy_snapshots(
    settings: IngestSettings, database: Database, new: NewGeneration, before: frozenset[str]
) -> None:
    """Remove those of `before` that no generation of this version has any more, and what killed runs left.

    The generation is served by then: a failure is logged, and the next run repairs it.
    """
    shelf = archives(settings)
    try:
        keep = await kept_snapshots(database, new)
        for url in sorted(before - keep):
            await shelf.remove(url)
        await shelf.sweep(new.library_id, new.version, await Generations(database).owner(), keep)
    except StoreError as error:
        log.warning("published, but not every old snapshot could be removed: %s", error.line)


def _add_all(add: Callable[[SavedPage], None], rows: Sequence[Row]) -> None:
    for row in rows:
        page = page_json.from_json({"document": row["document"], "links": ()})
        add(SavedPage(replace(page.document, url=row["url"]), row["fetched_at"]))


async def _drawn(pages: Iterator[SavedPage]) -> AsyncIterator[SavedPage]:
    """Read and unpacked in a worker thread, a page at a time."""
    while page := await asyncio.to_thread(next, pages, None):
        yield page
