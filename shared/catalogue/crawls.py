"""Crawls page by page: what a killed one goes on from, what the report is read from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.stores import sql
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.catalogue", "crawls.sql")


@dataclass(frozen=True, slots=True)
class CrawlRow:
    """A crawl that was begun and not finished."""

    id: UUID
    generation_id: UUID | None
    start_url: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PageRow:
    """One URL of a crawl. `state` is fetched, unchanged, skipped or failed."""

    url: str
    position: int
    depth: int
    state: str
    reason: str | None = None
    attempts: int = 0
    final_url: str | None = None
    document_key: bytes | None = None
    chunked: bool = False
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None


class Crawls:
    """Errors: DatabaseUnavailable from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unfinished(self, library_version_id: UUID) -> CrawlRow | None:
        rows = await self._rows("unfinished", library_version_id=library_version_id)
        return CrawlRow(**rows[0]) if rows else None

    async def begin(
        self, library_version_id: UUID, generation_id: UUID, start_url: str, options: Mapping[str, Any]
    ) -> UUID:
        """A new crawl; one that was still open for this version is closed as superseded."""
        await self._rows("abandon", library_version_id=library_version_id)
        rows = await self._rows(
            "begin",
            library_version_id=library_version_id,
            generation_id=generation_id,
            start_url=start_url,
            options=Jsonb(options),
        )
        crawl_id: UUID = rows[0]["id"]
        return crawl_id

    async def finish(
        self, crawl_id: UUID, state: str, report: Mapping[str, Any], generation_id: UUID | None
    ) -> None:
        """`state` is unchanged or failed; a crawl that publishes is finished by `finish` in that transaction."""
        await self._rows("finish", **_finished(crawl_id, state, report, generation_id))

    async def kept(self, crawl_id: UUID) -> list[tuple[PageRow, tuple[str, ...]]]:
        """The pages that a crawl has kept, each with its links, in the order in which they came."""
        rows = await self._rows("kept_pages", crawl_id=crawl_id)
        return [(_page(row), tuple(links)) for row in rows for links in [row.pop("links")]]

    async def put_page(self, crawl_id: UUID, page: PageRow) -> None:
        await self._rows("put_page", **_params(crawl_id, page))

    async def put_document(self, key: bytes, page: Mapping[str, Any]) -> None:
        await self._rows("put_document", key=key, page=Jsonb(page))

    async def document(self, key: bytes) -> Mapping[str, Any] | None:
        """A page as it was extracted, as JSON."""
        rows = await self._rows("document", key=key)
        return rows[0]["page"] if rows else None

    async def served_pages(self, generation_id: UUID | None) -> dict[str, PageRow]:
        """The pages, by URL, of the crawl that made a generation, or last confirmed it."""
        if generation_id is None:
            return {}
        return {
            row["url"]: _page(row) for row in await self._rows("served_pages", generation_id=generation_id)
        }

    async def tidy(self, library_version_id: UUID) -> None:
        """Forget old crawls of a version, and documents that no crawl refers to."""
        await self._rows("drop_old_crawls", library_version_id=library_version_id)
        await self._rows("drop_unused_documents")

    async def _rows(self, statement: str, **params: object) -> list[Row]:
        return await self._database.rows(_SQL[statement], params)


async def finish(
    connection: Any, crawl_id: UUID, state: str, report: Mapping[str, Any], generation_id: UUID
) -> None:
    """End a crawl in the caller's transaction."""
    await connection.execute(_SQL["finish"], _finished(crawl_id, state, report, generation_id))


async def put_page(connection: Any, crawl_id: UUID, page: PageRow) -> None:
    """Write a page's outcome in the caller's transaction."""
    await connection.execute(_SQL["put_page"], _params(crawl_id, page))


def _finished(
    crawl_id: UUID, state: str, report: Mapping[str, Any], generation_id: UUID | None
) -> dict[str, object]:
    return {"crawl_id": crawl_id, "state": state, "report": Jsonb(report), "generation_id": generation_id}


def _params(crawl_id: UUID, page: PageRow) -> dict[str, object]:
    return {"crawl_id": crawl_id, **asdict(page)}


def _page(row: Row) -> PageRow:
    key = row.pop("document_key")
    return PageRow(**row, document_key=bytes(key) if key is not None else None)
