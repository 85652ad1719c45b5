"""Money that came to a bank account, as rows: kept once, found, left aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.billing.money import plain, rounded
from shared.billing.payments.ids import is_beginning
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Transfer
from shared.billing.payments.transfers.matching import MOST_TEXT, Bill, suggested
from shared.billing.recordset import written
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.transfers", "transfers.sql")

UNMATCHED, MATCHED, IGNORED = "unmatched", "matched", "ignored"
_MOST_PAYER: Final = 300
_HINT: Final = "`lectern-admin payment match` shows them"


@dataclass(frozen=True, slots=True)
class Kept:
    """`ids` are those of all; how many were new; and lines of what bears a number that is known of another amount."""

    ids: tuple[UUID, ...]
    new: int
    contradictions: tuple[str, ...] = ()


async def keep(connection: Connection, provider: str, transfers: Sequence[Transfer], now: datetime) -> Kept:
    rows = [
        {
            "id": one.id,
            "amount": rounded(one.amount, one.currency),
            "currency": one.currency,
            "reference": one.reference[:MOST_TEXT],
            "payer": one.payer and one.payer[:_MOST_PAYER],
            "at": one.at,
        }
        for one in transfers
    ]
    given = {"provider": provider, "rows": written(rows), "now": now}
    new = len(await fetched(connection, _SQL["keep"], given)) if rows else 0
    given = {"provider": provider, "numbers": [one.id for one in transfers]}
    known = {row["number"]: row for row in await fetched(connection, _SQL["kept_as"], given)}
    others = [
        f"{one.id} is known as {_sum(known[one.id])}, and is {plain(one.amount, one.currency)} {one.currency} now"
        for one in transfers
        if (known[one.id]["amount"], known[one.id]["currency"])
        != (rounded(one.amount, one.currency), one.currency)
    ]
    return Kept(tuple(row["id"] for row in known.values()), new, tuple(others))


async def listed(
    connection: Connection, status: str | None = None, ids: Sequence[UUID] | None = None
) -> list[Row]:
    """The oldest first."""
    return await fetched(
        connection, _SQL["transfers"], {"status": status, "ids": None if ids is None else list(ids)}
    )


async def find(connection: Connection, typed: str) -> Row:
    """By its id, an unambiguous beginning of that, or the number that its bank gave it. Raises InvalidRequest."""
    number = typed.strip()
    beginning = number.lower() if is_beginning(number.lower()) else "-"
    found = await fetched(connection, _SQL["find"], {"beginning": beginning, "number": number})
    if not found:
        raise InvalidRequest(f"there is no transfer {number[:60]}", _HINT)
    if len(found) > 1:
        raise InvalidRequest(f"several transfers begin with {number[:60]}", "name more of its id")
    return found[0]


async def waiting(connection: Connection) -> int:
    """How many are unmatched."""
    [row] = await fetched(connection, _SQL["waiting"])
    count: int = row["count"]
    return count


async def newest(connection: Connection, provider: str) -> datetime | None:
    """When the last transfer came that is known."""
    [row] = await fetched(connection, _SQL["newest"], {"provider": provider})
    at: datetime | None = row["at"]
    return at


async def ignore(connection: Connection, row: Row, reason: str) -> None:
    """It is no payment of an invoice. Raises InvalidRequest for one that is matched."""
    await still(connection, row)
    await connection.execute(_SQL["ignored"], {"id": row["id"], "reason": reason})


async def suggestions(connection: Connection, rows: Sequence[Row]) -> dict[UUID, tuple[Bill, ...]]:
    """For transfers that are unmatched: open invoices of just their amount."""
    found = await fetched(connection, _SQL["open_bills"], {"amounts": [row["amount"] for row in rows]})
    bills = [bill(one) for one in found]
    return {row["id"]: suggested(row["amount"], row["currency"], row["payer"], bills) for row in rows}


async def still(connection: Connection, row: Row) -> None:
    """Nobody else matches it until the transaction ends. Raises InvalidRequest for one that is matched."""
    [locked] = await fetched(connection, _SQL["lock"], {"id": row["id"]})
    if locked["status"] == MATCHED:
        raise InvalidRequest(
            f"the transfer {row['id']} is matched already", "lectern-admin payment list shows its payments"
        )


def bill(row: Row) -> Bill:
    """Of a statement that reads invoices for matching."""
    return Bill(
        row["id"],
        row["user_id"],
        row["number"],
        row["status"],
        row["currency"],
        row["due"],
        row["due_date"],
        row["customer"],
    )


def _sum(row: Mapping[str, object]) -> str:
    return f"{plain(row['amount'], row['currency'])} {row['currency']}"  # type: ignore[arg-type]
