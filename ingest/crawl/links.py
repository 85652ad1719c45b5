"""Which of the URLs that pages and lists name are taken up: those in scope, Markdown files last."""

from collections import Counter
from collections.abc import Iterable

from ingest.crawl.addresses.languages import LanguageFilter
from ingest.crawl.addresses.urls import OUTSIDE, is_markdown, origin
from ingest.crawl.entry import Entry
from ingest.crawl.events import Skipped
from ingest.crawl.frontier import Frontier
from ingest.crawl.limits import NOT_RETRIED
from ingest.crawl.markdown_files import MarkdownFiles
from ingest.crawl.outcomes import Outcomes
from shared.errors import InvalidUrl
from shared.guard.urls import normalise
from shared.model.document import ExtractedPage


class Links:
    """With `only`, no other URLs are taken up."""

    def __init__(
        self,
        entry: Entry,
        frontier: Frontier,
        outcomes: Outcomes,
        languages: LanguageFilter,
        only: frozenset[str] | None,
    ) -> None:
        self.outside = 0
        """Different URLs seen that lie outside the scope."""
        self.beside: Counter[str] = Counter()
        """Pages that pages of this crawl link to on its site and outside the scope, by folder."""
        self.named: Counter[str] = Counter()
        """How many pages link to a URL of the site."""
        self.files = MarkdownFiles()
        self._scope = entry.scope
        self._routes = entry.routes
        self._frontier = frontier
        self._outcomes = outcomes
        self._languages = languages
        self._only = only

    def home(self, link: str) -> str | None:
        """A link as a URL of the site, normalised; None where it is no address."""
        try:
            return self._scope.home(normalise(link))
        except InvalidUrl:
            return None

    def elsewhere(self, link: str | None) -> str | None:
        """A link as a URL, if it is one of another site."""
        url = self.home(link) if link else None
        return url if url and origin(url) != origin(self._scope.start) else None

    def follow(self, page: ExtractedPage, depth: int) -> None:
        """Take up the links of a page, those to languages that are not wanted with the reason alone."""
        wanted, foreign = self._languages.links(page)
        for link, reason in foreign.items():
            if url := self.home(link):
                self._outcomes.refuse(url, reason)
        self.offer(wanted, depth)

    def offer(self, links: Iterable[str], depth: int, *, linked: bool = True) -> None:
        """`linked` are the links of a page, other URLs those of a list."""
        for link in self._routes.links(links):
            if not (url := self.home(link)):
                continue
            self.named[url] += linked
            if is_markdown(url) and not self._frontier.state(url):
                self.files.put_off(url, depth)
            else:
                self.offer_one(url, depth, linked=linked)

    def offer_files(self) -> bool:
        """When all else is done: the Markdown files that are pages of their own; whether there were any."""
        rest = self.files.rest()
        for url, depth in rest.items():
            self.offer_one(url, depth)
        return bool(rest)

    def offer_one(self, url: str, depth: int, *, linked: bool = False) -> None:
        """A normalised URL of the site."""
        if self._only is not None and url not in self._only and self._outcomes.refuse(url, NOT_RETRIED):
            return
        reason = self._frontier.offer(url, depth)
        if reason == OUTSIDE:
            self.outside += 1
            if linked and self._only is None and (path := self._scope.beside(url)):
                self.beside[path.rpartition("/")[0] + "/"] += 1
        elif reason:
            self._outcomes.events.append(Skipped(url, reason))
