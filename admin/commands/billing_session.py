"""One transaction about money, at one instant, for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from psycopg import AsyncConnection

from admin.commands.session import session
from admin.when import in_books
from shared.accounts.emails import Address
from shared.accounts.store import Accounts
from shared.billing import clock
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest, UserUnknown
from shared.stores.postgres import Row

Now = Annotated[
    str | None, typer.Option("--now", metavar="ISO", help="Do it as of this instant, with an offset.")
]


@dataclass(frozen=True, slots=True)
class Books:
    """A connection in a transaction that is committed at the end of the block, and the instant it is about."""

    connection: AsyncConnection[Row]
    now: datetime
    grace: timedelta
    """How long after its month usage may be recorded, to be billed."""
    accounts: Accounts

    async def user(self, address: Address) -> Row:
        """The user's row, locked until the end. Raises UserUnknown."""
        user = await self.accounts.user(address)
        await lock_users(self.connection, [user["id"]])
        found = await self.connection.execute(
            "SELECT removed_at FROM users WHERE id = %(id)s", {"id": user["id"]}
        )
        [row] = await found.fetchall()
        if row["removed_at"]:
            raise UserUnknown(f"the user {address.email} was removed", "add them anew")
        return user


@asynccontextmanager
async def billing(command: str, now: str | None, *, rehearsed: bool = False) -> AsyncIterator[Books]:
    """Raises InvalidRequest for a `--now` that the books cannot take; `rehearsed` ones may be ahead."""
    typed = read_now(now)
    async with session(command) as stores:
        database: Any = await stores.database()
        async with database.transaction() as connection:
            at = await clock.now(connection, typed, datetime.now(UTC), rehearsed=rehearsed)
            grace = timedelta(hours=stores.settings.billing_grace_hours)
            yield Books(connection, at, grace, Accounts(database))


def read_now(text: str | None) -> datetime | None:
    """Raises InvalidRequest."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise InvalidRequest(
            f"{text[:60]!r} is no instant with an offset", "write it as 2026-12-31T18:00:00+01:00"
        )
    return in_books(read).astimezone(UTC)
