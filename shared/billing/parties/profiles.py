"""Profiles of the seller and of customers as rows. Each function takes a connection in a transaction and ends none."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.billing.parties.profile import Profile, Seller, check
from shared.billing.parties.rates import Rates
from shared.billing.recordset import array
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing.parties", "profiles.sql")
_THE_SELLERS = ("locale", "zone", "term_days")
"""What a customer without one has from the seller."""
_NOBODY = dict.fromkeys(asdict(Profile()))
_KEPT = {**_NOBODY, "pauses": True}
"""Of a user of whom nothing was set."""


async def seller(connection: AsyncConnection[Any]) -> Seller:
    """Who bills; where nothing was set, a seller of whom nothing is known."""
    row = await (await connection.execute(_SQL["seller"])).fetchone()
    return Seller(**row) if row else Seller()


async def customers(connection: AsyncConnection[Any], users: Sequence[UUID]) -> dict[UUID, Profile]:
    """Of each of these users that exists; what was not set is the seller's, and the user's e-mail address."""
    theirs = asdict(await seller(connection))
    found = await fetched(connection, _SQL["customers"], {"users": array(users)})
    return {
        row["user_id"]: Profile(
            **{
                name: theirs[name] if name in _THE_SELLERS and row[name] is None else row[name]
                for name in _NOBODY
            }
        )
        for row in found
    }


async def customer(connection: AsyncConnection[Any], user_id: UUID) -> Profile:
    """One of `customers`. Raises KeyError for a user that is none."""
    return (await customers(connection, [user_id]))[user_id]


async def customer_kept(connection: AsyncConnection[Any], user_id: UUID) -> dict[str, Any]:
    """The columns as they were set."""
    row = await (await connection.execute(_SQL["customer_kept"], {"user_id": user_id})).fetchone()
    return dict(row or _KEPT)


async def set_customer(
    connection: AsyncConnection[Any],
    user_id: UUID,
    given: Mapping[str, Any],
    now: datetime,
    rates: Rates,
    *,
    abroad: bool = False,
) -> None:
    """Set these columns; the user's row must be locked. Raises InvalidRequest where they do not agree with the rest."""
    kept = {**await customer_kept(connection, user_id), **given}
    check(kept, given.keys(), rates, abroad=abroad)
    await connection.execute(_SQL["set_customer"], {"user_id": user_id, "now": now, **kept})


async def set_seller(
    connection: AsyncConnection[Any],
    given: Mapping[str, Any],
    now: datetime,
    rates: Rates,
    *,
    abroad: bool = False,
) -> tuple[Seller, Seller]:
    """Set these fields, None for what a seller has at first; notes join those that are there, an empty one ends.

    The seller before and after. Raises InvalidRequest where they do not agree with the rest.
    """
    await connection.execute(_SQL["make_seller"], {"now": now})
    await connection.execute(_SQL["seller_locked"])
    before = await seller(connection)
    first = asdict(Seller())
    wanted = {name: first[name] if value is None else value for name, value in given.items()}
    if "legal_notes" in wanted:
        notes = {**before.legal_notes, **wanted["legal_notes"]}
        wanted["legal_notes"] = {locale: notes[locale] for locale in sorted(notes) if notes[locale]}
    after = replace(before, **wanted)
    kept = asdict(after)
    check(kept, given.keys(), rates, abroad=abroad)
    await connection.execute(_SQL["set_seller"], kept | {"legal_notes": Jsonb(kept["legal_notes"])})
    return before, after
