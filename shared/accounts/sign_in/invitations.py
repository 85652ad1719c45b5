"""What an operator does about how people sign in: invite them, take an identity away."""

from datetime import datetime
from uuid import UUID

from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database

_SQL = sql.load("shared.accounts.sign_in", "invitations.sql")


class Invitations:
    """Errors: DatabaseUnavailable, StatementRefused from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(self, user_id: UUID, hashed: str, now: datetime, until: datetime) -> None:
        """By the token of this hash; earlier ones that nobody used end."""
        given = {"hash": hashed, "user_id": user_id, "now": now, "until": until}
        async with self._database.transaction() as connection:
            await connection.execute(_SQL["withdraw"], given)
            await connection.execute(_SQL["invite"], given)
            await audit(connection, Change("user invite", user_id=user_id, after={"expires_at": until}))

    async def disconnect(self, user_id: UUID) -> bool:
        """Whether the user had an identity."""
        async with self._database.transaction() as connection:
            row = await (await connection.execute(_SQL["disconnect"], {"user_id": user_id})).fetchone()
            if row is not None:
                await audit(connection, Change("user disconnect", user_id=user_id))
            return row is not None
