"""Each event of a crawl is brought to its end: its page is read and put into the draft, or what became of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ingest.crawl.crawl import Crawl
from ingest.crawl.events import Failed, Page, PageEvent, Skipped, Unmodified
from ingest.crawl.fetch.fetcher import Validators
from ingest.crawl.limits import NOT_RETRIED
from ingest.generation.baseline import Baseline
from ingest.generation.intake import COSTS_ITSELF, Intake, in_a_line
from ingest.generation.snapshot import page_json
from ingest.jobs.page_task import readdressed
from ingest.jobs.reader import Reader
from ingest.report.report import Failure
from shared.catalogue.crawls import Crawls
from shared.errors import InterstitialPage, NotADocument, TooDeep
from shared.model.crawl import NOT_SENT, PageRow


@dataclass(frozen=True, slots=True)
class Taking:
    crawl: Crawl
    crawls: Crawls
    reader: Reader
    intake: Intake
    base: Baseline

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
        stored = await self.crawls.document(row.document_key or b"")
        return page_json.from_json(stored).document.language if stored else None
