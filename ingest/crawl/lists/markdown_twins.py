"""The Markdown form that some sites keep of their pages, for readers that are programs."""

import asyncio
from collections.abc import Callable, Container, Iterable

from ingest.crawl.addresses.urls import join_all, path_of
from ingest.crawl.fetch.answer import Fetched
from ingest.crawl.fetch.fetcher import Fetcher, InterstitialAnswer
from ingest.crawl.fetch.media import HTML, MARKDOWN, MARKDOWN_FILES
from ingest.interstitials import interstitial_of_answer, reason_of
from shared.errors import AddressRefused, FetchFailed, InterstitialPage, InvalidUrl

_PATIENCE = 3
"""Pages in a row without a twin, and the site is taken to have none but those that its pages name."""


class MarkdownTwins:
    """Asks for no more than `admits` lets through, and no longer than the site answers.

    A page that is `known` is not kept without the twin that it may have had.
    """

    def __init__(
        self, fetcher: Fetcher, admits: Callable[[str], str | None], known: Container[str] = ()
    ) -> None:
        self._fetcher = fetcher
        self._admits = admits
        self._known = known
        self._misses = 0
        self._guessing = asyncio.Lock()

    async def of(self, url: str, named: str | None = None, *, needed: bool = False) -> Fetched | None:
        """The Markdown of the page at `url`: as the page names it, at the usual addresses, or by content type.

        Raises InterstitialPage where one comes in its place, if it is `needed` or the page is known.
        """
        try:
            return await self._of(url, named)
        except InterstitialPage:
            if needed or url in self._known:
                raise
            return None

    async def _of(self, url: str, named: str | None) -> Fetched | None:
        if twin := await self._first(join_all(url, [named] if named else [])):
            return twin
        async with self._guessing:
            if self._misses >= _PATIENCE:
                return None
            twin = await self._first(usual_addresses(url))
            self._misses = 0 if twin else self._misses + 1
            return twin

    async def _first(self, urls: Iterable[str]) -> Fetched | None:
        for url in urls:
            if twin := await self._get(url):
                return twin
        return None

    async def _get(self, url: str) -> Fetched | None:
        if self._admits(url):
            return None
        types = MARKDOWN_FILES if path_of(url).endswith(".md") else MARKDOWN
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
        except (FetchFailed, AddressRefused, InvalidUrl):
            return None
        if kind := interstitial_of_answer(found.body):
            raise InterstitialPage(reason_of(kind))
        return found if found.content_type in types else None

    async def _admit(self, target: str) -> str | None:
        return self._admits(target)


def usual_addresses(url: str) -> list[str]:
    """Where sites keep the Markdown of the page at a normalised URL; the last is the page itself."""
    page = url.partition("?")[0]
    if page.endswith("/"):
        beside = [f"{page.rstrip('/')}.md"] if path_of(page) != "/" else []
        return [*beside, f"{page}index.md", url]
    bare = page.removesuffix(".html").removesuffix(".htm")
    return [f"{bare}.md", *([f"{page}.md"] if bare != page else []), url]
