"""Crawls page by page: what a killed one goes on from, what a refresh compares with, what the report is read from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.model.crawl import NOT_ASKED, CrawlKind, CrawlState, PageRow, PageState
from shared.stores import sql
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.catalogue", "crawls.sql")
PAGE_OF_ROWS = 500
ENDED: tuple[CrawlState, ...] = ("published", "unchanged", "held", "failed")


@dataclass(frozen=True, slots=True)
class CrawlRow:
    """One crawl. `report` is there when it has ended, and of one that was interrupted where it could still say so."""

    id: UUID
    generation_id: UUID | None
    kind: CrawlKind
    state: CrawlState
    start_url: str
    options: Mapping[str, Any]
    report: Mapping[str, Any] | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refreshable:
    """A served version, and the order of the crawl that it was made or last confirmed by."""

    library_id: str
    version: str
    start_url: str
    options: Mapping[str, Any]
    finished_at: datetime


class Crawls:
    """Errors: DatabaseUnavailable from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, library_version_id: UUID, states: Sequence[CrawlState]) -> CrawlRow | None:
        """The last crawl of a version in one of these states."""
        rows = await self._rows("newest", library_version_id=library_version_id, states=list(states))
        return CrawlRow(**rows[0]) if rows else None

    async def confirming(self, generation: UUID) -> CrawlRow | None:
        """The crawl that a generation was made or last confirmed by."""
        rows = await self._rows("confirming", generation_id=generation)
        return CrawlRow(**rows[0]) if rows else None

    async def refreshable(
        self, library_id: str | None = None, version: str | None = None, before: datetime | None = None
    ) -> list[Refreshable]:
        """Served versions that were last looked at before a time, those that have waited longest first."""
        rows = await self._rows("refreshable", library_id=library_id, version=version, before=before)
        return [Refreshable(**row) for row in rows]

    async def pages(self, crawl_id: UUID) -> list[PageRow]:
        """Every URL of a crawl, in the order in which the outcomes came."""
        return [_page(row) for row in await self._rows("all_pages", crawl_id=crawl_id)]

    async def kept(self, crawl_id: UUID) -> list[PageRow]:
        """The pages that a crawl has kept, in the order in which they came."""
        return [_page(row) for row in await self._rows("kept_pages", crawl_id=crawl_id)]

    async def links(self, crawl_id: UUID) -> dict[str, tuple[str, ...]]:
        """What the kept pages link to. A site's pages share most of their links: each is in memory once."""
        once: dict[str, str] = {}
        links: dict[str, tuple[str, ...]] = {}
        after = -1
        while rows := await self._rows("links", crawl_id=crawl_id, after=after, most=PAGE_OF_ROWS):
            for row in rows:
                links[row["url"]] = tuple(once.setdefault(link, link) for link in row["links"])
            after = rows[-1]["position"]
        return links

    async def moves(self, crawl_id: UUID) -> dict[str, str]:
        """Addresses that gave no page of their own, with the one that each stands for."""
        rows = await self._rows("moves", crawl_id=crawl_id)
        return {row["url"]: row["final_url"] for row in rows}

    async def put_pages(self, crawl_id: UUID, pages: Sequence[PageRow]) -> None:
        """Write the outcomes of pages, all or none."""
        async with self._database.transaction() as connection:
            await put_pages(connection, crawl_id, pages)

    async def go_on(self, crawl_id: UUID, again: Sequence[PageState]) -> None:
        """Forget what is reported and requested again: the report, outcomes in these states, and what failed uncut."""
        await self._rows("go_on", crawl_id=crawl_id, again=list(again))

    async def leave(self, crawl_id: UUID, report: Mapping[str, Any]) -> None:
        """Record how far an interrupted crawl came; the next run resumes it."""
        await self._rows("leave", crawl_id=crawl_id, report=Jsonb(report))

    async def put_document(self, key: bytes, page: Mapping[str, Any]) -> None:
        await self._rows("put_document", key=key, page=Jsonb(page))

    async def document(self, key: bytes) -> Mapping[str, Any] | None:
        """A page as it was extracted, as JSON."""
        rows = await self._rows("document", key=key)
        return rows[0]["page"] if rows else None

    async def tidy(self, library_version_id: UUID) -> None:
        """Forget old crawls of a version, and documents that no crawl refers to."""
        await self._rows("drop_old_crawls", library_version_id=library_version_id)
        await self._rows("drop_unused_documents")

    async def _rows(self, statement: str, **params: object) -> list[Row]:
        return await self._database.rows(_SQL[statement], params)


async def begin(
    connection: Any,
    crawl_id: UUID,
    library_version_id: UUID,
    generation_id: UUID,
    kind: CrawlKind,
    start_url: str,
    options: Mapping[str, Any],
    take_over: UUID | None = None,
    as_of: UUID | None = None,
) -> None:
    """Begin a crawl in the caller's transaction; one that was still open for this version is superseded.

    What the crawl `take_over` kept and skipped, this one keeps and skips, too. With `as_of` it tells what the site
    said when that crawl asked.
    """
    await connection.execute(_SQL["abandon"], {"library_version_id": library_version_id})
    new = {
        "id": crawl_id,
        "library_version_id": library_version_id,
        "generation_id": generation_id,
        "kind": kind,
        "start_url": start_url,
        "options": Jsonb(options),
        "as_of": as_of,
    }
    await connection.execute(_SQL["begin"], new)
    if take_over:
        taken = {"crawl_id": crawl_id, "from_crawl": take_over, "reason": NOT_ASKED}
        await connection.execute(_SQL["take_over"], taken)


async def finish(
    connection: Any, crawl_id: UUID, state: str, report: Mapping[str, Any], generation_id: UUID | None
) -> None:
    """End a crawl in the caller's transaction."""
    await connection.execute(_SQL["finish"], _finished(crawl_id, state, report, generation_id))


async def put_pages(connection: Any, crawl_id: UUID, pages: Sequence[PageRow]) -> None:
    """Write the outcomes of pages in the caller's transaction."""
    async with connection.cursor() as cursor:
        await cursor.executemany(_SQL["put_page"], [_params(crawl_id, page) for page in pages])


def _finished(
    crawl_id: UUID, state: str, report: Mapping[str, Any], generation_id: UUID | None
) -> dict[str, object]:
    return {"crawl_id": crawl_id, "state": state, "report": Jsonb(report), "generation_id": generation_id}


def _params(crawl_id: UUID, page: PageRow) -> dict[str, object]:
    return {"crawl_id": crawl_id, **asdict(page)}


def _page(row: Row) -> PageRow:
    hashes = {name: row[name] and bytes(row[name]) for name in ("document_key", "content_hash")}
    return PageRow(**row | hashes)
