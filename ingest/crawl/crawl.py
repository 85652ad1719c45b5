"""The loop of a crawl: the frontier names a URL, the fetcher gets it, the caller says what it links to."""

import asyncio
import os
from collections import Counter, deque
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import asynccontextmanager

from ingest.crawl.alike import Alike
from ingest.crawl.entry import NOTHING_KNOWN, CrawlPlan, Entry, enter, no_page
from ingest.crawl.events import Failed, FailedList, Page, PageEvent, Skipped, Unmodified
from ingest.crawl.fetch.answer import Fetched, Known
from ingest.crawl.fetch.credentials import find_credentials
from ingest.crawl.fetch.fetcher import Fetcher, NotWanted, RedirectDeclined, open_fetcher
from ingest.crawl.fetch.guard import Guard
from ingest.crawl.frontier import TWICE, Finished, Frontier, State
from ingest.crawl.languages import Tongue
from ingest.crawl.lists.inventory import NOT_LISTED, Inventory
from ingest.crawl.lists.markdown_twins import MarkdownTwins
from ingest.crawl.lists.reading import Reading, Run
from ingest.crawl.lists.site_lists import listed, read_inventory, read_versions
from ingest.crawl.naming import Twins
from ingest.crawl.routes import is_drawn, route_of
from ingest.crawl.sign_in import (
    is_linked_sign_in_page,
    is_sign_in_page,
    leads_on_to_sign_in,
    leads_to_sign_in,
)
from ingest.crawl.site_versions import Versions
from ingest.crawl.soft_404 import SHORT, soft_404
from ingest.crawl.traps import Traps
from ingest.crawl.urls import NOT_RETRIED, OUTSIDE, OVER_LIMIT, is_markdown, normalise, origin, stem
from ingest.interstitials import reason_of
from ingest.interstitials.signs import SIGN_IN
from shared.counted import counted
from shared.errors import AddressRefused, FetchFailed, InvalidUrl, NotADocument, NoText
from shared.model.document import Document, ExtractedPage

_TURNED_AWAY = 20
"""So many pages in a row without an answer, and the host is left alone."""
DRAWN = "no text: a script draws the page, and no Markdown of it was found"
SOURCE_LISTING = "source listing"
READ_AS_FILES = "a script draws the site: its Markdown files are read instead"
_BUSY = frozenset({None, 429, 503})
_UNDECIDED = frozenset({State.TAKEN, State.READ})
"""Asked for, and nobody knows yet whether a page is there."""


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
        self.markdown = MarkdownTwins(fetcher, entry.admits, self._earlier)
        self._reading = reading or Reading()
        self.outside = 0
        """Different URLs seen that lie outside the scope."""
        self.beside: Counter[str] = Counter()
        """Pages that pages of this crawl link to on its site and outside the scope, by folder."""
        self.public: str | None = None
        """How the start page calls itself, where that is on another site: this one may be its mirror."""
        self._fetcher = fetcher
        self._plan = plan
        self._known = known
        self._tongue = Tongue(plan.languages)
        self._twins = Twins(entry.scope)
        self._traps = Traps()
        self._alike = Alike()
        self._markdown: dict[str, int] = {}
        """Markdown files by depth, kept for the end."""
        self._seen: set[str] = set()
        """The stems of pages that could be read."""
        self._listed: set[str] = set()
        self._frontier = Frontier(self._limited(entry), max_pages=plan.max_pages, max_depth=plan.max_depth)
        self._events: deque[PageEvent] = deque()
        self._unread: dict[str, Fetched] = {}
        self._blocked: dict[str, str] = {}
        """Addresses at which an interstitial came, with the reason that is given."""
        self._doubles: dict[str, str] = {}
        """URLs that lead to a page of which nobody knows yet whether it is one."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._broken: BaseException | None = None
        self._turned_away = 0
        self._begin(entry, list(finished))

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
        """URLs of the site that were found. Each is told of in one event, unless the crawl is ended before."""
        return self._frontier.known - self.outside

    def knows(self, url: str) -> bool:
        """Whether a URL was found."""
        return self._frontier.knows(url)

    def lists(self, url: str) -> bool:
        """Whether a list of the site's own names a URL."""
        return url in self._listed

    @property
    def turned_away(self) -> bool:
        """Whether the host stopped answering, so that the rest was not tried."""
        return self._turned_away >= _TURNED_AWAY

    def __aiter__(self) -> "Crawl":
        return self

    async def __anext__(self) -> PageEvent:
        while True:
            if self._broken:
                raise self._broken
            self._launch()
            if self._events:
                return self._events.popleft()
            if not self._tasks and not self._unread:
                if self._offer_markdown() or self._settle_doubles():
                    continue
                if not self._give_up():
                    raise StopAsyncIteration
            if not self._events:
                self._changed.clear()
                await self._changed.wait()

    def extracted(self, url: str, page: ExtractedPage, content: bytes) -> str | None:
        """What a Page turned out to be. `content` is equal for pages that say the same.

        Returns the URL under which to keep it, or None: it is skipped, drop it.
        """
        fetched = self._unread.pop(url)
        self._seen.add(stem(url))
        self._changed.set()
        if is_sign_in_page(page.document, fetched):
            self._block(url, reason_of(SIGN_IN), fetched)
            return None
        self._traps.said(url, page.document)
        language = page.document.language
        if self._frontier.depth(url) == 0:
            self._tongue.start(language)
            self.public = self._elsewhere(page.canonical)
        if not page.nofollow:
            self._offer(self._in_tongue(page), self._frontier.depth(url) + 1)
        if page.noindex or _forbids_index(fetched):
            self._add_source(url, fetched)
            self._skip(url, "asks not to be indexed (noindex)", answer=fetched)
            return None
        if page.listing:
            self._add_source(url, fetched)
            self._skip(url, SOURCE_LISTING, answer=fetched)
            return None
        if url == self.routes.shell and len(page.document.markdown) <= SHORT:
            self._skip(url, READ_AS_FILES)
            return None
        if reason := soft_404(page.document):
            self._skip(url, reason)
            return None
        if not self._tongue.wants(language):
            self._skip(url, _foreign(language))
            return None
        name = self._twins.name(url, page.canonical, content, page.document)
        kept = self._keep(url, name, content, page.document)
        if kept:
            self._alike.add(kept, page.document, named=page.named, content=content)
        return kept

    def unreadable(self, url: str, error: NotADocument) -> None:
        """A Page that gave no document; the links it has are followed all the same."""
        fetched, links, reason = self._unread.pop(url), error.links, error.reason
        self._changed.set()
        if leads_on_to_sign_in(url, links):
            self._block(url, reason_of(SIGN_IN), fetched)
            return
        self._offer(links, self._frontier.depth(url) + 1)
        self._add_source(url, fetched)
        if isinstance(error, NoText) and is_drawn(fetched.body) and len(links) != 1:
            reason = READ_AS_FILES if url == self.routes.shell else DRAWN
        self._skip(url, reason, answer=fetched)

    def failed(self, url: str, reason: str, links: Iterable[str] = ()) -> None:
        """A Page that should have given a document and could not; the links that are known of it are followed."""
        attempts = self._unread.pop(url).attempts
        self._changed.set()
        self._offer(links, self._frontier.depth(url) + 1)
        self._fail(url, reason, attempts)

    def blocked(self, url: str, reason: str) -> None:
        """An interstitial came in place of a Page."""
        fetched = self._unread.pop(url)
        self._changed.set()
        if is_linked_sign_in_page(url, fetched) and url not in self._earlier:
            self._skip(url, "a page for signing in")
        else:
            self._block(url, reason, fetched)

    def repeated(self, earlier: Mapping[str, bytes | None]) -> Iterator[Failed]:
        """When the crawl has ended: pages that were kept, or that show nothing any more, and are an interstitial.

        `earlier` are the contents of pages that are served.
        """
        kept = self.counts.get(State.DONE, 0)
        for urls in self._alike.groups(kept, earlier, whole=not self._blocked):
            reason = reason_of(f"the same page at {counted(len(urls), 'address')}")
            yield from (Failed(url, reason, 1) for url in urls)

    async def close(self) -> None:
        """End all fetches under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, entry: Entry, finished: list[Finished]) -> None:
        start = entry.scope.start
        self._frontier.offer(start, 0)
        self._frontier.take()
        self._arrived(start, entry.start)
        self._frontier.restore(finished)
        for page in finished:
            self._seen.add(stem(page.url))
            self._offer(page.links, page.depth + 1)
        for seed in self._plan.seeds:
            self._offer_one(seed, 1)
        for route in dict.fromkeys((route_of(self._plan.start), "#/")):
            if file := self.routes.file(f"{self.routes.shell}{route}"):
                self._offer_one(file, 1)
        if self._plan.only is None:
            self._spawn(self._read_listings(entry))

    def _add_source(self, url: str, fetched: Fetched) -> None:
        """A page that an earlier crawl kept, and that is none by its own account now."""
        if url in self._earlier:
            self._alike.add_source(url, fetched.body)

    def _in_tongue(self, page: ExtractedPage) -> list[str]:
        """The links of a page, and the page itself in languages that are wanted; not in others."""
        foreign = {link: spoken for spoken, link in page.alternates if not self._tongue.wants(spoken)}
        for link in page.links:
            if link in foreign and (url := self._home(link)) and self._frontier.refuse(url):
                self._events.append(Skipped(url, _foreign(foreign[link])))
        named = (*page.links, *(link for _, link in page.alternates))
        return [link for link in named if link not in foreign]

    def _elsewhere(self, named: str | None) -> str | None:
        """The name that a page gives itself, if it is one of another site."""
        home = self._home(named) if named else None
        return home if home and origin(home) != origin(self.scope.start) else None

    def _home(self, link: str) -> str | None:
        try:
            return self.scope.home(normalise(link))
        except InvalidUrl:
            return None

    def _launch(self) -> None:
        if self.turned_away:
            return
        while len(self._tasks) < self._plan.concurrency and len(self._unread) < self._plan.ahead:
            url = self._frontier.take()
            if url is None:
                return
            self._spawn(self._visit(url))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._broken = self._broken or task.exception()
        self._changed.set()

    async def _read_listings(self, entry: Entry) -> None:
        self._offer(self.inventory.listed, 1, linked=False)
        pages = await listed(self._fetcher, entry, self._reading)
        self.versions.learn(map(self.scope.home, pages))
        sure = [page for page in pages if page not in self._reading.guessed]
        self._listed.update(filter(None, map(self._home, (*self.inventory.listed, *sure))))
        self._offer(pages, 1, linked=False)

    async def _visit(self, url: str) -> None:
        if reason := self._traps.cut_off(url):
            self._skip(url, reason)
            return
        known = self._known.get(url)
        try:
            fetched = await self._fetcher.get(
                url, admit=self._admit, wanted=no_page, validators=known.validators if known else None
            )
        except RedirectDeclined as error:
            self._declined(url, self.scope.home(error.target), error.why)
        except NotWanted as error:
            self._skip(url, error.reason)
        except FetchFailed as error:
            self._turned_away = self._turned_away + 1 if error.status in _BUSY else 0
            self._fail(url, error.reason, error.attempts, error.status)
        except (AddressRefused, InvalidUrl) as error:
            self._fail(url, str(error), 1)
        else:
            self._turned_away = 0
            self._arrived(url, fetched)

    def _declined(self, url: str, target: str, why: str) -> None:
        """A redirect that was not followed: where it leads is known, or of no interest, or a sign-in page."""
        if why == TWICE:
            self._double(url, target)
        elif leads_to_sign_in(url, target):
            self._fail(url, reason_of(SIGN_IN), 1)
        else:
            outside = "redirects out of the part of the site that is crawled"
            self._skip(url, outside if why == OUTSIDE else why, target)

    def _double(self, url: str, target: str, *, last: bool = False) -> None:
        """A URL that leads to a page which is another's already; `last` if no more will be known of that one."""
        if reason := self._blocked.get(target):
            self._fail(url, reason, 1)
        elif self._frontier.state(target) in _UNDECIDED and not last:
            self._doubles[url] = target
        else:
            self._skip(url, TWICE, target)

    def _settle_doubles(self) -> bool:
        """When all else is done: what became of the pages that others lead to; whether there were any."""
        doubles, self._doubles = self._doubles, {}
        for url, target in doubles.items():
            self._double(url, target, last=True)
        return bool(doubles)

    async def _admit(self, target: str) -> str | None:
        return self._frontier.bars(self.scope.home(target))

    def _arrived(self, url: str, fetched: Fetched) -> None:
        landed = self.scope.home(fetched.url)
        if landed != url and (landed in self._blocked or self._frontier.state(landed) in _UNDECIDED):
            self._double(url, landed)
            return
        name = self._frontier.read(url, landed)
        if name != url:
            self._events.append(Skipped(url, TWICE, landed))
        if name is None:
            return
        if fetched.not_modified and (unwanted := self._known[name].unwanted):
            self._skip(name, unwanted, answer=fetched)
            return
        if fetched.not_modified:
            content = self._known[name].content
            self._seen.add(stem(name))
            if self._keep(name, self._twins.name(name, None, content), content):
                self._events.append(Unmodified(name, self._frontier.depth(name), fetched))
            return
        self._unread[name] = fetched
        self._events.append(Page(name, self._frontier.depth(name), fetched))

    def _offer(self, links: Iterable[str], depth: int, *, linked: bool = True) -> None:
        """`linked` are the links of a page, other URLs those of a list."""
        for link in self.routes.links(links):
            if not (url := self._home(link)):
                continue
            if is_markdown(url) and not self._frontier.state(url):
                self._markdown.setdefault(url, depth)
                continue
            self._offer_one(url, depth, linked=linked)

    def _offer_markdown(self) -> bool:
        """When all else is done: the Markdown files that are no other form of a page; whether there were any."""
        found, self._markdown = self._markdown, {}
        for url, depth in found.items():
            if stem(url) not in self._seen:
                self._offer_one(url, depth)
        return bool(found)

    def _offer_one(self, url: str, depth: int, *, linked: bool = False) -> None:
        if self._plan.only is not None and url not in self._plan.only and self._frontier.refuse(url):
            self._events.append(Skipped(url, NOT_RETRIED))
            return
        reason = self._frontier.offer(url, depth)
        if reason == OUTSIDE:
            self.outside += 1
            if linked and self._plan.only is None and (path := self.scope.beside(url)):
                self.beside[path.rpartition("/")[0] + "/"] += 1
        elif reason:
            self._events.append(Skipped(url, reason))

    def _keep(self, url: str, name: str, content: bytes, document: Document | None = None) -> str | None:
        """Keep a page under its name, unless another has it; returns the name."""
        kept = self._frontier.keep(url, name)
        if kept != url:
            self._events.append(Skipped(url, TWICE, name))
        if kept is None:
            self._traps.echo(url)
            return None
        self._twins.keep(kept, content, document)
        return kept

    def _skip(self, url: str, reason: str, detail: str = "", answer: Fetched | None = None) -> None:
        """`answer` is one that gives the reason by itself."""
        self._frontier.skip(url)
        validators = answer.validators if answer and not answer.redirects else None
        self._events.append(Skipped(url, reason, detail, validators))

    def recalled(self, url: str, links: Iterable[str], language: str | None = None) -> None:
        """A page is kept as it was before: follow the links that it had then. `language` is the page's.

        To be called before the next event is asked for.
        """
        if self._frontier.depth(url) == 0:
            self._tongue.start(language)
            self.versions.learn(map(self.scope.home, links))
        self._offer(links, self._frontier.depth(url) + 1)

    def _block(self, url: str, reason: str, fetched: Fetched) -> None:
        """An interstitial came at `url`, maybe in place of the URL that led there."""
        asked = self.scope.home(fetched.redirects[0]) if fetched.redirects else url
        self._blocked[url] = reason
        self._frontier.fail(url)
        self._events.append(Failed(asked, reason, fetched.attempts, landed=url))
        if asked != url:
            self._events.append(Skipped(url, reason))

    def _fail(self, url: str, reason: str, attempts: int, status: int | None = None) -> None:
        self._frontier.fail(url)
        self._events.append(Failed(url, reason, attempts, status))

    def _limited(self, entry: Entry) -> Callable[[str], str | None]:
        """Why a URL does not belong to this crawl."""
        return lambda url: (
            entry.admits(url)
            or (None if self._plan.include else self.versions.bars(url))
            or self._traps.bars(url)
        )

    def _give_up(self) -> bool:
        """Whether URLs were left over; each gets its outcome."""
        rest = self._frontier.leftover()
        if self.turned_away:
            self._events.extend(Failed(url, "not tried: the host stopped answering", 0) for url in rest)
        else:
            limit = (
                f"{counted(self._plan.max_pages, 'page')} (--max-pages)"
                if self._frontier.is_full
                else f"{self._frontier.most_in_vain:,} addresses that give no page"
            )
            self._events.extend(Skipped(url, f"{OVER_LIMIT} {limit}") for url in rest)
        return bool(rest)


@asynccontextmanager
async def open_crawl(
    plan: CrawlPlan,
    *,
    finished: Iterable[Finished] = (),
    known: Mapping[str, Known] = NOTHING_KNOWN,
    run: Run = asyncio.to_thread,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    environment: Mapping[str, str] = os.environ,
) -> AsyncIterator[Crawl]:
    """Enter a site and crawl it. `finished` are the pages of an interrupted run of the same plan; a page that
    is `known` is asked for only if it has changed since. The site's own lists are read by `run`.

    Raises what `enter` raises, before there is any event.
    """
    async with open_site(plan, sleep=sleep, environment=environment) as fetcher:
        entry = await enter(fetcher, plan, known, run=run)
        reading = Reading(run)
        versions = await read_versions(fetcher, normalise(plan.start), entry, reading)
        inventory = await read_inventory(fetcher, entry, reading)
        crawl = Crawl(fetcher, plan, entry, versions, finished, known, inventory, reading)
        try:
            yield crawl
        finally:
            await crawl.close()


@asynccontextmanager
async def open_site(
    plan: CrawlPlan,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    environment: Mapping[str, str] = os.environ,
) -> AsyncIterator[Fetcher]:
    """Fetch as this plan may, with its credentials and at its pace."""
    guard = Guard(allow_private=plan.allow_private, allowed=plan.allowed)
    credentials = find_credentials(normalise(plan.start), plan.headers, environment)
    async with open_fetcher(
        guard,
        plan.policy,
        credentials=credentials,
        per_host=plan.concurrency,
        delay=plan.delay,
        sleep=sleep,
    ) as fetcher:
        yield fetcher


def _foreign(language: str | None) -> str:
    return f"in another language: {language} (--language {language} takes it)"


def _forbids_index(fetched: Fetched) -> bool:
    words = fetched.headers.get("X-Robots-Tag", "").lower().replace(",", " ").split()
    return "noindex" in words or "none" in words
