"""Messages of the outbox as rows: leased to a run, and what became of them; tried again or dropped by an operator."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.delivery.outcome import Outcome, next_attempt, settled, told
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.delivery", "queue.sql")

LEASE: Final = timedelta(minutes=15)
"""More than it takes to make a message and send it, with all time-outs."""

Connection = AsyncConnection[Row]


async def claim(
    connection: Connection, topics: Sequence[str], named: str, now: datetime, instant: datetime
) -> Row | None:
    """A row that is due at `now`, leased from this `instant`; each is claimed once a run.

    Its `message_id` is `named`, with the row's id for `%s`, once and for all.
    """
    given = {"topics": list(topics), "named": named, "now": now, "until": instant + LEASE}
    return await (await connection.execute(_SQL["claim"], given)).fetchone()


async def record(
    connection: Connection, row: Row, outcome: Outcome, recipient: str | None, instant: datetime
) -> Outcome:
    """What became of it; where its lease is another run's by now, that one records it."""
    found = settled(outcome, row["attempts"])
    given = {
        "id": row["id"],
        "leased_until": row["leased_until"],
        "status": found.status,
        "reason": found.reason,
        "recipient": recipient,
        "now": instant,
        "next_attempt_at": next_attempt(instant, row["attempts"]),
    }
    await connection.execute(_SQL["record"], given)
    return found


async def release(connection: Connection, row: Row, now: datetime) -> None:
    """It was not tried after all."""
    given = {"id": row["id"], "leased_until": row["leased_until"], "now": now}
    await connection.execute(_SQL["release"], given)


async def drop_removed(connection: Connection, now: datetime) -> int:
    """Nobody writes to people who were removed; how many messages that are."""
    return (await connection.execute(_SQL["drop_removed"], {"now": now})).rowcount


async def due(connection: Connection, topics: Sequence[str], now: datetime) -> int:
    return await _count(connection, "due", {"topics": list(topics), "now": now})


async def uncarried(connection: Connection, topics: Sequence[str]) -> int:
    """How many wait for a way that nobody set up: those of other topics."""
    return await _count(connection, "uncarried", {"topics": list(topics)})


async def listed(connection: Connection, status: str | None = None) -> list[Row]:
    """The newest first, with `user`, and the `number` of a document."""
    return await fetched(connection, _SQL["messages"], {"status": status})


async def retry(connection: Connection, named: Sequence[str] | None, now: datetime) -> list[Row]:
    """Those that are named, or all that failed, wait anew and are due at once; their rows as they were.

    Raises InvalidRequest for one that is unknown, delivered, being sent, or of a user who was removed.
    """
    rows = (
        await fetched(connection, _SQL["locked"], {"named": None})
        if named is None
        else await _named(connection, named, now)
    )
    for row in rows:
        if row["removed_at"]:
            raise InvalidRequest(f"the user of {_name(row)} was removed", "name others")
    await connection.execute(_SQL["retry"], {"ids": _ids(rows), "now": now})
    return rows


async def drop(connection: Connection, named: Sequence[str], reason: str, now: datetime) -> list[Row]:
    """They are never sent; their rows as they were.

    Raises InvalidRequest for one that is unknown, delivered or being sent.
    """
    rows = await _named(connection, named, now)
    await connection.execute(_SQL["drop"], {"ids": _ids(rows), "reason": told(reason)})
    return rows


async def _named(connection: Connection, named: Sequence[str], now: datetime) -> list[Row]:
    """Locked, by ids or numbers of documents."""
    typed = [one.strip() for one in named]
    keys = [key for one in typed for key in (one.lower(), one.upper())]
    rows = await fetched(connection, _SQL["locked"], {"named": keys})
    known = {key for row in rows for key in (str(row["id"]), (row["number"] or "").upper())}
    for one in typed:
        if not {one.lower(), one.upper()} & known:
            raise InvalidRequest(
                f"the outbox has no message {one[:60]!r}", "`lectern-admin billing outbox list` shows them"
            )
    for row in rows:
        if row["status"] == "delivered":
            raise InvalidRequest(f"{_name(row)} was delivered", "`lectern-admin invoice export` makes a copy")
        if row["leased_until"] and row["leased_until"] > now:
            raise InvalidRequest(f"{_name(row)} is being sent", "try again in some minutes")
    return rows


def _name(row: Row) -> str:
    return str(row["number"] or row["id"])


def _ids(rows: Sequence[Row]) -> list[UUID]:
    return [row["id"] for row in rows]


async def _count(connection: Connection, name: str, given: Mapping[str, Any]) -> int:
    [row] = await fetched(connection, _SQL[name], given)
    return int(row["messages"])
