"""Pages on their way into a generation that nobody sees yet: each is written whole, in one transaction."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from ingest import page_json
from ingest.crawl import Crawl, Failed, Fetched, Finished, Page, PageEvent, Skipped
from ingest.embed import EmbeddingPool
from ingest.prepare import chunk_document, extract_page
from ingest.report import Failure, Progress
from ingest.revision import chunking_revision, extraction_revision
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.crawls import Crawls, PageRow
from shared.catalogue.generations import Generations, copy_chunks
from shared.embedding.model import EmbeddingModel
from shared.errors import NotADocument
from shared.model.document import Document, ExtractedPage
from shared.model.library import NewGeneration
from shared.stores.postgres import Database

EMBED_AT_ONCE = 256
"""Chunks sorted by length together; few enough that the workers extract pages in between."""


CUT_AT_ONCE = 8
"""Stored pages in memory while they are cut."""


@dataclass(frozen=True, slots=True)
class Undertaking:
    """One crawl and the generation that it fills, begun now or by a run that was interrupted."""

    crawl_id: UUID
    generation: NewGeneration
    kept: tuple[tuple[PageRow, tuple[str, ...]], ...] = ()
    """What the interrupted run has kept, each page with its links."""
    chunks: int = 0
    """Chunks that the interrupted run has written."""

    @property
    def finished(self) -> list[Finished]:
        """What is not fetched again; what failed or was skipped is."""
        return [Finished(row.url, links, row.depth) for row, links in self.kept]


class Intake:
    """Takes the events of one crawl.

    `served` are the pages of the generation that is served now. One that is still the same is not cut before
    `chunk_rest`, which is not called where nothing changed at all; one that cannot be had now is kept as it
    is served. With `fresh` no page is taken as it was extracted before.
    """

    def __init__(
        self,
        database: Database,
        pool: EmbeddingPool,
        model: EmbeddingModel,
        undertaking: Undertaking,
        served: Mapping[str, PageRow],
        show: Callable[[Progress], None],
        *,
        fresh: bool = False,
    ) -> None:
        self.pages = {row.url: row for row, _ in undertaking.kept}
        """What is kept, by URL."""
        self.failures: list[Failure] = []
        self.skipped: Counter[str] = Counter()
        self.unchanged = sum(row.state == "unchanged" for row in self.pages.values())
        """Pages that are as they are served now."""
        self.carried = 0
        """Pages that failed and are kept as they are served."""
        self.computed = 0
        """Vectors that the model made."""
        self._database = database
        self._crawls = Crawls(database)
        self._generations = Generations(database)
        self._pool = pool
        self._model = model
        self._crawl_id = undertaking.crawl_id
        self._generation = undertaking.generation
        self._served = served
        self._show = show
        self._fresh = fresh
        self._found = 0
        self._outcomes = len(self.pages)
        self._chunks = undertaking.chunks
        self._embedded = 0
        self._writing = asyncio.Lock()
        self._cutting = asyncio.Semaphore(CUT_AT_ONCE)
        self._grown = asyncio.Event()
        self._complete = False
        self._caught_up = asyncio.Event()

    async def take(self, crawl: Crawl, event: PageEvent) -> None:
        """Bring one event to its end; a page is written before this returns."""
        match event:
            case Page():
                await self._take_page(crawl, event)
            case Skipped(url, reason):
                self.skipped[reason] += 1
                await self._write_down(PageRow(url, self._next(), 0, "skipped", reason))
            case Failed():
                await self._take_failure(crawl, event)
        self._found = sum(crawl.counts.values())
        self.show("crawling")

    async def chunk_rest(self) -> None:
        """Cut the pages that are the same as in the served generation."""
        rest = [row for row in self.pages.values() if not row.chunked and row.document_key]
        await asyncio.gather(*(self._chunk_stored(row) for row in rest))

    async def catch_up(self) -> None:
        """No page comes any more: wait until every chunk has its vector."""
        self._complete = True
        self._grown.set()
        await self._caught_up.wait()

    async def embed(self) -> None:
        """Give every chunk its vector, in the order in which they are written, until `catch_up`."""
        while True:
            if self._embedded < self._chunks:
                last = min(self._chunks, self._embedded + EMBED_AT_ONCE)
                self.computed += await embed_missing(
                    self._generations, self._pool, self._generation.id, self._embedded, last - 1
                )
                self._embedded = last
                self.show("embedding" if self._complete else "crawling")
            elif self._complete:
                return self._caught_up.set()
            else:
                self._grown.clear()
                await self._grown.wait()

    def digest(self) -> bytes:
        """Everything that decides which chunks the generation holds."""
        parts = [chunking_revision()]
        parts += [f"{url} {(row.document_key or b'').hex()}" for url, row in sorted(self.pages.items())]
        return hashlib.sha256("\n".join(parts).encode()).digest()

    def show(self, stage: str) -> None:
        self._show(
            Progress(
                stage=stage,
                found=self._found,
                fetched=len(self.pages) - self.unchanged,
                unchanged=self.unchanged,
                skipped=self.skipped.total(),
                failed=len(self.failures),
                chunks=self._chunks,
                embedded=self._embedded,
                computed=self.computed,
            )
        )

    async def _take_failure(self, crawl: Crawl, event: Failed) -> None:
        self.failures.append(Failure(event.url, event.reason, event.attempts))
        served = self._served.get(event.url)
        stored = served and served.document_key and await self._crawls.document(served.document_key)
        if event.gone or event.url in self.pages or not served or not stored:
            await self._write_down(
                PageRow(event.url, self._next(), 0, "failed", event.reason, event.attempts)
            )
            return
        kept = replace(served, position=self._next(), state="unchanged", reason=event.reason, chunked=False)
        crawl.recalled(event.url, page_json.from_json(stored).links)
        await self._keep(kept)
        self.carried += 1

    async def _take_page(self, crawl: Crawl, event: Page) -> None:
        key = _document_key(event.url, event.fetched)
        try:
            page, known = await self._extracted(key, event)
        except NotADocument as error:
            crawl.unreadable(event.url, error.reason, error.links)
            return
        url = crawl.extracted(event.url, page)
        if url is None or url in self.pages:
            return  # the start page of an interrupted run is always fetched again
        if not known:
            await self._crawls.put_document(key, page_json.to_json(page))
        row = PageRow(
            url=url,
            position=self._next(),
            depth=event.depth,
            state="unchanged" if url in self._served and self._served[url].document_key == key else "fetched",
            attempts=event.fetched.attempts,
            final_url=event.fetched.url,
            document_key=key,
            etag=event.fetched.etag,
            last_modified=event.fetched.last_modified,
            fetched_at=datetime.now(UTC),
        )
        if row.state == "unchanged":
            await self._keep(row)
        else:
            await self._chunk(row, page.document)

    async def _keep(self, row: PageRow) -> None:
        """A page that is as it is served: its chunks are cut only if they are needed."""
        await self._crawls.put_page(self._crawl_id, row)
        self.pages[row.url] = row
        self.unchanged += 1

    async def _extracted(self, key: bytes, event: Page) -> tuple[ExtractedPage, bool]:
        """The page, and whether it was extracted before."""
        if not self._fresh and (stored := await self._crawls.document(key)):
            return page_json.from_json(stored), True
        fetched = event.fetched
        return await self._pool.run(extract_page, fetched.body, event.url, fetched.charset), False

    async def _chunk_stored(self, row: PageRow) -> None:
        async with self._cutting:
            stored = await self._crawls.document(row.document_key or b"")
            if stored:
                await self._chunk(row, page_json.from_json(stored).document)

    async def _write_down(self, row: PageRow) -> None:
        """An outcome without a page; what is kept under that URL is not overwritten."""
        if row.url not in self.pages:
            await self._crawls.put_page(self._crawl_id, row)

    def _next(self) -> int:
        """The position of the next outcome."""
        self._outcomes += 1
        return self._outcomes - 1

    async def _chunk(self, row: PageRow, document: Document) -> None:
        chunks = await self._pool.run(chunk_document, replace(document, url=row.url), self._model)
        done = replace(row, chunked=True)
        # One writer at a time: `embed` reads chunks by their numbers, which must be there without gaps.
        async with self._writing:
            async with self._database.transaction() as connection:
                await copy_chunks(
                    connection,
                    self._generation,
                    chunks,
                    first=self._chunks,
                    fetched_at=row.fetched_at or datetime.now(UTC),
                )
                await crawl_rows.put_page(connection, self._crawl_id, done)
            self.pages[row.url] = done
            self._chunks += len(chunks)
        self._grown.set()


async def embed_missing(
    generations: Generations, pool: EmbeddingPool, generation: UUID, first: int, last: int
) -> int:
    """Embed what of the chunks `first` to `last` was never embedded; returns how many texts that were."""
    missing = await generations.missing(generation, first, last)
    if missing:
        vectors = await pool.embed([text for _, text in missing])
        await generations.put_embeddings([key for key, _ in missing], vectors)
    return len(missing)


def _document_key(url: str, fetched: Fetched) -> bytes:
    """Under which a page is kept as it was extracted: the same bytes at the same address, by the same code."""
    head = f"{extraction_revision()}\n{url}\n{fetched.charset or ''}\n"
    return hashlib.sha256(head.encode() + fetched.body).digest()
