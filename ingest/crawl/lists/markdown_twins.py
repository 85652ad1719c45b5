"""The Markdown form that some sites keep of their pages, for readers that are programs."""

import asyncio
import re
from collections.abc import Callable, Container, Mapping
from itertools import islice
from typing import Protocol

from ingest.crawl.addresses.urls import join_all, path_of, stem
from ingest.crawl.fetch.answer import Fetched
from ingest.crawl.fetch.fetcher import Fetcher, InterstitialAnswer, NotWanted, RedirectDeclined
from ingest.crawl.fetch.media import HTML, MARKDOWN, MARKDOWN_FILES
from ingest.interstitials import interstitial_of_answer, reason_of
from shared.errors import AddressRefused, FetchFailed, InterstitialPage, InvalidUrl

_PATIENCE = 3
"""Pages in a row without a twin, and the site is taken to have none but those that it names."""
_ASKED = "asked"
"""The page itself, of which the Markdown is requested by its media type."""
_FILES = (".md", ".mdx", ".markdown")
_WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html\b)", re.IGNORECASE)


class Host(Protocol):
    """What a crawl knows of whether its host still answers."""

    @property
    def turned_away(self) -> bool: ...
    def answered(self) -> None: ...
    def failed(self, status: int | None) -> None: ...


class MarkdownTwins:
    """Asks for no more than `admits` lets through, and no longer than the site answers: requests like any others.

    A page that is `known` is not kept without the twin that it may have had. `listed` gives the twin of a page
    that the site itself has named.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        host: Host,
        admits: Callable[[str], str | None],
        listed: Callable[[str], str | None] = lambda _: None,
        known: Container[str] = (),
    ) -> None:
        self._fetcher = fetcher
        self._host = host
        self._admits = admits
        self._listed = listed
        self._known = known
        self._misses = 0
        self._way = ""
        """Where the last twin was found that nobody named."""
        self._guesses = _PATIENCE
        self._found = False
        self._named: dict[str, str] = {}
        """The stems of the pages that first named an address as their twin."""
        self._guessing = asyncio.Lock()

    async def of(self, url: str, named: str | None = None, *, needed: bool = False) -> Fetched | None:
        """The Markdown of a page that lacks text: as it or the site names it, or at the usual addresses.

        Raises InterstitialPage where one comes in its place, if it is `needed` or the page is known.
        """
        try:
            return await self._sure(url, named) or await self._guessed(url)
        except InterstitialPage:
            if needed or url in self._known:
                raise
            return None

    def expects(self, url: str) -> bool:
        """Whether `beside` would ask for the twin of a page that names none."""
        return bool(self._way or self._listed(url) or (self._guesses and "?" not in url))

    def lists(self, url: str) -> bool:
        """Whether the site itself has named the twin of a page."""
        return self._listed(url) not in (None, url)

    async def beside(self, url: str, named: str | None = None) -> Fetched | None:
        """The Markdown of a page that can do without: as it or the site names it, or where that of another was found.

        Where none was found yet, few are guessed: of one page at all of the usual files, of others at the first.
        Raises InterstitialPage where one comes in its place, if the page is known and the site has twins.
        """
        try:
            return await self._sure(url, named) or await self._by_way(self._ways(url))
        except InterstitialPage:
            if url in self._known and self._found:
                raise
            return None

    def _ways(self, url: str) -> Mapping[str, str]:
        ways = usual_addresses(url)
        if self._way:
            return {way: there for way, there in ways.items() if way == self._way}
        if not self._guesses or "?" in url:
            return {}
        self._guesses -= 1
        ways.pop(_ASKED)  # no page is sent twice on a guess
        return ways if self._guesses == _PATIENCE - 1 else dict(islice(ways.items(), 1))

    async def _sure(self, url: str, named: str | None) -> Fetched | None:
        ours = [
            one
            for one in join_all(url, [named] if named else [])
            if self._named.setdefault(one, stem(url)) == stem(url)  # else it is no twin of either
        ]
        for there in dict.fromkeys((*ours, self._listed(url))):
            if there and there != url and (twin := await self._get(there)):
                return twin
        return None

    async def _guessed(self, url: str) -> Fetched | None:
        async with self._guessing:
            if self._misses >= _PATIENCE:
                return None
            twin = await self._by_way(usual_addresses(url))
            self._misses = 0 if twin else self._misses + 1
            return twin

    async def _by_way(self, ways: Mapping[str, str]) -> Fetched | None:
        for way, there in ways.items():
            if twin := await self._get(there):
                self._way = way
                return twin
        return None

    async def _get(self, url: str) -> Fetched | None:
        if self._host.turned_away or self._admits(url):
            return None
        types = MARKDOWN_FILES if path_of(url).endswith(_FILES) else MARKDOWN
        try:
            found = await self._fetcher.get(
                url,
                admit=self._admit,
                wanted=lambda _, found: (  # an interstitial is HTML
                    None if found in types or found in HTML else f"not Markdown ({found})"
                ),
                accept="text/markdown",
            )
        except InterstitialAnswer as error:
            raise InterstitialPage(error.reason) from error
        except (RedirectDeclined, NotWanted, AddressRefused, InvalidUrl):
            return None
        except FetchFailed as error:
            self._host.failed(error.status)
            return None
        self._host.answered()
        if kind := interstitial_of_answer(found.body):
            raise InterstitialPage(reason_of(kind))
        if found.content_type not in types or _WEB_PAGE.match(found.body):
            return None
        self._found = True
        return found

    async def _admit(self, target: str) -> str | None:
        return self._admits(target)


def usual_addresses(url: str) -> dict[str, str]:
    """Where sites keep the Markdown of the page at a normalised URL, by the way in which it is made of that.

    The last is the page itself.
    """
    page = url.partition("?")[0]
    if page.endswith("/"):
        beside = {"page.md": f"{page.rstrip('/')}.md"} if path_of(page) != "/" else {}
        return {**beside, "index.md": f"{page}index.md", _ASKED: url}
    bare = page.removesuffix(".html").removesuffix(".htm")
    return {"page.md": f"{bare}.md", **({"page.html.md": f"{page}.md"} if bare != page else {}), _ASKED: url}
