"""What is served, as one reads it: libraries and versions by the beginning of their names, pages, one page."""

from datetime import datetime
from uuid import UUID

from shared.catalogue import rows
from shared.model.account import EVERYTHING, Access
from shared.model.library import Library, newest_first
from shared.model.page import PageName, PagePart, Passage
from shared.stores import sql
from shared.stores.postgres import Database

_SQL = sql.load("shared.catalogue", "pages.sql")
_CHUNKS_LOOKED_AT = 5000
"""A list of pages is the beginning of a generation, however large that is."""


class Pages:
    """What is quarantined, or may not be read, is not there. Errors: DatabaseUnavailable from every method."""

    def __init__(self, database: Database, access: Access = EVERYTHING) -> None:
        self._database = database
        self._access = rows.encoded(access)

    async def most_used(self, most: int) -> list[Library]:
        """Libraries that are served, those that are asked for most first."""
        found = await self._database.rows(_SQL["most_used"], {"most": most, "access": self._access})
        return [rows.library(row) for row in found]

    async def ids(self, typed: str, most: int) -> list[str]:
        """Ids of served libraries that hold what was typed, or whose name begins with it."""
        found = await self._database.rows(
            _SQL["ids"], {"typed": typed.lower(), "most": most, "access": self._access}
        )
        return [row["id"] for row in found]

    async def organisations(self, typed: str, most: int) -> list[str]:
        """First parts of the ids of served libraries that begin with what was typed, the most used first."""
        values = {"typed": typed, "most": most, "access": self._access}
        return [row["org"] for row in await self._database.rows(_SQL["organisations"], values)]

    async def versions(self, library_id: str, typed: str, most: int) -> list[str]:
        """Served versions of a library that begin with what was typed, the newest first."""
        values = {"library_id": library_id, "typed": typed, "access": self._access}
        found = [row["version"] for row in await self._database.rows(_SQL["versions"], values)]
        return newest_first(found)[:most]

    async def pages(self, generation: UUID, most: int) -> list[PageName]:
        """The first pages of a generation, in the order in which they were crawled."""
        values = {"id": generation, "most": most, "chunks": _CHUNKS_LOOKED_AT}
        found = await self._database.rows(_SQL["pages"], values)
        return [PageName(row["url"], row["title"] or row["url"]) for row in found]

    async def urls(self, generation: UUID, typed: str, most: int) -> list[str]:
        """Addresses of pages that hold what was typed."""
        values = {"id": generation, "typed": typed, "most": most}
        return [row["url"] for row in await self._database.rows(_SQL["urls"], values)]

    async def page(self, generation: UUID, url: str, part: int, characters: int) -> PagePart | None:
        """A part of a page: whole chunks, of which the first begin within so many characters, and so on.

        A page that has several addresses is found by each, and has the one that it is kept under.
        """
        values = {"id": generation, "url": url, "part": part, "characters": characters}
        found = await self._database.rows(_SQL["page"], values)
        if not found and (other := await self._database.rows(_SQL["stands_for"], values)):
            url = other[0]["url"]
            found = await self._database.rows(_SQL["page"], values | {"url": url})
        if not found:
            return None
        return PagePart(
            url=url,
            part=part,
            parts=int(found[0]["parts"]),
            passages=tuple(
                Passage(row["content"], tuple(row["metadata"].get("section", ()))) for row in found
            ),
            fetched_at=datetime.fromisoformat(found[0]["metadata"]["fetched_at"]),
        )
