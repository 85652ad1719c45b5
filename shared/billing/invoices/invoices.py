"""Invoices as rows: found, read with what happened to them, settled, noted upon, cancelled while they are drafts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.invoices.invoice import OVERDUE, PAID, Account, becomes
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.invoices", "invoices.sql")


async def listed(
    connection: AsyncConnection[Row], user_id: UUID | None = None, status: str | None = None
) -> list[Row]:
    """The newest first, each with `user`, the amounts of its account and, once it was sent, what is `due`."""
    given = {"user_id": user_id, "status": status, "number": None, "id": None}
    return await fetched(connection, _SQL["invoices"], given)


async def find(connection: AsyncConnection[Row], named: str) -> Row:
    """As `listed` has it, by number or id. Raises InvalidRequest."""
    given = {"user_id": None, "status": None, **number_or_id(named)}
    row = await (await connection.execute(_SQL["invoices"], given)).fetchone()
    if row is None:
        raise InvalidRequest(
            f"there is no invoice {named.strip()[:60]}", "`lectern-admin invoice list` shows them"
        )
    return row


async def settled_by(connection: AsyncConnection[Row], invoice_id: UUID) -> list[Row]:
    """What lowered its due, in order: `by` a credit, credit note or payment, `what` of it, `amount`, `at`.

    Less what came back: of credits, of payments, and as a refund credit of a credit note.
    """
    return await fetched(connection, _SQL["settled_by"], {"id": invoice_id})


async def settle(
    connection: AsyncConnection[Row], invoices: Iterable[UUID], now: datetime
) -> dict[UUID, str]:
    """Where sent invoices stand by their accounts: each is paid or cancelled once nothing is due.

    Their users' rows are locked. Once an invoice is paid it stays so.
    """
    rows = {row["id"]: row for row in await fetched(connection, _SQL["accounts"], {"ids": list(invoices)})}
    stands = {found: becomes(row["status"], account(row)) for found, row in rows.items()}
    moved = [found for found, status in stands.items() if status != rows[found]["status"]]
    if moved:
        given = {"ids": moved, "statuses": [stands[found] for found in moved], "now": now}
        await connection.execute(_SQL["move"], given)
    return stands


async def reopen(connection: AsyncConnection[Row], invoice_id: UUID, now: datetime) -> bool:
    """A bank took its money back: what was paid is overdue where something is due again; whether it was so."""
    [row] = await fetched(connection, _SQL["accounts"], {"ids": [invoice_id]})
    if row["status"] != PAID or account(row).due <= 0:
        return False
    await connection.execute(_SQL["move"], {"ids": [invoice_id], "statuses": [OVERDUE], "now": now})
    return True


async def note(connection: AsyncConnection[Row], row: Row, text: str | None) -> None:
    """Set, or end, what a draft says to its reader. Raises InvalidRequest for one that was sent."""
    done = await connection.execute(_SQL["note"], {"id": row["id"], "text": text})
    if not done.rowcount:
        raise InvalidRequest(f"{row['number']} is no draft, and stays as it is", "note upon the next invoice")


def account(row: Mapping[str, Any]) -> Account:
    return Account(
        row["total"],
        row["burnt"],
        row["given_back"],
        row["credited"],
        row["granted"],
        row["paid"],
        row["refunded"],
    )


def number_or_id(named: str) -> dict[str, Any]:
    """What a person typed to name a document, as `number` and `id`."""
    typed = named.strip()
    try:
        return {"number": None, "id": UUID(typed)}
    except ValueError:
        head, dash, rest = typed.partition("-")
        draft = head.upper() == "DRAFT"
        return {"number": head.upper() + dash + (rest.lower() if draft else rest.upper()), "id": None}
