"""Subscriptions are paused where nobody pays, and go on once somebody did.

Whose rows are touched must be locked. An operator's own pause is left alone, and what an operator resumed is not
paused again for an invoice that was past its last step by then.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.billing import placing
from shared.billing.payments.dunning.dunning import LAST
from shared.billing.recordset import array
from shared.billing.subscriptions.subscriptions import Connection
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing", "pausing.sql")


async def candidates(connection: Connection) -> list[UUID]:
    """Users whose subscription is to be paused, or to go on."""
    return [*await _users(connection, "unpaid", None), *await _users(connection, "paid", None)]


async def pause_unpaid(connection: Connection, users: Sequence[UUID], now: datetime) -> list[UUID]:
    """Whose subscription was paused: the last step of an invoice is done, nothing is underway, and it is still due."""
    found = await _users(connection, "unpaid", users)
    for user in found:
        await placing.pause(connection, user, now, "dunning")
    return found


async def resume_paid(connection: Connection, users: Sequence[UUID], now: datetime) -> list[UUID]:
    """Whose subscription goes on: dunning paused it, and no invoice that is past its last step is due any more."""
    found = await _users(connection, "paid", users)
    for user in found:
        await placing.go_on(connection, user, now)
    return found


async def _users(connection: Connection, name: str, users: Sequence[UUID] | None) -> list[UUID]:
    given = {"last": LAST, "users": None if users is None else array(users)}
    return [row["user_id"] for row in await fetched(connection, _SQL[name], given)]
