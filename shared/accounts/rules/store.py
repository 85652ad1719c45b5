"""Rules of access and their posture, as rows; every change leaves a row of the audit log in its own transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.accounts.access import Rules, rules_of
from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.accounts.rules")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a rule is for: a user, a group, or with neither everyone."""

    user_id: UUID | None = None
    group: str | None = None


class AccessRules:
    """Errors: DatabaseUnavailable, StatementRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_closed(self) -> bool:
        """Whether what no rule names may not be read."""
        row = await self._database.row(_SQL["posture"])
        return row is None or bool(row["is_closed"])

    async def set_closed(self, *, is_closed: bool) -> bool:
        """Whether that changed anything."""
        async with self._database.transaction() as connection:
            changed = await _row(connection, "set_posture", {"is_closed": is_closed})
            if changed is not None:
                before, after = {"is_closed": not is_closed}, {"is_closed": is_closed}
                await audit(connection, Change("access posture", before=before, after=after))
            return changed is not None

    async def rules(self) -> list[Row]:
        """All of them: `target`, `user`, `group`, `is_allowed`, and whether there is anything that it `is_here` for."""
        return await self._database.rows(_SQL["rules"])

    async def concerning(self, user_id: UUID | None) -> Rules:
        """The rules that decide for this user; None is whoever calls without a key."""
        [row] = await self._database.rows(_SQL["concerning"], {"user_id": user_id})
        return rules_of(row["rules"])

    async def put(self, target: str, subject: Subject, *, is_allowed: bool) -> bool:
        """Rule so from now on, in place of what was ruled of the same before. Whether that changed anything."""
        given = {"target": target, "user_id": subject.user_id, "group": subject.group}
        async with self._database.transaction() as connection:
            before = await _row(connection, "rule", given)
            if before and before["is_allowed"] == is_allowed:
                return False
            await connection.execute(_SQL["put_rule"], given | {"is_allowed": is_allowed})
            await audit(
                connection,
                Change(
                    "access allow" if is_allowed else "access deny",
                    user_id=subject.user_id,
                    library_id=target,
                    before=before,
                    after={"is_allowed": is_allowed} | _whom(subject),
                ),
            )
            return True

    async def clear(self, target: str, subject: Subject) -> bool:
        """Whether there was a rule to take away."""
        given = {"target": target, "user_id": subject.user_id, "group": subject.group}
        async with self._database.transaction() as connection:
            before = await _row(connection, "rule", given)
            if before is None:
                return False
            await connection.execute(_SQL["clear_rule"], given)
            was = before | _whom(subject)
            await audit(
                connection, Change("access clear", user_id=subject.user_id, library_id=target, before=was)
            )
            return True


def _whom(subject: Subject) -> dict[str, str]:
    """For the audit log, which names users by their ids."""
    if subject.user_id:
        return {}
    return {"for": f"group {subject.group}" if subject.group else "everyone"}


async def _row(connection: AsyncConnection[Row], name: str, given: dict[str, Any]) -> Row | None:
    return await (await connection.execute(_SQL[name], given)).fetchone()
