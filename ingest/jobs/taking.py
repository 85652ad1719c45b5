"""Each event of a crawl is brought to its end: its page is read and put into the draft, or what became of it."""

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ingest.crawl.crawl import Crawl
from ingest.crawl.events import Failed, Page, PageEvent, Skipped, Unmodified
from ingest.crawl.fetch.fetcher import Validators
from ingest.crawl.limits import NOT_RETRIED
from ingest.extract.markdown.edges import edge_texts, without_texts
from ingest.generation.baseline import Baseline
from ingest.generation.intake import COSTS_ITSELF, CUT_AT_ONCE, Intake, in_a_line
from ingest.generation.snapshot import page_json
from ingest.jobs.banners import Banners
from ingest.jobs.page_task import readdressed
from ingest.jobs.reader import Read, Reader
from ingest.report.report import Failure
from shared.catalogue.crawls import Crawls
from shared.errors import InterstitialPage, NotADocument, TooDeep
from shared.model.crawl import NOT_SENT, PageRow, PageState
from shared.model.document import ExtractedPage


@dataclass(frozen=True, slots=True)
class Taking:
    crawl: Crawl
    crawls: Crawls
    reader: Reader
    intake: Intake
    base: Baseline
    banners: Banners

    async def take(self, event: PageEvent) -> None:
        """Bring one event to its end."""
        match event:
            case Page():
                await self._page(event)
            case Unmodified():
                await self._unmodified(event)
            case Skipped():
                await self._skipped(event)
            case Failed():
                await self._failed(event)
        self.intake.found = self.crawl.found
        self.intake.show("crawling")

    async def retract(self, event: Failed) -> None:
        """A page of which only the whole crawl shows that it is none."""
        if event.url in self.intake.tally.pages:
            await self.intake.lose_page(event.url, event.reason)
        else:
            failure = Failure(event.url, event.reason, event.attempts)
            await self.intake.fail(failure, self.base.pages.get(event.url))

    async def compare(self) -> None:
        """When the crawl has ended: what only all pages together show. Of pages that say the same one is kept, and
        the others lead to it; what stands on nearly every page is taken out of them."""
        await self._recollect()
        await self._fold()
        kept = self.intake.tally.pages
        banners = self.banners.found(kept)
        holding = [kept[url] for url in self.banners.standing(banners) if url in kept]
        for at in range(0, len(holding), CUT_AT_ONCE):
            await asyncio.gather(*(self._clear(row, banners) for row in holding[at : at + CUT_AT_ONCE]))
        self.banners.settle(banners)

    async def _recollect(self) -> None:
        """What pages say that an interrupted run has kept."""
        for row in self.base.kept if self.base.interrupted else ():
            if row.url in self.intake.tally.pages and (page := await self._stored(row)):
                self.crawl.says(row.url, page)
                self.banners.add(row.url, edge_texts(page.document.markdown))

    async def _clear(self, row: PageRow, banners: Collection[bytes]) -> None:
        """Take banners out of a page that was kept with them."""
        if not (page := await self._stored(row)):
            return
        document = without_texts(page.document, banners)
        if document is page.document:
            return
        content = page_json.content_hash(document)
        served = self.base.pages.get(row.url)
        state: PageState = "unchanged" if served and served.content_hash == content else "fetched"
        key = _key_without(row.document_key or b"", banners)
        cleared = replace(row, state=state, document_key=key, content_hash=content, chunked=False)
        await self.intake.take_again(cleared, replace(page, document=document))

    async def _stored(self, row: PageRow) -> ExtractedPage | None:
        stored = await self.crawls.document(row.document_key or b"")
        return page_json.from_json(stored) if stored else None

    async def _fold(self) -> None:
        doubles, pages = self.crawl.doubles, self.intake.tally.pages
        kept = {url: row for url, row in pages.items() if row.state != "carried"}  # what was read is not kept
        read = {row.content_hash: url for url, row in kept.items() if url in doubles}
        for url, row in kept.items():
            if url not in doubles and (other := read.get(row.content_hash)):
                doubles.says_as(url, other)
        led = {self.base.moves[url] for url in kept if url in doubles and url in self.base.moves}
        for url in led & kept.keys():
            if url not in doubles and (page := await self._stored(kept[url])):
                self.crawl.says(url, page)
        for event in list(self.crawl.doubled(kept)):
            await self.intake.stand_in(event.url, event.detail, event.reason)

    async def _page(self, event: Page) -> None:
        tally = self.intake.tally
        known = self.base.pages.get(event.url)
        try:
            read = await self.reader.read(self.crawl, event, known.content_hash if known else None)
        except InterstitialPage as error:
            self.crawl.blocked(event.url, error.reason)
            return
        except (TooDeep, *COSTS_ITSELF) as error:
            self.crawl.failed(event.url, in_a_line(error))
            return
        except NotADocument as error:
            self.crawl.unreadable(event.url, error)
            return
        url = self.crawl.extracted(event.url, read.page, read.content)
        if url is None or url in tally.pages:
            return  # the start page of an interrupted run is always fetched again
        self.banners.add(url, edge_texts(read.page.document.markdown))
        read = _without_banners(read, self.banners.known)
        tally.moves |= dict.fromkeys((*event.fetched.redirects, event.url), url)
        served = self.base.pages.get(url)
        row = PageRow(
            url=url,
            position=tally.position(),
            depth=event.depth,
            state="unchanged" if served and served.content_hash == read.content else "fetched",
            attempts=event.fetched.attempts,
            final_url=event.fetched.url,
            document_key=read.key,
            content_hash=read.content,
            etag=event.fetched.etag,
            last_modified=event.fetched.last_modified,
            fetched_at=datetime.now(UTC),
        )
        chunks = read.chunks and readdressed(read.chunks, read.page.document.url, url)
        await self.intake.take(row, read.page, chunks, stored=read.stored)

    async def _unmodified(self, event: Unmodified) -> None:
        served = self.base.pages[event.url]
        language = await self._language(served) if event.depth == 0 else None
        self.crawl.recalled(event.url, self.base.links.get(event.url, ()), language)
        if event.url in self.intake.tally.pages:
            return
        found = replace(
            served,
            state="unchanged",
            reason=NOT_SENT,
            attempts=event.fetched.attempts,
            absences=0,
            depth=event.depth,
            etag=event.fetched.etag or served.etag,
            last_modified=event.fetched.last_modified or served.last_modified,
        )
        await self.intake.keep(found)

    async def _skipped(self, event: Skipped) -> None:
        tally = self.intake.tally
        if event.detail:
            tally.moves[event.url] = event.detail
        if event.reason == NOT_RETRIED and tally.is_skipped(event.url):
            return
        answer = event.validators or Validators()
        row = PageRow(event.url, tally.position(), 0, "skipped", event.reason, final_url=event.detail or None)
        await self.intake.skip(replace(row, etag=answer.etag, last_modified=answer.last_modified))

    async def _failed(self, event: Failed) -> None:
        if event.landed in self.base.pages and event.url not in self.base.pages:
            event = replace(event, url=event.landed)
        served = None if event.url in self.intake.tally.pages else self.base.pages.get(event.url)
        failure = Failure(event.url, event.reason, event.attempts, event.gone)
        if await self.intake.fail(failure, served):
            self.crawl.recalled(event.url, self.base.links.get(event.url, ()))

    async def _language(self, row: PageRow) -> str | None:
        page = await self._stored(row)
        return page.document.language if page else None


def _without_banners(read: Read, banners: Collection[bytes]) -> Read:
    document = without_texts(read.page.document, banners)
    if document is read.page.document:
        return read
    page = replace(read.page, document=document)
    return Read(page, page_json.content_hash(document), None, _key_without(read.key, banners), False)


def _key_without(key: bytes, banners: Collection[bytes]) -> bytes:
    """Under which a page is stored that has lost banners."""
    return hashlib.sha256(b"".join((key, *sorted(banners)))).digest()
