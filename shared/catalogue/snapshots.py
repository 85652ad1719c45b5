"""What PostgreSQL knows of snapshots: the pages that go into one, and where each is kept."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.stores import sql
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.catalogue", "snapshots.sql")
PAGE_OF_ROWS = 25
"""Documents in memory at once."""


@dataclass(frozen=True, slots=True)
class Maker:
    """The crawl that filled a generation; `pages` are those that have a document."""

    id: UUID
    start_url: str
    revisions: Mapping[str, int]
    """Of the stages that made it."""
    pages: int


class Snapshots:
    """Errors: DatabaseUnavailable from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def maker(self, generation: UUID) -> Maker:
        return Maker(**(await self._rows("maker", generation_id=generation))[0])

    async def pages(self, crawl_id: UUID) -> AsyncIterator[list[Row]]:
        """URL, `fetched_at` and document (as JSON) of every page that a crawl kept, in the order of their URLs."""
        after = ""
        while rows := await self._rows("saved_pages", crawl_id=crawl_id, after=after, most=PAGE_OF_ROWS):
            yield rows
            after = rows[-1]["url"]

    async def note(self, generation: UUID, url: str) -> None:
        """Write down where the snapshot of a generation is."""
        await self._rows("note", id=generation, url=url)

    async def urls(self, library_id: str, version: str | None = None) -> dict[UUID, str]:
        """Where the snapshots of a library's generations are, of all versions or of one."""
        rows = await self._rows("urls", library_id=library_id, version=version)
        return {row["id"]: row["url"] for row in rows}

    async def _rows(self, statement: str, **params: object) -> list[Row]:
        return await self._database.rows(_SQL[statement], params)
