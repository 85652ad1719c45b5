"""Pages on their way into a draft: kept as they are served, written with their chunks, or lost by name."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from ingest.crawl.unwanted import SOURCE_LISTING
from ingest.embed.pool import EmbeddingPool
from ingest.embed.queue import VectorQueue
from ingest.generation.baseline import Baseline
from ingest.generation.draft import Draft
from ingest.generation.snapshot import page_json
from ingest.generation.writer import DraftWriter, Refused
from ingest.plan.context import RunContext
from ingest.plan.revision import INDEXED, REVISIONS
from ingest.report.report import Failure, Progress
from ingest.report.tally import Tally
from shared.catalogue.adopt import served_chunks
from shared.catalogue.generations import Made
from shared.errors import TaskFailed, ValueRefused
from shared.model.crawl import PageRow
from shared.model.document import Chunk, Document, ExtractedPage
from shared.one_line import one_line

Cut = Callable[[Document], Awaitable[Sequence[Chunk]]]
Recipe = tuple[bytes, str, str]
"""As `Made.of`."""

CUT_AT_ONCE = 8
"""Stored pages in memory while they are cut."""

ABSENCES = 2
"""Refreshes that must find a page gone before it is dropped."""

NO_PASSAGE = "headings alone, no text"

COSTS_ITSELF = (TaskFailed, ValueRefused, ValueError, RecursionError)
"""What one page may do to its worker, to the database or to us."""

_LONGEST_REASON = 300


class Intake:
    """What a run keeps of a site's pages, in a draft.

    A page that is the same as it is served is not cut before `chunk_rest`, which is not called where nothing
    changed at all; one that fails now is kept as served.
    """

    def __init__(
        self,
        context: RunContext,
        pool: EmbeddingPool,
        draft: Draft,
        base: Baseline,
        show: Callable[[Progress], None],
        *,
        cut: Cut,
        lists: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`lists` says whether a list of the site's own names a URL."""
        self.tally = Tally(draft.kept, draft.skipped, lambda url: lists(url) or url in base.listed)
        self.found = 0
        """URLs of the site that were found."""
        self._context = context
        self._crawls = context.crawls
        self._draft = draft
        self._base = base
        self._show = show
        self._cut = cut
        self._standing_in: set[str] = set()
        """Pages that are kept as they are served, since they were read and then found to be unusable."""
        self._cutting = asyncio.Semaphore(CUT_AT_ONCE)
        self._queue = VectorQueue(
            context.generations,
            pool,
            draft.generation.id,
            draft.chunks,
            told=self._show_embedding,
            lost=self.lose_page,
        )
        self._writer = DraftWriter(context.database, draft, self.tally, self._queue)

    @property
    def computed(self) -> int:
        """Vectors that the model made."""
        return self._queue.computed

    async def take(
        self, row: PageRow, page: ExtractedPage, chunks: Sequence[Chunk] | None, *, stored: bool
    ) -> None:
        """A page that was read now: `stored` if its document is, `chunks` if it is cut."""
        try:
            if not stored:
                await self._crawls.put_document(row.document_key or b"", page_json.to_json(page))
        except COSTS_ITSELF as error:
            await self._lose(row, in_a_line(error))
            return
        if row.state == "unchanged":
            await self.keep(row)
        else:
            await self.put(row, page.document, chunks)

    async def take_again(self, row: PageRow, page: ExtractedPage) -> None:
        """A page that was kept, and of which less is kept now."""
        await self._context.generations.drop_page(self._draft.generation.id, row.url)
        await self.take(row, page, None, stored=False)

    async def put(self, row: PageRow, document: Document, chunks: Sequence[Chunk] | None = None) -> None:
        """A page with its chunks, which are cut now where they are not there."""
        try:
            if chunks is None:
                chunks = await self._cut(replace(document, url=row.url))
            if chunks:
                await self._writer.write_page(row, chunks)
                return
        except COSTS_ITSELF as error:
            await self._lose(row, in_a_line(error))
            return
        empty = _without_passage(row, SOURCE_LISTING if document.listings else NO_PASSAGE)
        self.tally.empty(row.url, empty.reason or "")
        await self._note(empty)

    async def keep(self, row: PageRow) -> None:
        """A page that is as it is served: its chunks are cut only if they are needed."""
        kept = replace(row, position=self.tally.position(), chunked=False)
        self.tally.keep(kept)
        await self._note(kept)

    async def skip(self, row: PageRow) -> None:
        """A URL that gives no page; what is kept under it, or failed, stays."""
        if self.tally.skip(row.url, row.reason or ""):
            await self._note(row)

    async def fail(self, failure: Failure, served: PageRow | None) -> bool:
        """A failed page: kept as it is `served`, or not at all. Whether it is kept."""
        absences = served.absences + 1 if served and failure.gone else 0
        patience = ABSENCES if self._context.order.kind == "refresh" else 1
        if served is None or absences >= patience:
            self.tally.fail(failure)
            row = PageRow(failure.url, self.tally.position(), 0, "failed", failure.reason, failure.attempts)
            await self._note(replace(row, absences=absences))
            return False
        self.tally.fail(replace(failure, kept=True))
        carried = replace(served, state="carried", reason=failure.reason, attempts=failure.attempts)
        await self.keep(replace(carried, absences=absences))
        return True

    async def lose_page(self, url: str, reason: str) -> None:
        """A page that is cut already, and that is none after all or that the model cannot read."""
        await self._context.generations.drop_page(self._draft.generation.id, url)
        if row := self.tally.pages.get(url):
            await self._lose(row, reason)

    async def stand_in(self, url: str, kept: str, reason: str) -> None:
        """A page that was kept says what another one says: its address leads to that one, and its chunks go."""
        await self._context.generations.drop_page(self._draft.generation.id, url)
        row = self.tally.pages[url]
        self.tally.drop(url)
        self.tally.moves[url] = kept
        await self.skip(
            PageRow(url, row.position, row.depth, "skipped", reason, row.attempts, final_url=kept)
        )

    async def write_rest(self) -> None:
        """Write down the outcomes that wait for others."""
        await self._lose_refused(await self._writer.write_rest())

    async def chunk_rest(self) -> None:
        """The chunks of the pages that are the same as in the served generation: taken over, or cut again."""
        await self.write_rest()
        if self._base.served and self._base.cut_alike:
            async for pages in served_chunks(self._context.database, self._base.served):
                await self._writer.adopt([page for page in pages if self._is_served_so(page.url)])
        rest = [row for row in self.tally.pages.values() if not row.chunked and row.document_key]
        await asyncio.gather(*(self._put_stored(row) for row in rest))

    async def embed(self) -> None:
        """Give every chunk its vector until `catch_up`."""
        await self._queue.run()

    async def catch_up(self) -> None:
        """No page comes any more: wait until every chunk has its vector, those of stand-ins too."""
        self._queue.complete = True
        await self._queue.caught_up()
        while waiting := [
            row for url in self._standing_in if (row := self.tally.pages.get(url)) and not row.chunked
        ]:
            await asyncio.gather(*(self._put_stored(row) for row in waiting))
            await self._queue.caught_up()
        self._queue.end()
        await self.write_rest()

    def recipe(self) -> Recipe:
        return recipe(self._context, self.tally.pages.values())

    async def made(self) -> Made:
        """What the generation holds."""
        totals = await self._context.generations.totals(self._draft.generation.id)
        return Made(*self.recipe(), len(self.tally.pages), *totals)

    def show(self, stage: str) -> None:
        self._show(
            replace(
                self.tally.progress(stage, self.found),
                chunks=self._queue.chunks,
                embedded=self._queue.embedded,
                computed=self.computed,
            )
        )

    def _show_embedding(self) -> None:
        self.show("embedding" if self._queue.complete else "crawling")

    async def _lose(self, row: PageRow, reason: str) -> None:
        """A page that was read and cannot be cut, embedded or stored: as it is served it may still be kept."""
        self.tally.drop(row.url)
        served = self._base.pages.get(row.url)
        other = served if served and served.content_hash != row.content_hash else None
        if await self.fail(Failure(row.url, reason, row.attempts), other):
            self._standing_in.add(row.url)

    async def _put_stored(self, row: PageRow) -> None:
        async with self._cutting:
            if stored := await self._crawls.document(row.document_key or b""):
                await self.put(row, page_json.from_json(stored).document)
            else:
                await self._lose(row, "its stored text is missing")

    async def _note(self, row: PageRow) -> None:
        await self._lose_refused(await self._writer.note(row))

    async def _lose_refused(self, refused: Sequence[Refused]) -> None:
        """An outcome that cannot be written down stands in the report alone; a page is lost."""
        for row, error in refused:
            if row.url in self.tally.pages:
                await self._lose(row, in_a_line(error))

    def _is_served_so(self, url: str) -> bool:
        row, served = self.tally.pages.get(url), self._base.pages.get(url)
        return bool(row and served and not row.chunked and row.content_hash == served.content_hash)


def recipe(context: RunContext, pages: Iterable[PageRow]) -> Recipe:
    """Everything that decides what a generation holds: its pages, the stages, the model, the vector store."""
    parts = [f"{stage} {REVISIONS[stage]}" for stage in INDEXED]
    parts += sorted(f"{row.url} {(row.content_hash or b'').hex()}" for row in pages)
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return digest, context.model.fingerprint, context.vectors.backend


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


def in_a_line(error: Exception) -> str:
    """What a report says of a page, short enough for a line."""
    return one_line(str(error))[:_LONGEST_REASON]
