"""Payments as rows: found, written, and moved from state to state."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.billing.invoices import invoices
from shared.billing.invoices.invoice import DRAFT
from shared.billing.money import plain
from shared.billing.payments.ids import is_beginning
from shared.billing.payments.payment import COMPLETED, PENDING, Origin
from shared.billing.payments.reversals import reversals
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments", "payments.sql")

_TOO_MUCH: Final = "Paid more than was due"

Connection = AsyncConnection[Row]


async def listed(
    connection: Connection,
    *,
    user_id: UUID | None = None,
    invoice_id: UUID | None = None,
    status: str | None = None,
) -> list[Row]:
    """The newest first, with `user`, the invoice's `number`, and what may be shown of the method."""
    given = {"id": None, "user_id": user_id, "invoice_id": invoice_id, "status": status}
    return await fetched(connection, _SQL["payments"], given)


async def find(connection: Connection, named: str) -> Row:
    """As `listed` has it, by its id or an unambiguous beginning of it. Raises InvalidRequest."""
    typed = named.strip().lower()
    hint = "`lectern-admin payment list` shows them"
    found = await fetched(connection, _SQL["begins"], {"beginning": typed}) if is_beginning(typed) else []
    if not found:
        raise InvalidRequest(f"there is no payment {named.strip()[:60]}", hint)
    if len(found) > 1:
        raise InvalidRequest(f"several payments begin with {typed}", "name more of its id")
    return await one(connection, found[0]["id"])


async def one(connection: Connection, payment_id: UUID) -> Row:
    given = {"id": payment_id, "user_id": None, "invoice_id": None, "status": None}
    [row] = await fetched(connection, _SQL["payments"], given)
    return row


async def of_provider(
    connection: Connection,
    provider: str,
    *,
    payment_id: UUID | None = None,
    transaction_id: str | None = None,
    link_id: str | None = None,
) -> Row | None:
    """`id`, `invoice_id`, `user_id` and `looks` of what a provider's object is to us."""
    given = {"provider": provider, "id": payment_id, "transaction_id": transaction_id, "link_id": link_id}
    rows = await fetched(connection, _SQL["by_transaction"], given)
    return rows[0] if rows else None


async def locked(connection: Connection, payment_id: UUID) -> Row:
    """The row of a payment whose user is locked."""
    [row] = await fetched(connection, _SQL["locked"], {"id": payment_id})
    return row


async def looked(connection: Connection, payment_id: UUID) -> None:
    """What a provider told of it is recorded: whoever looked before that looks again."""
    await connection.execute(_SQL["looked"], {"id": payment_id})


async def paid(
    connection: Connection,
    invoice_id: UUID,
    amount: Decimal,
    currency: str,
    provider: str,
    transaction_id: str | None,
    now: datetime,
    *,
    at: datetime | None = None,
    reference: str | None = None,
) -> Row | None:
    """Money that came for an invoice by itself; None where it is known. What is more than due becomes credit.

    The user is locked. Raises InvalidRequest for a draft, and for another currency.
    """
    [bill] = await fetched(connection, _SQL["due"], {"id": invoice_id})
    if bill["status"] == DRAFT:
        raise InvalidRequest(f"{bill['number']} is a draft", "send it first")
    if currency != bill["currency"]:
        raise InvalidRequest(
            f"{bill['number']} is in {bill['currency']}, and this is {plain(amount, currency)} {currency}",
            f"record what it is worth in {bill['currency']}",
        )
    row = await _add(
        connection,
        {"id": invoice_id, "user_id": bill["user_id"], "currency": currency},
        amount,
        provider,
        now,
        status=COMPLETED,
        origin="transfer",
        transaction_id=transaction_id,
        processed_at=at or now,
        metadata={"reference": reference} if reference else {},
    )
    if row:
        await reversals.level(connection, row["id"], _TOO_MUCH, now)
    return row


async def begin(
    connection: Connection,
    invoice: Mapping[str, Any],
    provider: str,
    origin: Origin,
    now: datetime,
    until: datetime,
    *,
    method_id: UUID | None,
    step: int | None = None,
) -> Row:
    """An attempt at all that is `due` on an invoice, leased; the provider is asked once this is committed."""
    row = await _add(
        connection,
        invoice,
        invoice["due"],
        provider,
        now,
        status=PENDING,
        origin=origin,
        method_id=method_id,
        step=step,
        asked_at=now,
        leased_until=until,
    )
    assert row is not None  # noqa: S101 - it has no transaction id to be known by
    return row


async def move(connection: Connection, row: Row, status: str, now: datetime, **more: Any) -> Row:
    """Where it stands now; what completes it is settled with its invoice."""
    empty = dict.fromkeys(("decline", "reason", "transaction_id", "link_id", "action_url", "processed_at"))
    given = {**empty, **more, "id": row["id"], "status": status, "now": now}
    [moved] = await fetched(connection, _SQL["move"], given)
    if status == COMPLETED and row["status"] != COMPLETED:
        await reversals.level(connection, row["id"], _TOO_MUCH, now)
    return moved


async def due(connection: Connection, named: str) -> Row:
    """`id`, `user_id`, `number`, `status`, `currency` and `due` of an invoice by its number. Raises InvalidRequest."""
    found = await invoices.find(connection, named)
    [row] = await fetched(connection, _SQL["due"], {"id": found["id"]})
    return row


async def _add(
    connection: Connection,
    invoice: Mapping[str, Any],
    amount: Decimal,
    provider: str,
    now: datetime,
    **more: Any,
) -> Row | None:
    payment_id = uuid4()
    empty = dict.fromkeys(
        ("method_id", "transaction_id", "step", "asked_at", "leased_until", "processed_at", "metadata")
    )
    given = {
        **empty,
        **more,
        "id": payment_id,
        "key": None if more["origin"] == "transfer" else f"payment/{payment_id}",
        "invoice_id": invoice["id"],
        "user_id": invoice["user_id"],
        "amount": amount,
        "currency": invoice["currency"],
        "provider": provider,
        "now": now,
    }
    rows = await fetched(connection, _SQL["add"], given | {"metadata": Jsonb(more.get("metadata") or {})})
    return rows[0] if rows else None
