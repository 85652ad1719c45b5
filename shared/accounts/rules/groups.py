"""Who is in which group, as a provider claims at sign-in or an operator says; an operator's changes are audited."""

from uuid import UUID

from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.accounts.rules")
MOST_NAME = 255


def read_group(typed: str) -> str:
    """A name of a group, letter for letter as a provider claims it. Raises InvalidRequest."""
    if not typed.strip() or len(typed) > MOST_NAME or not typed.isprintable():
        raise InvalidRequest(
            f"a group has a name of 1 to {MOST_NAME} visible characters",
            "`lectern-admin group list` shows them",
        )
    return typed


class Groups:
    """A group is there as long as somebody is in it, or a rule names it.

    Errors: DatabaseUnavailable, StatementRefused.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def groups(self) -> list[Row]:
        """By name: how many `members` and `rules` each has."""
        return await self._database.rows(_SQL["groups"])

    async def members(self, group: str) -> list[Row]:
        """`user`, `source` and since when; twice, where provider and operator both say so."""
        return await self._database.rows(_SQL["members"], {"group": group})

    async def of(self, user_id: UUID) -> list[Row]:
        """`group`, `source` and since when; twice, where provider and operator both say so."""
        return await self._database.rows(_SQL["groups_of"], {"user_id": user_id})

    async def add(self, group: str, user_id: UUID) -> bool:
        """Whether the operator had not said so already."""
        async with self._database.transaction() as connection:
            given = {"group": group, "user_id": user_id}
            added = await (await connection.execute(_SQL["add_member"], given)).fetchone()
            if added is not None:
                await audit(connection, Change("group add", user_id=user_id, after={"group": group}))
            return added is not None

    async def remove(self, group: str, user_id: UUID) -> list[str]:
        """Who had said so; a provider may say so again at the next sign-in."""
        async with self._database.transaction() as connection:
            given = {"group": group, "user_id": user_id}
            dropped = await (await connection.execute(_SQL["drop_member"], given)).fetchall()
            sources = sorted(row["source"] for row in dropped)
            if sources:
                before = {"group": group, "sources": sources}
                await audit(connection, Change("group remove", user_id=user_id, before=before))
            return sources
