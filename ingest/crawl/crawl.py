"""The loop of a crawl: the frontier names a URL, the fetcher gets it, the caller says what it links to."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ingest.crawl.addresses.languages import LanguageFilter
from ingest.crawl.addresses.routes import route_of
from ingest.crawl.addresses.site_versions import Versions
from ingest.crawl.addresses.traps import Traps
from ingest.crawl.alike import Alike
from ingest.crawl.doubles import Doubles
from ingest.crawl.duplicates import Duplicates
from ingest.crawl.entry import NOTHING_KNOWN, CrawlPlan, Entry
from ingest.crawl.events import Failed, PageEvent, Skipped
from ingest.crawl.fetch.answer import Fetched, Known
from ingest.crawl.fetch.fetcher import Fetcher
from ingest.crawl.frontier import TWICE, Finished, Frontier, State
from ingest.crawl.links import Links
from ingest.crawl.lists.inventory import NOT_LISTED, Inventory
from ingest.crawl.lists.markdown_twins import MarkdownTwins
from ingest.crawl.lists.reading import FailedList, Reading
from ingest.crawl.outcomes import Outcomes
from ingest.crawl.schedule import Schedule
from ingest.crawl.sign_in import (
    is_linked_sign_in_page,
    is_sign_in_page,
    leads_on_to_sign_in,
)
from ingest.crawl.site_lists import listed
from ingest.crawl.unwanted import unwanted, without_document
from ingest.crawl.visits import Visits
from ingest.interstitials import reason_of
from ingest.interstitials.signs import SIGN_IN
from shared.counted import counted
from shared.errors import NotADocument
from shared.model.document import ExtractedPage


class Crawl:
    """Iterate over its events; for every Page call `extracted`, `unreadable`, `failed` or `blocked`, in any order.

    It ends when every URL has its outcome. At most `plan.ahead` pages wait for their extraction.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        plan: CrawlPlan,
        entry: Entry,
        versions: Versions,
        finished: Iterable[Finished] = (),
        known: Mapping[str, Known] = NOTHING_KNOWN,
        inventory: Inventory = NOT_LISTED,
        reading: Reading | None = None,
    ) -> None:
        self.scope = entry.scope
        self.inventory = inventory
        self.routes = entry.routes
        self.versions = versions
        self._earlier = frozenset((*known, *plan.seeds))
        """Pages that an earlier crawl kept, as far as they are known."""
        self.public: str | None = None
        """How the start page calls itself, where that is on another site: this one may be its mirror."""
        self._fetcher = fetcher
        self._plan = plan
        self._reading = reading or Reading()
        self._listed: set[str] = set()
        self._languages = LanguageFilter(plan.bounds.languages)
        self._traps = Traps()
        self._alike = Alike()
        self.doubles = Doubles()
        self._frontier = Frontier(
            self._limited(entry), max_pages=plan.bounds.max_pages, max_depth=plan.bounds.max_depth
        )
        self._outcomes = Outcomes(self._frontier, entry.scope.home)
        self._links = Links(entry, self._frontier, self._outcomes, self._languages, plan.only)
        self._duplicates = Duplicates(entry.scope, self._frontier, self._outcomes, self._traps)
        self._schedule = Schedule(plan.manner.concurrency)
        self.markdown = MarkdownTwins(
            fetcher, self._schedule, entry.admits, self._links.files.of, self._earlier
        )
        self._visits = Visits(
            fetcher,
            entry.scope,
            known,
            self._frontier,
            self._outcomes,
            self._duplicates,
            self._links.files,
            self._traps,
            self._schedule,
        )
        self._begin(entry, list(finished))

    def _begin(self, entry: Entry, finished: list[Finished]) -> None:
        start = entry.scope.start
        self._frontier.offer(start, 0)
        self._frontier.take()
        self._visits.arrived(start, entry.start)
        self._frontier.restore(finished)
        for page in finished:
            self._links.files.read(page.url)
            self._links.offer(page.links, page.depth + 1)
        for seed in self._plan.seeds:
            self._links.offer_one(seed, 1)
        for route in dict.fromkeys((route_of(self._plan.bounds.start_url), "#/")):
            if file := self.routes.file(f"{self.routes.shell}{route}"):
                self._links.offer_one(file, 1)
        if self._plan.only is None:
            self._schedule.start(self._read_listings(entry))

    def _limited(self, entry: Entry) -> Callable[[str], str | None]:
        """Why a URL does not belong to this crawl; the start page always does."""
        return lambda url: (
            None
            if url == entry.scope.start
            else entry.admits(url)
            or (None if self._plan.bounds.include else self.versions.bars(url))
            or self._traps.bars(url)
        )

    def __aiter__(self) -> "Crawl":
        return self

    async def __anext__(self) -> PageEvent:
        events = self._outcomes.events
        while True:
            self._schedule.check()
            self._launch()
            if events:
                return events.popleft()
            if self._schedule.is_idle and not self._outcomes.unread:
                if self._links.offer_files() or self._duplicates.settle():
                    continue
                if not self._outcomes.give_up(turned_away=self.turned_away):
                    raise StopAsyncIteration
            if not events:
                await self._schedule.change()

    def _launch(self) -> None:
        while self._schedule.is_free and len(self._outcomes.unread) < self._plan.ahead:
            url = self._frontier.take()
            if url is None:
                return
            self._schedule.start(self._visits.visit(url))

    async def _read_listings(self, entry: Entry) -> None:
        self._links.offer(self.inventory.listed, 1, linked=False)
        pages = await listed(self._fetcher, entry, self._reading)
        self.versions.learn(map(self.scope.home, pages))
        sure = [page for page in pages if page not in self._reading.guessed]
        self._listed.update(filter(None, map(self._links.home, (*self.inventory.listed, *sure))))
        self._links.offer(pages, 1, linked=False)

    def recalled(self, url: str, links: Iterable[str], language: str | None = None) -> None:
        """A page is kept as it was before: follow the links that it had then. `language` is the page's.

        To be called before the next event is taken.
        """
        if self._frontier.depth(url) == 0:
            self._languages.start(language)
            self.versions.learn(map(self.scope.home, links))
        self._links.offer(links, self._frontier.depth(url) + 1)

    def extracted(self, url: str, page: ExtractedPage, content: bytes) -> str | None:
        """What a Page turned out to be. `content` is equal for pages that say the same.

        Returns the URL under which to keep it, or None: it is skipped, drop it.
        """
        fetched = self._take(url)
        self._links.files.read(url)
        if is_sign_in_page(page.document, fetched):
            self._outcomes.block(url, reason_of(SIGN_IN), fetched)
            return None
        self._traps.said(url, page.document)
        if self._frontier.depth(url) == 0:
            self._languages.start(page.document.language)
            self.public = self._links.elsewhere(page.canonical)
        if not page.nofollow:
            self._links.follow(page, self._frontier.depth(url) + 1)
        if reason := unwanted(page, fetched, self._languages, shell=url == self.routes.shell):
            if reason.lasting:
                self._add_source(url, fetched)
            self._outcomes.skip(url, reason.text, answer=fetched if reason.lasting else None)
            return None
        kept = self._duplicates.keep(url, content, page.canonical, page.document)
        if kept:
            self._alike.add(kept, page.document, named=page.named, content=content)
            self.says(kept, page)
        return kept

    def unreadable(self, url: str, error: NotADocument) -> None:
        """A Page that gave no document; the links it has are followed all the same."""
        fetched = self._take(url)
        if leads_on_to_sign_in(url, error.links):
            self._outcomes.block(url, reason_of(SIGN_IN), fetched)
            return
        self._links.offer(error.links, self._frontier.depth(url) + 1)
        self._add_source(url, fetched)
        reason = without_document(error, fetched, shell=url == self.routes.shell)
        self._outcomes.skip(url, reason, answer=fetched)

    def failed(self, url: str, reason: str, links: Iterable[str] = ()) -> None:
        """A Page that should have given a document and could not; the links that are known of it are followed."""
        attempts = self._take(url).attempts
        self._links.offer(links, self._frontier.depth(url) + 1)
        self._outcomes.fail(url, reason, attempts)

    def blocked(self, url: str, reason: str) -> None:
        """An interstitial came in place of a Page."""
        fetched = self._take(url)
        if is_linked_sign_in_page(url, fetched) and url not in self._earlier:
            self._outcomes.skip(url, "a page for signing in")
        else:
            self._outcomes.block(url, reason, fetched)

    def repeated(self, earlier: Mapping[str, bytes | None]) -> Iterator[Failed]:
        """When the crawl has ended: pages that were kept, or that show nothing any more, and are an interstitial.

        `earlier` are the contents of pages that are served.
        """
        kept = self.counts.get(State.DONE, 0)
        for urls in self._alike.groups(kept, earlier, whole=not self._outcomes.blocked):
            reason = reason_of(f"the same page at {counted(len(urls), 'address')}")
            yield from (Failed(url, reason, 1) for url in urls)

    def says(self, url: str, page: ExtractedPage) -> None:
        """What a page says that is kept, now or as it was kept before."""
        self.doubles.add(url, page, self._links.home(page.canonical) if page.canonical else None)

    def doubled(self, kept: Iterable[str]) -> Iterator[Skipped]:
        """When the crawl has ended: those of the pages that are `kept` that say what another page says."""
        for best, others in self.doubles.groups(kept, self._links.named):
            yield from (Skipped(url, TWICE, best) for url in others)

    async def close(self) -> None:
        """End all fetches under way."""
        await self._schedule.close()

    @property
    def counts(self) -> dict[State, int]:
        """URLs by state, for a display: `waiting` and `taken` are still to come."""
        return dict(self._frontier.counts)

    @property
    def failed_lists(self) -> list[FailedList]:
        """The site's own lists that could not be read, all of them when the crawl has ended."""
        return self._reading.failed

    @property
    def found(self) -> int:
        """URLs found on the site. Each gets one event, unless the crawl ends before."""
        return self._frontier.known - self.outside

    @property
    def outside(self) -> int:
        """Different URLs seen that lie outside the scope."""
        return self._links.outside

    @property
    def beside(self) -> Mapping[str, int]:
        """Pages that pages of this crawl link to on its site and outside the scope, by folder."""
        return self._links.beside

    @property
    def turned_away(self) -> bool:
        """Whether the host stopped answering, so that the rest was not tried."""
        return self._schedule.turned_away

    def knows(self, url: str) -> bool:
        """Whether a URL was found."""
        return self._frontier.knows(url)

    def lists(self, url: str) -> bool:
        """Whether a list of the site's own names a URL."""
        return url in self._listed

    def _take(self, url: str) -> Fetched:
        """The answer of a Page, which waits for its extraction no more."""
        self._schedule.wake()
        return self._outcomes.unread.pop(url)

    def _add_source(self, url: str, fetched: Fetched) -> None:
        """A page that an earlier crawl kept, and that now answers that it is none."""
        if url in self._earlier:
            self._alike.add_source(url, fetched.body)
