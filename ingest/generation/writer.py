"""Rows of a draft: each page whole, with its chunks, in one transaction; outcomes without chunks some at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from ingest.embed.queue import VectorQueue
from ingest.generation.draft import Draft
from ingest.report.tally import Tally
from shared.catalogue import crawls as crawl_rows
from shared.catalogue.adopt import PageChunks, adopt
from shared.catalogue.crawls import Crawls
from shared.catalogue.generations import copy_chunks
from shared.errors import ValueRefused
from shared.model.crawl import PageRow
from shared.model.document import Chunk
from shared.stores.postgres import Database

WRITTEN_AT_ONCE = 100
"""Tally without chunks in one transaction: so many a kill may cost, each a conditional request."""


class Refused(NamedTuple):
    """A row that the database does not take."""

    row: PageRow
    error: ValueRefused


class DraftWriter:
    """What is written is counted in the tally, and its chunks wait in the queue for their vectors."""

    def __init__(self, database: Database, draft: Draft, tally: Tally, queue: VectorQueue) -> None:
        self._database = database
        self._crawls = Crawls(database)
        self._draft = draft
        self._tally = tally
        self._queue = queue
        self._waiting: list[PageRow] = []
        self._writing = asyncio.Lock()
        """One writer at a time: the queue reads chunks by their numbers, which must be there without gaps."""

    async def note(self, row: PageRow) -> list[Refused]:
        """An outcome that is written with others; what is kept under that URL is not overwritten."""
        if self._tally.stands(row):
            self._waiting.append(row)
        return await self.write_rest() if len(self._waiting) >= WRITTEN_AT_ONCE else []

    async def write_rest(self) -> list[Refused]:
        """Write down the outcomes that wait for others; those that are refused cost no other one."""
        async with self._writing:  # what stands now is kept by no page meanwhile
            rows = [row for row in self._waiting if self._tally.stands(row)]
            self._waiting = []
            if not rows:
                return []
            try:
                await self._crawls.put_pages(self._draft.crawl_id, rows)
            except ValueRefused:
                return [refused for row in rows if (refused := await self._write_alone(row))]
        return []

    async def write_page(self, row: PageRow, chunks: Sequence[Chunk]) -> None:
        """A page with its chunks. Raises ValueRefused."""
        done = replace(row, chunked=True)
        async with self._writing:
            async with self._database.transaction() as connection:
                await copy_chunks(
                    connection,
                    self._draft.generation,
                    chunks,
                    first=self._queue.chunks,
                    fetched_at=row.fetched_at or datetime.now(UTC),
                )
                await crawl_rows.put_pages(connection, self._draft.crawl_id, [done])
            self._tally.keep(done)
            self._queue.grow(len(chunks))

    async def adopt(self, pages: Sequence[PageChunks]) -> None:
        """Pages that are kept, with the chunks that they have in the served generation."""
        now = datetime.now(UTC)
        done = [replace(self._tally.pages[page.url], chunked=True) for page in pages]
        async with self._writing:
            async with self._database.transaction() as connection:
                chunks = await adopt(
                    connection,
                    self._draft.generation,
                    pages,
                    first=self._queue.chunks,
                    fetched_at={row.url: row.fetched_at or now for row in done},
                )
                await crawl_rows.put_pages(connection, self._draft.crawl_id, done)
            for row in done:
                self._tally.keep(row)
            self._queue.grow(chunks)

    async def _write_alone(self, row: PageRow) -> Refused | None:
        try:
            await self._crawls.put_pages(self._draft.crawl_id, [row])
        except ValueRefused as error:
            return Refused(row, error)
        return None
