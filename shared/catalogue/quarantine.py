"""Suspicious chunks: which wait for a decision, and what was decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import AsyncConnection

from shared.catalogue import rows
from shared.model.library import Generation
from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.catalogue", "quarantine.sql") | sql.load("shared.catalogue", "locks.sql")

Verdict = Literal["released", "rejected"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A suspicious text of a library, wherever it stands there."""

    key: bytes
    """The same at every republish: a decision is kept under it."""
    library_id: str
    versions: tuple[str, ...]
    source_url: str
    breadcrumb: tuple[str, ...]
    content: str
    title: str
    description: str
    rules: tuple[str, ...]
    verdict: Verdict | None = None
    decided_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.key.hex()


class Quarantine:
    """Errors: DatabaseUnavailable from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def suspects(self, library_id: str | None = None, *, decided: bool = False) -> list[Suspect]:
        """What waits for a decision in what is served or being built; with `decided`, also what was decided."""
        return await self._suspects(library_id=library_id, prefix=None, decided=decided)

    async def named(self, prefix: str) -> list[Suspect]:
        """Suspects, decided or not, whose id begins with these hexadecimal digits."""
        return await self._suspects(library_id=None, prefix=prefix, decided=True)

    async def waiting_in(self, generation: UUID) -> int:
        """Chunks of a generation that wait for a decision."""
        found = await self._database.rows(_SQL["open_in"], {"id": generation})
        return int(found[0]["chunks"])

    async def decide(self, library_id: str, keys: Sequence[bytes], verdict: Verdict) -> None:
        """Write a verdict down and mark the chunks by it, in every generation of the library.

        What is rejected is not served from now on; what is released, when the `outdated` indexes are rebuilt.
        """
        values = {"library_id": library_id, "keys": list(keys), "verdict": verdict}
        async with self._database.transaction() as connection:
            await connection.execute(_SQL["lock_library"], {"library_id": library_id})
            await connection.execute(_SQL["decide"], values)
            await connection.execute(_SQL["mark"], values)
            after = {"verdict": verdict, "chunks": len(keys)}
            await audit(connection, Change("quarantine verdict", library_id=library_id, after=after))

    async def outdated(self, library_id: str) -> list[Generation]:
        """Published generations whose index was built before a decision; the served ones first."""
        found = await self._database.rows(_SQL["outdated"], {"library_id": library_id})
        return [rows.generation(row) for row in found]

    async def recount(self, library_id: str) -> None:
        """Bring the library's counters up to what is served."""
        await self._database.rows(_SQL["recount_library"], {"library_id": library_id})

    async def _suspects(self, **params: object) -> list[Suspect]:
        return [_suspect(row) for row in await self._database.rows(_SQL["suspects"], params)]


async def released(connection: AsyncConnection[Row], keys: Iterable[bytes]) -> frozenset[bytes]:
    """Which of these a person has released, read in the caller's transaction."""
    cursor = await connection.execute(_SQL["released"], {"keys": list(keys)})
    return frozenset(bytes(row["key"]) for row in await cursor.fetchall())


def _suspect(row: Row) -> Suspect:
    metadata = row["metadata"]
    return Suspect(
        key=bytes(row["key"]),
        library_id=row["library_id"],
        versions=tuple(row["versions"]),
        source_url=row["source_url"],
        breadcrumb=tuple(metadata.get("section", ())),
        content=row["content"],
        title=metadata.get("title") or "",
        description=metadata.get("description") or "",
        rules=tuple(row["suspicions"]),
        verdict=row["verdict"],
        decided_at=row["decided_at"],
    )
