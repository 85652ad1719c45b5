"""Pages on their way into a generation that nobody sees yet: each is written whole, in one transaction."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
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


class Intake:
    """Takes the events of one crawl.

    `served` is the document of each URL of the generation that is served now: a page that is still the same
    is not cut before `chunk_rest`, which is not called where nothing changed at all.
    """

    def __init__(
        self, database: Database, pool: EmbeddingPool, model: EmbeddingModel, show: Callable[[Progress], None]
    ) -> None:
        self.pages: dict[str, PageRow] = {}
        """What is kept, by URL."""
        self.failures: list[Failure] = []
        self.skipped: Counter[str] = Counter()
        self.computed = 0
        """Vectors that the model made."""
        self._database = database
        self._crawls = Crawls(database)
        self._generations = Generations(database)
        self._pool = pool
        self._model = model
        self._show = show
        self._served: Mapping[str, bytes] = {}
        self._found = 0
        self._chunks = 0
        self._embedded = 0
        self._writing = asyncio.Lock()
        self._grown = asyncio.Event()
        self._complete = False
        self._caught_up = asyncio.Event()

    async def resume(self, crawl_id: UUID, generation: NewGeneration) -> list[Finished]:
        """What an interrupted run of this crawl has finished; its failed and skipped URLs are tried again."""
        finished: list[Finished] = []
        for row in await self._crawls.pages(crawl_id):
            if row.document_key is None or (stored := await self._crawls.document(row.document_key)) is None:
                continue
            self.pages[row.url] = row
            finished.append(Finished(row.url, page_json.from_json(stored).links, row.depth))
        self._chunks = await self._generations.next_chunk_index(generation.id)
        return finished

    def begin(self, crawl_id: UUID, generation: NewGeneration, served: Mapping[str, bytes]) -> None:
        """From here on pages are written into this crawl and this generation."""
        self._crawl_id = crawl_id
        self._generation = generation
        self._served = served

    async def take(self, crawl: Crawl, event: PageEvent) -> None:
        """Bring one event to its end; a page is written before this returns."""
        match event:
            case Page():
                await self._take_page(crawl, event)
            case Skipped(reason=reason):
                self.skipped[reason] += 1
            case Failed(url, reason, attempts):
                self.failures.append(Failure(url, reason, attempts))
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
        """Everything that decides what the generation holds; equal digests need no new generation."""
        parts = [self._generation.backend, self._generation.fingerprint, chunking_revision()]
        parts += [f"{url} {(row.document_key or b'').hex()}" for url, row in sorted(self.pages.items())]
        return hashlib.sha256("\n".join(parts).encode()).digest()

    def show(self, stage: str) -> None:
        unchanged = sum(row.state == "unchanged" for row in self.pages.values())
        self._show(
            Progress(
                stage=stage,
                found=self._found,
                fetched=len(self.pages) - unchanged,
                unchanged=unchanged,
                skipped=self.skipped.total(),
                failed=len(self.failures),
                chunks=self._chunks,
                embedded=self._embedded,
                computed=self.computed,
            )
        )

    async def _take_page(self, crawl: Crawl, event: Page) -> None:
        key = _document_key(event.url, event.fetched)
        try:
            page, known = await self._extracted(key, event)
        except NotADocument as error:
            crawl.unreadable(event.url, error.reason, error.links)
            return
        url = crawl.extracted(event.url, page)
        if url is None or (url in self.pages and self.pages[url].document_key == key):
            return
        if not known:
            await self._crawls.put_document(key, page_json.to_json(page))
        row = PageRow(
            url=url,
            position=len(self.pages),
            depth=event.depth,
            state="unchanged" if self._served.get(url) == key else "fetched",
            attempts=event.fetched.attempts,
            final_url=event.fetched.url,
            document_key=key,
            etag=event.fetched.etag,
            last_modified=event.fetched.last_modified,
            fetched_at=datetime.now(UTC),
        )
        self.pages[url] = row
        if row.state == "unchanged":
            await self._crawls.put_page(self._crawl_id, row)
        else:
            await self._chunk(row, page.document)

    async def _extracted(self, key: bytes, event: Page) -> tuple[ExtractedPage, bool]:
        """The page, and whether it was extracted before."""
        if stored := await self._crawls.document(key):
            return page_json.from_json(stored), True
        fetched = event.fetched
        return await self._pool.run(extract_page, fetched.body, event.url, fetched.charset), False

    async def _chunk_stored(self, row: PageRow) -> None:
        stored = await self._crawls.document(row.document_key or b"")
        if stored:
            await self._chunk(row, page_json.from_json(stored).document)

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
