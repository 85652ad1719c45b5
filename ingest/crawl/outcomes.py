"""Outcomes of the URLs of a crawl: each goes to the frontier and, as an event, to the caller."""

from collections import deque
from collections.abc import Callable

from ingest.crawl.events import Failed, Page, PageEvent, Skipped
from ingest.crawl.fetch.answer import Fetched
from ingest.crawl.frontier import TWICE, Frontier
from ingest.crawl.limits import over_in_vain, over_pages


class Outcomes:
    """`home` gives a URL as the site that is crawled has it."""

    def __init__(self, frontier: Frontier, home: Callable[[str], str]) -> None:
        self.events: deque[PageEvent] = deque()
        """Those that the caller has not seen."""
        self.blocked: dict[str, str] = {}
        """Addresses at which an interstitial came, with the reason that is given."""
        self.unread: dict[str, Fetched] = {}
        """Pages that wait for their extraction."""
        self._frontier = frontier
        self._home = home

    def page(self, url: str, fetched: Fetched) -> None:
        """A page was fetched: the caller says what it turned out to be."""
        self.unread[url] = fetched
        self.events.append(Page(url, self._frontier.depth(url), fetched))

    def skip(self, url: str, reason: str, detail: str = "", answer: Fetched | None = None) -> None:
        """`answer` is one that gives the reason by itself."""
        self._frontier.skip(url)
        validators = answer.validators if answer and not answer.redirects else None
        self.events.append(Skipped(url, reason, detail, validators))

    def refuse(self, url: str, reason: str) -> bool:
        """A URL was found that is not wanted; whether nobody knew it."""
        if new := self._frontier.refuse(url):
            self.events.append(Skipped(url, reason))
        return new

    def fail(self, url: str, reason: str, attempts: int, status: int | None = None) -> None:
        self._frontier.fail(url)
        self.events.append(Failed(url, reason, attempts, status))

    def block(self, url: str, reason: str, fetched: Fetched) -> None:
        """An interstitial came at `url`, maybe in place of the URL that led there."""
        requested = self._home(fetched.redirects[0]) if fetched.redirects else url
        self.blocked[url] = reason
        self._frontier.fail(url)
        self.events.append(Failed(requested, reason, fetched.attempts, landed=url))
        if requested != url:
            self.events.append(Skipped(url, reason))

    def read(self, url: str, landed: str) -> str | None:
        """A URL was answered at `landed`: the one that it goes by now, or None: that page is another's already."""
        name = self._frontier.read(url, landed)
        if name != url:
            self.events.append(Skipped(url, TWICE, landed))
        return name

    def keep(self, url: str, name: str) -> str | None:
        """A page is kept under its name, unless another has it; the name."""
        kept = self._frontier.keep(url, name)
        if kept != url:
            self.events.append(Skipped(url, TWICE, name))
        return kept

    def give_up(self, *, turned_away: bool) -> bool:
        """The crawl ends: whether URLs were left over; each gets its outcome."""
        rest = self._frontier.leftover()
        if turned_away:
            lost = "not tried: the host stopped answering"
            self.events.extend(Failed(url, lost, 0) for url in rest)
        else:
            full, most = self._frontier.is_full, self._frontier.most_in_vain
            reason = over_pages(self._frontier.max_pages) if full else over_in_vain(most)
            self.events.extend(Skipped(url, reason) for url in rest)
        return bool(rest)
