"""A provider's hosted page on which a user adds a method: asked for by one key, and looked at until somebody did."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shared.billing.payments.methods import methods
from shared.billing.payments.methods.provider_customers import customer
from shared.billing.payments.port import Charger
from shared.billing.payments.till import Till
from shared.errors import ProviderRefused
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.methods", "method_links.sql")

LASTS: Final = timedelta(days=7)
"""A page of which its provider does not say how long."""
ENOUGH: Final = timedelta(hours=1)
"""A page that ends sooner is not handed out again."""


async def link(till: Till, charger: Charger, user_id: UUID, return_url: str, now: datetime) -> Row:
    """A row with the `url` of a page: the open one again, while it lasts and nobody used it.

    Raises UserUnknown and ProviderError; after ProviderUnclear the same is asked again by the same key.
    """
    payer = await customer(till, charger, user_id)
    row = await _open(till, charger, user_id, now)
    if row["url"] and await _take(till, charger, row, now):
        row = await _open(till, charger, user_id, now)
    if row["url"]:
        return row
    try:
        made = await charger.method_link(payer, str(row["id"]), return_url)
    except ProviderRefused:
        async with till.transaction() as connection:
            await connection.execute(_SQL["forget"], {"id": row["id"]})
        raise
    given = {"id": row["id"], "link_id": made.id, "url": made.url, "expires_at": made.expires_at}
    async with till.transaction() as connection:
        [row] = await fetched(connection, _SQL["made"], given)
    return row


async def take_links(till: Till, now: datetime) -> None:
    """Methods that people added on open pages become theirs; pages that ended are forgotten."""
    for name, charger in till.chargers.items():
        async with till.transaction() as connection:
            rows = await fetched(connection, _SQL["untaken"], {"provider": name})

        async def take(row: Row, charger: Charger = charger) -> None:
            till.counts["methods"] += await _take(till, charger, row, now)

        await till.each(name, rows, take)


async def _open(till: Till, charger: Charger, user_id: UUID, now: datetime) -> Row:
    given = {"user_id": user_id, "provider": charger.name, "now": now}
    async with till.transaction(user_id) as connection:
        for row in await fetched(connection, _SQL["open"], given):
            lasts = _ends(row) - now > ENOUGH if row["url"] else now - row["created_at"] < charger.key_lasts
            if lasts:
                return row
        [row] = await fetched(connection, _SQL["begin"], given)
        return row


async def _take(till: Till, charger: Charger, row: Row, now: datetime) -> bool:
    """Whether somebody added a method on it."""
    is_over = _ends(row) <= now
    try:
        seen = await charger.linked(row["provider_link_id"])
    except ProviderRefused:
        if not is_over:
            raise
        seen = None
    async with till.transaction(row["user_id"]) as connection:
        if seen:
            method = await methods.add(connection, row["user_id"], charger.name, seen, now)
            await connection.execute(_SQL["taken"], {"id": row["id"], "method_id": method["id"]})
        elif is_over:
            await connection.execute(_SQL["forget"], {"id": row["id"]})
    return seen is not None


def _ends(row: Row) -> datetime:
    ends: datetime = row["expires_at"] or row["created_at"] + LASTS
    return ends
