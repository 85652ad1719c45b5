"""Invoices and credit notes as rows of JSON, read whole."""

from typing import Annotated, Any

import typer
from psycopg import AsyncConnection

from admin.rows import priced
from shared.billing import money as amounts
from shared.billing.invoices import invoices
from shared.stores.postgres import Row

Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="As listed, such as LECT-2026-000001, or an id.")
]

_SUMS = ("subtotal", "tax", "total")
LISTED = (
    *("id", "user", "number", "kind", "plan", "period", "status", "draft_reason", *_SUMS, "due", "currency"),
    *("issue_date", "due_date", "paid_date", "created_at", "updated_at"),
)
SHOWN = (
    *LISTED,
    *("subscription_id", "items", "tax_groups", "burnt", "given_back", "credited", "granted", "paid"),
    *("refunded", "seller", "template_version", "metadata", "settled_by"),
)
NOTES_LISTED = (
    *("id", "user", "number", "invoice", "reason", *_SUMS, "granted", "given_back", "currency"),
    *("issue_date", "created_at"),
)
NOTES_SHOWN = (*NOTES_LISTED, "invoice_id", "pending_id", "period", "items", "tax_groups", "metadata")


def invoice_json(row: Row, settled: list[Row]) -> dict[str, Any]:
    code = row["currency"]
    told = [one | {"amount": amounts.plain(one["amount"], code)} for one in settled]
    return priced(row | {"settled_by": told}, SHOWN)


def note_json(row: Row) -> dict[str, Any]:
    return priced(row, NOTES_SHOWN)


async def whole(connection: AsyncConnection[Row], number: str) -> tuple[Row, list[Row]]:
    """An invoice, and what lowered its due. Raises InvalidRequest."""
    row = await invoices.find(connection, number)
    return row, await invoices.settled_by(connection, row["id"])
