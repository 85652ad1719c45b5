"""Pages on their way into a generation that nobody sees yet: each is written whole, in one transaction."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ingest.crawl.crawl import Crawl
from ingest.crawl.events import Failed, Page, PageEvent, Skipped, Unmodified
from ingest.crawl.fetch.fetcher import Validators
from ingest.crawl.limits import NOT_RETRIED
from ingest.crawl.unwanted import SOURCE_LISTING
from ingest.embed.pool import EmbeddingPool
from ingest.embed.queue import VectorQueue
from ingest.generation import page_json
from ingest.generation.baseline import Baseline, Undertaking
from ingest.jobs.page_task import chunk_document
from ingest.jobs.reader import Reader
from ingest.plan.context import RunContext
from ingest.plan.revision import chunking_revision
from ingest.report.report import Failure, Progress
from ingest.workers.crew import Crew
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.adopt import PageChunks, adopt, served_chunks
from shared.catalogue.crawls import NOT_ASKED, NOT_SENT, PageRow
from shared.catalogue.generations import copy_chunks
from shared.errors import InterstitialPage, NotADocument, TaskFailed, TooDeep, ValueRefused
from shared.model.document import Document
from shared.one_line import one_line

CUT_AT_ONCE = 8
"""Stored pages in memory while they are cut."""


ABSENCES = 2
"""Refreshes that must find a page gone before it is dropped."""

_LONGEST_REASON = 300
NO_PASSAGE = "headings alone, no text"

_COSTS_ITSELF = (TaskFailed, ValueRefused, ValueError, RecursionError)
"""What one page may do to its worker, to the database or to us."""

WRITTEN_AT_ONCE = 100
"""Outcomes without chunks in one transaction: so many a kill may cost, each a conditional request."""


class Intake:
    """Takes the events of one crawl.

    A page that is the same as it is served is not cut before `chunk_rest`, which is not called where nothing
    changed at all; one that cannot be had now is kept as it is served. With `fresh` no page is taken as it was
    extracted before.
    """

    def __init__(
        self,
        context: RunContext,
        workers: Crew,
        pool: EmbeddingPool,
        undertaking: Undertaking,
        base: Baseline,
        show: Callable[[Progress], None],
        lists: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`lists` says whether a list of the site's own names a URL."""
        self.pages = {row.url: row for row in undertaking.kept}
        """What is kept, by URL."""
        self._counted = Counter(map(_kind, undertaking.kept))
        self._failures = {
            row.url: Failure(row.url, row.reason or "", row.attempts, gone=row.absences > 0, kept=True)
            for row in undertaking.kept
            if row.state == "carried"
        }
        self._gone = {failure.url for failure in self._failures.values() if failure.gone}
        self._skipped = dict(undertaking.skipped)
        """Reasons by URL. No URL is both kept and skipped, and what failed is kept only as it is served."""
        self.moves: dict[str, str] = {}
        """Where URLs led to: redirects, and other names of the same page."""
        self._standing_in: set[str] = set()
        """Pages that are kept as they are served, since they were read and then found to be unusable."""
        self._database = context.database
        self._crawls = context.crawls
        self._generations = context.generations
        self._workers = workers
        self._model = context.model
        self._order = context.order
        self._reader = Reader(context.crawls, workers, fresh=context.order.fresh)
        self._crawl_id = undertaking.crawl_id
        self._generation = undertaking.generation
        self._base = base
        self._show = show
        self._lists = lists
        self._listed = base.listed
        self._found = 0
        self._outcomes = max((row.position for row in undertaking.kept), default=-1) + 1
        self._unwritten: list[PageRow] = []
        self._writing = asyncio.Lock()
        self._cutting = asyncio.Semaphore(CUT_AT_ONCE)
        self._queue = VectorQueue(
            context.generations,
            pool,
            self._generation.id,
            undertaking.chunks,
            told=self._show_embedding,
            lost=self._lose_page,
        )

    @property
    def failures(self) -> list[Failure]:
        """Pages that could not be had, those that are kept as they are served among them."""
        return [replace(failure, listed=self._names(failure.url)) for failure in self._failures.values()]

    @property
    def skipped(self) -> dict[str, int]:
        """URLs that give no page of their own, counted by reason, the most frequent first."""
        return dict(Counter(self._skipped.values()).most_common())

    @property
    def outcomes(self) -> int:
        """URLs of which something became."""
        return len(self.pages) + len(self._failures) - self.carried + len(self._skipped)

    @property
    def unchanged(self) -> int:
        """Pages that are as they are served now."""
        return self._counted["unchanged"] + self.not_modified + self.not_asked + self.carried

    @property
    def not_modified(self) -> int:
        """Of these, pages that the site did not send."""
        return self._counted[NOT_SENT]

    @property
    def not_asked(self) -> int:
        """Of these, pages that a retry leaves as they were."""
        return self._counted[NOT_ASKED]

    @property
    def carried(self) -> int:
        """Pages that failed and are kept as they are served."""
        return self._counted["carried"]

    @property
    def computed(self) -> int:
        """Vectors that the model made."""
        return self._queue.computed

    @property
    def missing(self) -> list[str]:
        """Pages that are gone, and served until the next refresh."""
        return [row.url for row in self.pages.values() if row.state == "carried" and row.absences]

    async def take(self, crawl: Crawl, event: PageEvent) -> None:
        """Bring one event to its end."""
        match event:
            case Page():
                await self._take_page(crawl, event)
            case Unmodified():
                await self._take_unmodified(crawl, event)
            case Skipped():
                await self._take_skipped(event)
            case Failed():
                await self._take_failure(crawl, event)
        self._found = crawl.found
        self.show("crawling")

    async def retract(self, event: Failed) -> None:
        """A page of which only the whole crawl shows that it is none."""
        if event.url in self.pages:
            await self._lose_page(event.url, event.reason)
        else:
            await self._fail(
                Failure(event.url, event.reason, event.attempts), self._base.pages.get(event.url)
            )

    async def write_rest(self) -> None:
        """Write down the outcomes that wait for others."""
        rows = [row for row in self._unwritten if self._stands(row)]
        self._unwritten = []
        if not rows:
            return
        try:
            await self._crawls.put_pages(self._crawl_id, rows)
        except ValueRefused:
            for row in rows:
                await self._write_alone(row)

    async def chunk_rest(self) -> None:
        """The chunks of the pages that are the same as in the served generation: taken over, or cut again."""
        await self.write_rest()
        if self._base.served and self._base.cut_alike:
            async for pages in served_chunks(self._database, self._base.served):
                await self._adopt([page for page in pages if self._is_served_so(page.url)])
        rest = [row for row in self.pages.values() if not row.chunked and row.document_key]
        await asyncio.gather(*(self._chunk_stored(row) for row in rest))

    async def cut(self, row: PageRow, document: Document) -> None:
        """Take a page that was extracted long ago."""
        await self._chunk_or_lose(row, document)

    async def embed(self) -> None:
        """Give every chunk its vector until `catch_up`."""
        await self._queue.run()

    async def catch_up(self) -> None:
        """No page comes any more: wait until every chunk has its vector, those of stand-ins too."""
        self._queue.complete = True
        await self._queue.caught_up()
        while waiting := [
            row for url in self._standing_in if (row := self.pages.get(url)) and not row.chunked
        ]:
            await asyncio.gather(*(self._chunk_stored(row) for row in waiting))
            await self._queue.caught_up()
        self._queue.end()
        await self.write_rest()

    def digest(self) -> bytes:
        """Everything that decides which chunks the generation holds."""
        parts = [chunking_revision()]
        parts += [f"{url} {(row.content_hash or b'').hex()}" for url, row in sorted(self.pages.items())]
        return hashlib.sha256("\n".join(parts).encode()).digest()

    def show(self, stage: str) -> None:
        dead = sum(not self._names(url) for url in self._gone)
        self._show(
            Progress(
                stage=stage,
                found=self._found,
                fetched=len(self.pages) - self.unchanged,
                unchanged=self.unchanged,
                skipped=len(self._skipped),
                failed=len(self._failures) - dead,
                dead=dead,
                outcomes=self.outcomes,
                chunks=self._queue.chunks,
                embedded=self._queue.embedded,
                computed=self.computed,
            )
        )

    def _show_embedding(self) -> None:
        self.show("embedding" if self._queue.complete else "crawling")

    async def _take_unmodified(self, crawl: Crawl, event: Unmodified) -> None:
        served = self._base.pages[event.url]
        language = await self._language(served) if event.depth == 0 else None
        crawl.recalled(event.url, self._base.links.get(event.url, ()), language)
        if event.url in self.pages:
            return
        found = replace(
            served,
            state="unchanged",
            reason=NOT_SENT,
            attempts=event.fetched.attempts,
            absences=0,
            depth=event.depth,
        )
        await self._keep(
            replace(
                found,
                etag=event.fetched.etag or served.etag,
                last_modified=event.fetched.last_modified or served.last_modified,
            )
        )

    async def _take_skipped(self, event: Skipped) -> None:
        if event.detail:
            self.moves[event.url] = event.detail
        if event.reason == NOT_RETRIED and event.url in self._skipped:
            return
        answer = event.validators or Validators()
        row = PageRow(event.url, self._next(), 0, "skipped", event.reason, final_url=event.detail or None)
        await self._skip(replace(row, etag=answer.etag, last_modified=answer.last_modified))

    async def _take_failure(self, crawl: Crawl, event: Failed) -> None:
        if event.landed in self._base.pages and event.url not in self._base.pages:
            event = replace(event, url=event.landed)
        served = None if event.url in self.pages else self._base.pages.get(event.url)
        failure = Failure(event.url, event.reason, event.attempts, event.gone)
        if await self._fail(failure, served):
            crawl.recalled(event.url, self._base.links.get(event.url, ()))

    async def _take_page(self, crawl: Crawl, event: Page) -> None:
        try:
            page, key, known = await self._reader.read(crawl, event)
            content = page_json.content_hash(page.document)
        except InterstitialPage as error:
            crawl.blocked(event.url, error.reason)
            return
        except (TooDeep, *_COSTS_ITSELF) as error:
            crawl.failed(event.url, _reason(error))
            return
        except NotADocument as error:
            crawl.unreadable(event.url, error)
            return
        url = crawl.extracted(event.url, page, content)
        if url is None or url in self.pages:
            return  # the start page of an interrupted run is always fetched again
        self.moves |= dict.fromkeys((*event.fetched.redirects, event.url), url)
        served = self._base.pages.get(url)
        row = PageRow(
            url=url,
            position=self._next(),
            depth=event.depth,
            state="unchanged" if served and served.content_hash == content else "fetched",
            attempts=event.fetched.attempts,
            final_url=event.fetched.url,
            document_key=key,
            content_hash=content,
            etag=event.fetched.etag,
            last_modified=event.fetched.last_modified,
            fetched_at=datetime.now(UTC),
        )
        try:
            if not known:
                await self._crawls.put_document(key, page_json.to_json(page))
        except _COSTS_ITSELF as error:
            await self._lose(row, _reason(error))
            return
        if row.state == "unchanged":
            await self._keep(row)
        else:
            await self._chunk_or_lose(row, page.document)

    async def _fail(self, failure: Failure, served: PageRow | None) -> bool:
        """A page that could not be had: kept as it is `served`, or not at all. Whether it is kept."""
        self._skipped.pop(failure.url, None)
        self._failures[failure.url] = failure
        (self._gone.add if failure.gone else self._gone.discard)(failure.url)
        absences = served.absences + 1 if served and failure.gone else 0
        patience = ABSENCES if self._order.kind == "refresh" else 1
        if served is None or absences >= patience:
            row = PageRow(failure.url, self._next(), 0, "failed", failure.reason, failure.attempts)
            await self._note(replace(row, absences=absences))
            return False
        self._failures[failure.url] = replace(failure, kept=True)
        carried = replace(served, state="carried", reason=failure.reason, attempts=failure.attempts)
        await self._keep(replace(carried, absences=absences))
        return True

    async def _lose(self, row: PageRow, reason: str) -> None:
        """A page that was read and cannot be cut, embedded or stored: as it is served it may still be kept."""
        self._drop(row.url)
        served = self._base.pages.get(row.url)
        other = served if served and served.content_hash != row.content_hash else None
        if await self._fail(Failure(row.url, reason, row.attempts), other):
            self._standing_in.add(row.url)

    async def _lose_page(self, url: str, reason: str) -> None:
        """The model cannot read a page that is cut already."""
        await self._generations.drop_page(self._generation.id, url)
        if row := self.pages.get(url):
            await self._lose(row, reason)

    async def _skip(self, row: PageRow) -> None:
        """A URL that gives no page; what is kept under it, or failed, stays."""
        if row.url not in self.pages and row.url not in self._failures:
            self._skipped[row.url] = row.reason or ""
            await self._note(row)

    async def _keep(self, row: PageRow) -> None:
        """A page that is as it is served: its chunks are cut only if they are needed."""
        kept = replace(row, position=self._next(), chunked=False)
        self._put(kept)
        await self._note(kept)

    async def _language(self, row: PageRow) -> str | None:
        stored = await self._crawls.document(row.document_key or b"")
        return page_json.from_json(stored).document.language if stored else None

    def _names(self, url: str) -> bool:
        """Whether the site's own lists name a URL, or did in the crawl that this one mends."""
        return self._lists(url) or url in self._listed

    def _is_served_so(self, url: str) -> bool:
        row, served = self.pages.get(url), self._base.pages.get(url)
        return bool(row and served and not row.chunked and row.content_hash == served.content_hash)

    async def _adopt(self, pages: Sequence[PageChunks]) -> None:
        now = datetime.now(UTC)
        done = [replace(self.pages[page.url], chunked=True) for page in pages]
        async with self._writing:
            async with self._database.transaction() as connection:
                chunks = await adopt(
                    connection,
                    self._generation,
                    pages,
                    first=self._queue.chunks,
                    fetched_at={row.url: row.fetched_at or now for row in done},
                )
                await crawl_rows.put_pages(connection, self._crawl_id, done)
            for row in done:
                self._put(row)
            self._queue.grow(chunks)

    async def _chunk_stored(self, row: PageRow) -> None:
        async with self._cutting:
            if stored := await self._crawls.document(row.document_key or b""):
                await self._chunk_or_lose(row, page_json.from_json(stored).document)
            else:
                await self._lose(row, "its stored text is missing")

    async def _write_alone(self, row: PageRow) -> None:
        try:
            await self._crawls.put_pages(self._crawl_id, [row])
        except ValueRefused as error:
            if row.url in self.pages:
                await self._lose(row, _reason(error))
            # Else its outcome cannot be written down, and stands in this report alone.

    async def _note(self, row: PageRow) -> None:
        """An outcome that is written with others; what is kept under that URL is not overwritten."""
        if self._stands(row):
            self._unwritten.append(row)
        if len(self._unwritten) >= WRITTEN_AT_ONCE:
            await self.write_rest()

    def _stands(self, row: PageRow) -> bool:
        return row.url not in self.pages or self.pages[row.url] is row

    def _put(self, row: PageRow) -> None:
        if before := self.pages.get(row.url):
            self._counted[_kind(before)] -= 1
        self._skipped.pop(row.url, None)
        self._counted[_kind(row)] += 1
        self.pages[row.url] = row

    def _drop(self, url: str) -> None:
        if before := self.pages.pop(url, None):
            self._counted[_kind(before)] -= 1

    def _next(self) -> int:
        """The position of the next outcome."""
        self._outcomes += 1
        return self._outcomes - 1

    async def _chunk_or_lose(self, row: PageRow, document: Document) -> None:
        try:
            await self._chunk(row, document)
        except _COSTS_ITSELF as error:
            await self._lose(row, _reason(error))

    async def _chunk(self, row: PageRow, document: Document) -> None:
        chunks = await self._workers.run(chunk_document, replace(document, url=row.url), self._model)
        if not chunks:
            self._drop(row.url)
            self._failures.pop(row.url, None)
            self._gone.discard(row.url)
            await self._skip(_without_passage(row, SOURCE_LISTING if document.listings else NO_PASSAGE))
            return
        done = replace(row, chunked=True)
        # One writer at a time: `embed` reads chunks by their numbers, which must be there without gaps.
        async with self._writing:
            async with self._database.transaction() as connection:
                await copy_chunks(
                    connection,
                    self._generation,
                    chunks,
                    first=self._queue.chunks,
                    fetched_at=row.fetched_at or datetime.now(UTC),
                )
                await crawl_rows.put_pages(connection, self._crawl_id, [done])
            self._put(done)
            self._queue.grow(len(chunks))


def _without_passage(row: PageRow, reason: str) -> PageRow:
    """A page that was read and has nothing to serve, as an outcome that holds as long as the page is the same."""
    itself = row.final_url in (None, row.url)
    return PageRow(
        url=row.url,
        position=row.position,
        depth=row.depth,
        state="skipped",
        reason=reason,
        attempts=row.attempts,
        etag=row.etag if itself else None,
        last_modified=row.last_modified if itself else None,
    )


def _kind(row: PageRow) -> str:
    """What a kept page is counted as."""
    return row.reason if row.reason in (NOT_SENT, NOT_ASKED) else row.state


def _reason(error: Exception) -> str:
    """What a report says of a page, short enough for a line."""
    return one_line(str(error))[:_LONGEST_REASON]
