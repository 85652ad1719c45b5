"""The catalogue: which libraries and versions there are, who may be meant by a name, what a search found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.catalogue import rows
from shared.errors import LibraryUnknown, VersionUnknown
from shared.model.account import EVERYTHING, Access
from shared.model.answer import MOST_COPIES, Hit
from shared.model.library import LATEST, Candidate, Library, LibraryVersion, ServedVersion, name_key
from shared.model.naming import name_rows, nearest, short_name, spelled
from shared.model.version import standing_for
from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database

_SQL = sql.load("shared.catalogue") | sql.load("shared.catalogue", "locks.sql")

SHORTEST_BEGINNING = 3
"""Letters of a name of which longer ones are offered too."""
_BEHIND_ALL = "\U000dfffd"
"""Sorts behind every letter."""


class Catalogue:
    """A library that may not be read is as one that was never added, to whatever looks for one.

    Errors: DatabaseUnavailable from every method, beside those that a method names.
    """

    def __init__(self, database: Database, access: Access = EVERYTHING) -> None:
        self._database = database
        self._access = rows.encoded(access)

    async def library(self, library_id: str) -> Library | None:
        """The library of this id, in small letters or capitals; its own id is the one that it was added with."""
        asked = {"library_id": library_id, "key": name_key(library_id), "access": self._access}
        row = await self._database.row(_SQL["library"], asked)
        return rows.library(row) if row else None

    async def libraries(self) -> list[Library]:
        """All of them, by id."""
        return [rows.library(row) for row in await self._database.rows(_SQL["libraries"])]

    async def known(self, library_id: str) -> Library:
        """The library, or LibraryUnknown with near matches."""
        if found := await self.library(library_id):
            return found
        raise LibraryUnknown(
            library_id, await self.near(library_id), "`ingest library list` shows what is here"
        )

    async def put(self, library: Library) -> None:
        """Add a library or change what is said of it; counters, versions and default version stay.

        Its popularity is where the score begins; only that of a new library counts.
        """
        about = {
            "description": library.description,
            "aliases": library.aliases,
            "tags": library.tags,
            "categories": library.categories,
            "packages": library.packages,
            "imports": library.imports,
            "popularity": library.popularity_score,
        }
        values = {
            "id": library.id,
            "name": library.name,
            "vendor": library.vendor,
            "repo_url": library.repo_url,
            "docs_url": library.docs_url,
            "popularity": library.popularity_score,
            "metadata": Jsonb(about),
        }
        async with self._database.transaction() as connection:
            put = await (await connection.execute(_SQL["put_library"], values)).fetchone()
            if put and put["is_new"]:
                await audit(connection, Change("library add", library_id=library.id))
            await connection.execute(_SQL["drop_names"], {"library_id": library.id})
            keys, names = zip(*name_rows(library), strict=True)
            said = {"library_id": library.id, "keys": list(keys), "names": list(names)}
            await connection.execute(_SQL["put_names"], said)

    async def make_known(self, libraries: Iterable[Library], edition: str) -> None:
        """Let these be known by their names, though nothing of them be here, instead of those of another edition.

        The answer to a question about one names the command that crawls it.
        """
        row = await self._database.row(_SQL["known_edition"])
        if row and row["value"] == edition:
            return
        rows = [(library.id, key) for library in libraries for key, _ in name_rows(library)]
        ids, keys = zip(*rows, strict=True)
        async with self._database.transaction() as connection:
            written = await connection.execute(_SQL["put_edition"], {"edition": edition})
            if await written.fetchone():
                await connection.execute(_SQL["drop_known"])
                await connection.execute(_SQL["put_known"], {"ids": list(ids), "keys": list(keys)})

    async def remove(self, library_id: str) -> None:
        """Remove a library with all its versions, generations, chunks and pages. Raises LibraryUnknown.

        A page that another library's crawl has touched since is left to that one.
        """
        await self.known(library_id)
        async with self._database.transaction() as connection:
            await connection.execute(_SQL["lock_library"], {"library_id": library_id})
            found = await connection.execute(_SQL["own_documents"], {"library_id": library_id})
            keys = [row["key"] for row in await found.fetchall()]
            await connection.execute(_SQL["unlink_generations"], {"library_id": library_id})
            await connection.execute(_SQL["remove_library"], {"library_id": library_id})
            await audit(connection, Change("library remove", library_id=library_id))
            await connection.execute(_SQL["drop_documents"], {"keys": keys})

    async def versions(self, library_id: str) -> list[LibraryVersion]:
        """Every version with its served generation; the latest first, then the newest."""
        return [
            rows.version(row)
            for row in await self._database.rows(_SQL["versions"], {"library_id": library_id})
        ]

    async def set_default_version(self, library_id: str, version: str) -> None:
        """Answer from this version where none is named, whatever is published later."""
        chosen = (await self.served(library_id, version)).version
        async with self._database.transaction() as connection:
            await connection.execute(
                _SQL["set_default_version"], {"library_id": library_id, "version": chosen}
            )
            after = {"default_version": chosen}
            await audit(connection, Change("library default", library_id=library_id, after=after))

    async def served(self, library_id: str, version: str | None) -> ServedVersion:
        """The very version, or the default one.

        `latest` is the one called so, or the one that is the latest.
        Raises LibraryUnknown with near matches, or VersionUnknown with those that are served.
        """
        return await self._served(
            library_id, version, lambda wanted, here: wanted if wanted in here else None
        )

    async def standing_for(self, library_id: str, asked: str | None) -> ServedVersion:
        """The served version to answer from where this release or range is asked for; else as `served`."""
        return await self._served(library_id, asked, standing_for)

    async def _served(
        self, library_id: str, version: str | None, choose: Callable[[str, Sequence[str]], str | None]
    ) -> ServedVersion:
        asked = {"library_id": library_id, "version": version, "access": self._access}
        row = await self._database.row(_SQL["served"], asked)
        if row:
            return rows.served(row)
        library = await self.known(library_id)
        here = [found for found in await self.versions(library.id) if found.generation]
        names = [found.version for found in here]
        wanted = version or library.default_version or LATEST
        chosen = choose(wanted, names)
        if chosen is None and wanted.casefold() == LATEST:
            chosen = next((found.version for found in here if found.is_latest), None)
        if chosen is None:
            raise VersionUnknown(library.id, wanted, names)
        return await self.served(library.id, chosen)

    async def candidates(
        self,
        name: str,
        keys: Sequence[str],
        *,
        sure: int | None = None,
        mended: Sequence[str] = (),
        limit: int = 20,
    ) -> list[Candidate]:
        """Who may be meant by a name, with the evidence; ranking them is not the catalogue's business.

        `keys` are what the name may stand for, the likeliest first; where nobody answers to one of the
        first `sure` of them (all, if left out), those that answer to one of the `mended` are looked for too,
        and where nobody does, those that are alike.
        """
        start = name_key(name)
        asked = {
            "name": spelled(name),
            "beginning": start,
            "beyond": f"{start}{_BEHIND_ALL}" if len(start) >= SHORTEST_BEGINNING else "",
            "keys": list(keys),
            "sure": list(keys[:sure]),
            "mended": " ".join(mended),  # hundreds, and much faster to send than a list
            "most": limit,
            "access": self._access,
        }
        return [rows.candidate(row) for row in await self._database.rows(_SQL["candidates"], asked)]

    async def named(self, name: str) -> list[Library]:
        """Those that answer to a name, letter for letter but for case and punctuation, the best known first."""
        found = await self._database.rows(_SQL["named"], {"key": name_key(name), "access": self._access})
        return [rows.library(row) for row in found]

    async def alike(self, asked: str, limit: int = 20) -> list[Library]:
        """Those with a name like that of an id or a name, the one most like it first."""
        like = {"name": spelled(short_name(asked)), "most": limit, "access": self._access}
        return [rows.library(row) for row in await self._database.rows(_SQL["alike"], like)]

    async def near(self, library_id: str) -> list[str]:
        """Ids of projects that are called almost the same, the nearest first."""
        return nearest(library_id, await self.alike(library_id))

    async def revision(self) -> str:
        """Changes with every change of libraries and versions: part of the key of what is cached about them."""
        row = await self._database.row(_SQL["revision"])
        return str(row["value"]) if row else ""

    async def same(self, ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """Those of the chunks that say the same as another one: with the first of their generation that does."""
        found = await self._database.rows(_SQL["same"], {"ids": list(ids)})
        return {row["id"]: row["same_as"] for row in found}

    async def hits(self, scores: Mapping[UUID, float]) -> list[Hit]:
        """The chunks of these ids, best first; ids that are gone are left out."""
        asked = {"ids": list(scores), "most_copies": MOST_COPIES}
        found = await self._database.rows(_SQL["hits"], asked)
        hits = [rows.hit(row, scores[row["id"]]) for row in found]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_index))
