"""A fetched page as a document with its chunks: as it was extracted before, or read now in one task of a worker."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import NamedTuple

from ingest.crawl.crawl import Crawl
from ingest.crawl.events import Page
from ingest.crawl.fetch.fetcher import Fetched
from ingest.generation.snapshot import page_json
from ingest.jobs.page_task import Body, Cutting, Naming, ReadPage, Twins, finish_page, read_page
from ingest.jobs.twin_trial import TwinTrial
from ingest.plan.revision import REVISIONS
from ingest.workers.crew import Crew
from shared.catalogue.crawls import Crawls
from shared.embedding.model import EmbeddingModel
from shared.errors import NotADocument, NoText, TaskFailed
from shared.model.document import Chunk, ExtractedPage


class Read(NamedTuple):
    page: ExtractedPage
    content: bytes
    """Equal for pages that say the same."""
    chunks: tuple[Chunk, ...] | None
    """None where it is not cut."""
    key: bytes
    """Under which it is stored."""
    stored: bool


class Reader:
    """With `fresh` no page is taken as it was extracted before."""

    def __init__(self, crawls: Crawls, workers: Crew, model: EmbeddingModel, *, fresh: bool) -> None:
        self._crawls = crawls
        self._workers = workers
        self._model = model
        self._fresh = fresh
        self._trial = TwinTrial()
        self._one_by_one = asyncio.Lock()

    async def read(self, crawl: Crawl, event: Page, served: bytes | None) -> Read:
        """The page; it is not cut where it was stored, nor where it says what is `served` of it.

        Raises NotADocument, InterstitialPage and TaskFailed.
        """
        naming = Naming(dict(crawl.inventory.of(event.url)), crawl.routes)
        key = _document_key(event.url, event.fetched, naming.symbols, crawl.routes.shell)
        if not self._fresh and (stored := await self._crawls.document(key)):
            page = page_json.from_json(stored)
            return Read(page, page_json.content_hash(page.document), None, key, True)
        try:
            found = await self._read(crawl, event, naming, Cutting(self._model, served))
        except TaskFailed:
            # What ended the worker may be the cutting: the page itself is read, and cut by itself.
            found = await self._read(crawl, event, naming, None)
        return Read(found.page, found.content, found.chunks, key, False)

    async def _read(self, crawl: Crawl, event: Page, naming: Naming, cutting: Cutting | None) -> ReadPage:
        body = Body(event.fetched.body, event.url, event.fetched.charset)
        try:
            found = await self._workers.run(
                read_page, body, event.url, naming, cutting, self._twins(crawl, event)
            )
        except NotADocument as error:
            return await self._twin_alone(crawl, event, naming, cutting, error)
        if isinstance(found, ReadPage):
            return found
        if found.incomplete:
            twin = await crawl.markdown.of(event.url, found.twin)
            return await self._finished(event, found, twin, naming, cutting)
        return await self._in_both_forms(crawl, event, found, naming, cutting)

    def _twins(self, crawl: Crawl, event: Page) -> Twins:
        """Which twins are asked for; a start page, which is often made by hand, gets no guess."""
        if not self._trial.is_open:
            return Twins.LACKING
        expected = crawl.markdown.lists(event.url) or (event.depth > 0 and crawl.markdown.expects(event.url))
        return Twins.ANY if expected else Twins.NAMED

    async def _in_both_forms(
        self, crawl: Crawl, event: Page, page: ExtractedPage, naming: Naming, cutting: Cutting | None
    ) -> ReadPage:
        """One page at a time until a twin was found: a site that has none is asked little."""
        async with nullcontext() if self._trial.found else self._one_by_one:
            twin = await crawl.markdown.beside(event.url, page.twin) if self._trial.is_open else None
            if twin:
                read = await self._finished(event, page, twin, naming, cutting)
                self._trial.add(read.twin)
                return read
            if page.twin or crawl.markdown.lists(event.url):
                self._trial.add(None)
        return await self._finished(event, page, None, naming, cutting)

    async def _finished(
        self, event: Page, page: ExtractedPage, twin: Fetched | None, naming: Naming, cutting: Cutting | None
    ) -> ReadPage:
        if twin:
            with suppress(TaskFailed):  # the page itself can be read
                beside = Body(twin.body, twin.url)
                return await self._workers.run(finish_page, page, beside, event.url, naming, cutting)
        return await self._workers.run(finish_page, page, None, event.url, naming, cutting)

    async def _twin_alone(
        self, crawl: Crawl, event: Page, naming: Naming, cutting: Cutting | None, error: NotADocument
    ) -> ReadPage:
        """The Markdown of a page that a script draws. A page with one link only leads on to another."""
        drawn = isinstance(error, NoText) and len(error.links) != 1
        twin = await crawl.markdown.of(event.url, needed=True) if drawn else None
        if twin is None:
            raise error
        body = Body(twin.body, twin.url, "utf-8")
        found = await self._workers.run(read_page, body, event.url, naming, cutting)
        if not isinstance(found, ReadPage):
            found = await self._workers.run(finish_page, found, None, event.url, naming, cutting)
        links = tuple(dict.fromkeys((*error.links, *found.page.links)))
        return replace(found, page=replace(found.page, links=links))


def _document_key(url: str, fetched: Fetched, symbols: Mapping[str, str], shell: str) -> bytes:
    """Under which a page is kept as it was extracted: the same bytes at the same address, by the same code."""
    named = json.dumps(symbols, sort_keys=True) if symbols else ""
    revision = REVISIONS["extract"]
    head = f"{revision}\n{url}\n{fetched.charset or ''}\n{named}{shell}"
    return hashlib.sha256(head.encode() + fetched.body).digest()
