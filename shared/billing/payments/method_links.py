"""A provider's hosted page on which a user adds a method: asked for by one key, and looked at until somebody did."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shared.billing.payments import methods
from shared.billing.payments.asking import Asked, each
from shared.billing.payments.methods import Connection
from shared.billing.payments.port import Charger
from shared.billing.payments.provider_customers import customer
from shared.billing.user_locks import lock_users
from shared.errors import ProviderRefused
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments", "method_links.sql")

LASTS: Final = timedelta(days=7)
"""A page of which its provider does not say how long."""
ENOUGH: Final = timedelta(hours=1)
"""A page that ends sooner is not handed out again."""


async def link(
    connection: Connection, charger: Charger, user_id: UUID, return_url: str, now: datetime
) -> Row:
    """A row with the `url` of a page: the open one again, while it lasts and nobody used it.

    On a connection in autocommit. Raises UserUnknown and ProviderError; after ProviderUnclear the same is asked
    again by the same key.
    """
    payer = await customer(connection, charger, user_id)
    row = await _open(connection, charger, user_id, now)
    if row["url"] and await _take(connection, charger, row, now):
        row = await _open(connection, charger, user_id, now)
    if row["url"]:
        return row
    try:
        made = await charger.method_link(payer, str(row["id"]), return_url)
    except ProviderRefused:
        await connection.execute(_SQL["forget"], {"id": row["id"]})
        raise
    given = {"id": row["id"], "link_id": made.id, "url": made.url, "expires_at": made.expires_at}
    [row] = await fetched(connection, _SQL["made"], given)
    return row


async def take_links(connection: Connection, chargers: Mapping[str, Charger], now: datetime) -> Asked:
    """Methods that people added on open pages become theirs, `done` of them; pages that ended are forgotten.

    On a connection in autocommit.
    """
    asked = Asked()
    for name, charger in chargers.items():
        rows = await fetched(connection, _SQL["untaken"], {"provider": name})

        async def take(row: Row, charger: Charger = charger) -> bool:
            return await _take(connection, charger, row, now)

        asked += await each(name, rows, take)
    return asked


async def _open(connection: Connection, charger: Charger, user_id: UUID, now: datetime) -> Row:
    given = {"user_id": user_id, "provider": charger.name, "now": now}
    async with connection.transaction():
        await lock_users(connection, [user_id])
        for row in await fetched(connection, _SQL["open"], given):
            lasts = _ends(row) - now > ENOUGH if row["url"] else now - row["created_at"] < charger.key_lasts
            if lasts:
                return row
        [row] = await fetched(connection, _SQL["begin"], given)
        return row


async def _take(connection: Connection, charger: Charger, row: Row, now: datetime) -> bool:
    """Whether somebody added a method on it."""
    is_over = _ends(row) <= now
    try:
        seen = await charger.linked(row["provider_link_id"])
    except ProviderRefused:
        if not is_over:
            raise
        seen = None
    if seen:
        method = await methods.add(connection, row["user_id"], charger.name, seen, now)
        await connection.execute(_SQL["taken"], {"id": row["id"], "method_id": method["id"]})
    elif is_over:
        await connection.execute(_SQL["forget"], {"id": row["id"]})
    return seen is not None


def _ends(row: Row) -> datetime:
    ends: datetime = row["expires_at"] or row["created_at"] + LASTS
    return ends
