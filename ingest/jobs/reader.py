"""A fetched page as a document: as it was extracted before, or now, made whole by its Markdown twin."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from ingest.crawl.crawl import Crawl
from ingest.crawl.events import Page
from ingest.crawl.fetch.fetcher import Fetched
from ingest.crawl.lists.inventory import with_symbols
from ingest.generation import page_json
from ingest.jobs.page_task import extract_page, extract_twin
from ingest.plan.revision import extraction_revision
from ingest.workers.crew import Crew
from shared.catalogue.crawls import Crawls
from shared.errors import NotADocument, NoText, TaskFailed
from shared.model.document import ExtractedPage


class Reader:
    """With `fresh` no page is taken as it was extracted before."""

    def __init__(self, crawls: Crawls, workers: Crew, *, fresh: bool) -> None:
        self._crawls = crawls
        self._workers = workers
        self._fresh = fresh

    async def read(self, crawl: Crawl, event: Page) -> tuple[ExtractedPage, bytes, bool]:
        """The page, the key under which it is stored, and whether it is.

        Raises NotADocument, InterstitialPage and TaskFailed.
        """
        symbols = crawl.inventory.of(event.url)
        key = _document_key(event.url, event.fetched, symbols, crawl.routes.shell)
        if not self._fresh and (stored := await self._crawls.document(key)):
            return page_json.from_json(stored), key, True
        page = crawl.routes.addressed(with_symbols(await self._extract(crawl, event), symbols))
        return page, key, False

    async def _extract(self, crawl: Crawl, event: Page) -> ExtractedPage:
        fetched = event.fetched
        try:
            page = await self._workers.run(extract_page, fetched.body, event.url, fetched.charset)
        except NotADocument as error:
            return await self._twin_alone(crawl, event, error)
        if page.incomplete and (twin := await crawl.markdown.of(event.url, page.twin)):
            with suppress(TaskFailed):  # the page itself can be read
                return await self._workers.run(extract_twin, twin.body, twin.url, page)
        return page

    async def _twin_alone(self, crawl: Crawl, event: Page, error: NotADocument) -> ExtractedPage:
        """The Markdown of a page that a script draws. A page with one link only leads on to another."""
        drawn = isinstance(error, NoText) and len(error.links) != 1
        twin = await crawl.markdown.of(event.url, needed=True) if drawn else None
        if twin is None:
            raise error
        page = await self._workers.run(extract_page, twin.body, twin.url, "utf-8")
        links = tuple(dict.fromkeys((*error.links, *page.links)))
        return replace(page, document=replace(page.document, url=event.url), links=links)


def _document_key(url: str, fetched: Fetched, symbols: Mapping[str, str], shell: str) -> bytes:
    """Under which a page is kept as it was extracted: the same bytes at the same address, by the same code."""
    named = json.dumps(symbols, sort_keys=True) if symbols else ""
    head = f"{extraction_revision()}\n{url}\n{fetched.charset or ''}\n{named}{shell}"
    return hashlib.sha256(head.encode() + fetched.body).digest()
