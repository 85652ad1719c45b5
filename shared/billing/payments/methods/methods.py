"""How people pay, as rows: tokens of providers, and what may be shown of each.

A user has exactly one default while they have any method that is not removed.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.payments.ids import is_beginning
from shared.billing.payments.port import SeenMethod
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.methods", "methods.sql")
_BRAND: Final = 50
"""Characters of it that are kept."""

Connection = AsyncConnection[Row]


async def add(
    connection: Connection,
    user_id: UUID,
    provider: str,
    seen: SeenMethod,
    now: datetime,
    *,
    default: bool = False,
) -> Row:
    """The row of a token, as often as it is seen; what was removed stays removed, also of a user who was.

    A new one becomes the default where `default` says so, where there is none, and where the default expired or its
    last attempt failed. Raises InvalidRequest for a token of another user.
    """
    async with connection.transaction():
        await lock_users(connection, [user_id])
        given = {"provider": provider, "token": seen.token, "user_id": user_id, "now": now}
        facts = {
            "type": seen.type,
            "brand": seen.brand and seen.brand[:_BRAND],
            "last_four": seen.last_four,
            "expiry_month": seen.expiry_month,
            "expiry_year": seen.expiry_year,
        }
        gone = await fetched(connection, _SQL["removed_user"], given)
        added = await fetched(
            connection, _SQL["add"], given | (_UNKNOWN | {"type": seen.type} if gone else facts)
        )
        if not added:
            [known] = await fetched(connection, _SQL["by_token"], given)
            if known["user_id"] != user_id:
                raise InvalidRequest(
                    "that token is another user's", "name the user whose it is, or another token"
                )
            return await one(connection, known["id"])
        [row] = added
        if seen.customer:
            await connection.execute(_SQL["keep_customer"], given | {"customer": seen.customer})
        if gone:
            await connection.execute(_SQL["remove"], {"id": row["id"], "now": now})
        elif default or (row["is_new"] and await fetched(connection, _SQL["yields"], given)):
            await make_default(connection, {"id": row["id"], "user_id": user_id})
        else:
            await connection.execute(_SQL["set_default"], {"id": row["id"], "user_id": user_id})
        return await one(connection, row["id"])


_UNKNOWN: Final[dict[str, Any]] = dict.fromkeys(("brand", "last_four", "expiry_month", "expiry_year"))


async def take_in(connection: Connection, provider: str, seen: SeenMethod, now: datetime) -> Row | None:
    """What a provider tells of a method: the row that was added; None where it is nobody's.

    One of ours that is nobody's at the provider any more is removed here too. Raises InvalidRequest as `add` does.
    """
    given = {"provider": provider, "token": seen.token, "customer": seen.customer, "user_id": seen.user_id}
    owners = await fetched(connection, _SQL["owner"], given)
    if not owners:
        return None
    user_id = owners[0]["user_id"]
    if seen.customer or seen.user_id:
        return await add(connection, user_id, provider, seen, now)
    async with connection.transaction():
        await lock_users(connection, [user_id])
        [known] = await fetched(connection, _SQL["by_token"], given)
        await remove(connection, await one(connection, known["id"]), now)
        await connection.execute(_SQL["detached"], {"id": known["id"], "now": now})
        return await one(connection, known["id"])


async def listed(connection: Connection, user_id: UUID | None = None, *, removed: bool = False) -> list[Row]:
    """By user, the default first; `charging` are the numbers of invoices that are being charged with it."""
    return await _rows(connection, user_id=user_id, removed=removed)


async def one(connection: Connection, method_id: UUID) -> Row:
    """As `listed` has it, also where it is removed."""
    [row] = await _rows(connection, id=method_id, removed=True)
    return row


async def default_of(connection: Connection, user_id: UUID) -> Row | None:
    """As `listed` has it."""
    rows = await _rows(connection, user_id=user_id, is_default=True)
    return rows[0] if rows else None


async def find(connection: Connection, user: Row, named: str) -> Row:
    """A method of a user by its id or an unambiguous beginning of it. Raises InvalidRequest."""
    typed, hint = named.strip().lower(), f"`lectern-admin method list {user['email']}` shows them"
    rows = await _rows(connection, user_id=user["id"]) if is_beginning(typed) else []
    found = [row for row in rows if str(row["id"]).startswith(typed)]
    if not found:
        raise InvalidRequest(f"{user['email']} has no method {named.strip()[:60]}", hint)
    if len(found) > 1:
        ids = ", ".join(str(row["id"]) for row in found)
        raise InvalidRequest(f"{len(found)} methods begin with {typed}", f"name one by its id: {ids}")
    return found[0]


async def make_default(connection: Connection, row: Row) -> None:
    """The user is locked. The one before is unset first: not for an instant are there two."""
    given = {"id": row["id"], "user_id": row["user_id"]}
    await connection.execute(_SQL["unset_default"], given)
    await connection.execute(_SQL["set_default"], given)


async def remove(connection: Connection, row: Row, now: datetime) -> Row | None:
    """Nothing more is charged with it; the default in its place, if it was the default and another is left.

    The user is locked. What is being charged with it ends as it will: then the provider forgets it.
    """
    await connection.execute(_SQL["remove"], {"id": row["id"], "now": now})
    given = {"user_id": row["user_id"], "now": now}
    heirs = await fetched(connection, _SQL["heir"], given) if row["is_default"] else []
    if not heirs:
        return None
    await make_default(connection, {"id": heirs[0]["id"], "user_id": row["user_id"]})
    return await one(connection, heirs[0]["id"])


async def _rows(
    connection: Connection,
    *,
    id: UUID | None = None,
    user_id: UUID | None = None,
    is_default: bool | None = None,
    removed: bool = False,
) -> list[Row]:
    given = {"id": id, "user_id": user_id, "is_default": is_default, "removed": removed}
    return await fetched(connection, _SQL["methods"], given)
