"""Credits as rows: granted, burnt by invoices that are sent, given back by credit notes, paid out, voided.

Every function takes a connection in a transaction that has locked the rows of the users whose credits they are.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing.credits import credit
from shared.billing.credits.credit import Bill, Credit
from shared.billing.money import plain
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.credits", "credits.sql")


async def grant(
    connection: AsyncConnection[Row],
    user_id: UUID,
    amount: Decimal,
    currency: str,
    type: str,
    reason: str,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    credit_note_id: UUID | None = None,
    payment_id: UUID | None = None,
) -> Row:
    """The row, with its balances. `type` is one of credit.TYPES; it is burnt before `expires_at`.

    What granted it, if anything did: a credit note, or a payment of more than was due.
    """
    given = {
        "user_id": user_id,
        "amount": amount,
        "currency": currency,
        "type": type,
        "reason": reason,
        "expires_at": expires_at,
        "credit_note_id": credit_note_id,
        "payment_id": payment_id,
        "now": now,
    }
    [row] = await fetched(connection, _SQL["grant"], given)
    return _told(row, now)


async def listed(connection: AsyncConnection[Row], user_id: UUID | None, now: datetime) -> list[Row]:
    """One user's or all, in the order of burning, with `user` and its `zone`, `state`, and the parts of a Balance."""
    found = await fetched(connection, _SQL["credits"], {"user_id": user_id, "id": None})
    return [_told(row, now) for row in found]


async def one(connection: AsyncConnection[Row], credit_id: UUID, now: datetime) -> Row:
    """Raises InvalidRequest."""
    found = await connection.execute(_SQL["credits"], {"user_id": None, "id": credit_id})
    row = await found.fetchone()
    if row is None:
        raise InvalidRequest(f"there is no credit {credit_id}", "`lectern-admin credit list` shows them")
    return _told(row, now)


async def void(connection: AsyncConnection[Row], credit_id: UUID, now: datetime) -> Row:
    """Take away what is left of it; the row as it was.

    Raises InvalidRequest where nothing is left, and while a refund is to take some: what that frees is the user's.
    """
    row = await one(connection, credit_id, now)
    if row["state"] != "valid":
        gone = {
            "used": "is burnt already",
            "paid_out": "was paid out already",
            "expired": "expired already",
            "voided": "is voided already",
        }
        raise InvalidRequest(f"the credit {credit_id} {gone[row['state']]}", "nothing is left of it to void")
    if row["reserved"]:
        much = f"{plain(row['reserved'], row['currency'])} {row['currency']}"
        raise InvalidRequest(
            f"a refund under way takes {much} of the credit {credit_id}",
            "void what is left once it is completed or failed: `lectern-admin payment list --refunds` shows it",
        )
    await connection.execute(_SQL["void"], {"id": credit_id, "now": now})
    return row


async def burn(connection: AsyncConnection[Row], bills: Sequence[Bill], now: datetime) -> dict[UUID, Decimal]:
    """Burn credits into invoices that are being sent, those of one user in the given order: how much by invoice.

    The invoices are drafts of which nothing is burnt yet. Credits of another currency stay.
    """
    burnt = {bill.id: Decimal(0) for bill in bills}
    users = list({bill.user_id for bill in bills})
    found = await fetched(connection, _SQL["burnable"], {"users": users, "now": now})
    made = credit.burns(map(_credit, found), bills, now)
    if not made:
        return burnt
    for one in made:
        burnt[one.invoice_id] += one.amount
    given = {
        "credits": [one.credit_id for one in made],
        "invoices": [one.invoice_id for one in made],
        "amounts": [one.amount for one in made],
        "now": now,
    }
    await connection.execute(_SQL["burn"], given)
    used = [one for one in made if one.exhausts]
    if used:
        given = {
            "credits": [one.credit_id for one in used],
            "invoices": [one.invoice_id for one in used],
            "now": now,
        }
        await connection.execute(_SQL["exhaust"], given)
    return burnt


async def give_back(
    connection: AsyncConnection[Row], invoice_id: UUID, amount: Decimal, credit_note_id: UUID, now: datetime
) -> None:
    """So much of what the invoice burnt, to the credits that it was of; they expire when they would have."""
    found = await fetched(connection, _SQL["burnt_by"], {"invoice_id": invoice_id})
    burnt = [(row["credit_id"], row["burnt"]) for row in found]
    back = credit.returns(burnt, amount)
    given = {
        "invoice_id": invoice_id,
        "credit_note_id": credit_note_id,
        "credits": [credit_id for credit_id, _ in back],
        "amounts": [part for _, part in back],
        "now": now,
    }
    await connection.execute(_SQL["give_back"], given)
    await reopen(connection, [credit_id for credit_id, _ in back])


async def refund_credits(connection: AsyncConnection[Row], invoice_id: UUID) -> list[Credit]:
    """All that an invoice's credit notes, and payments of more than was due, have granted; as they are burnt."""
    found = await fetched(connection, _SQL["refund_credits"], {"invoice_id": invoice_id})
    return credit.in_order(map(_credit, found))


async def pay_out(
    connection: AsyncConnection[Row],
    parts: Mapping[UUID, Decimal],
    now: datetime,
    *,
    refund_id: UUID | None = None,
    dispute_id: UUID | None = None,
) -> None:
    """So much of each credit goes back as money; a negative part of a dispute is what it takes less than before."""
    given = {"refund_id": refund_id, "dispute_id": dispute_id, "now": now}
    rows = {"credits": list(parts), "amounts": list(parts.values())}
    await connection.execute(_SQL["pay_out"], given | rows)


async def paid_out_by(
    connection: AsyncConnection[Row], *, refund_id: UUID | None = None, dispute_id: UUID | None = None
) -> dict[UUID, Decimal]:
    """Of each credit, whether or not it counts."""
    given = {"refund_id": refund_id, "dispute_id": dispute_id}
    return {row["credit_id"]: row["amount"] for row in await fetched(connection, _SQL["paid_out_by"], given)}


async def reopen(connection: AsyncConnection[Row], credit_ids: Collection[UUID]) -> None:
    """There is something in them again."""
    await connection.execute(_SQL["unexhaust"], {"credits": list(credit_ids)})


def _credit(row: Mapping[str, Any]) -> Credit:
    return Credit(
        row["id"],
        row["user_id"],
        row["currency"],
        row["amount"],
        row["burnt"],
        row["expires_at"],
        row["created_at"],
        row["voided_at"],
        row["paid_out"],
    )


def _told(row: Row, now: datetime) -> Row:
    found = _credit(row)
    return row | {"state": credit.state(found, now)} | credit.balance(found, now)._asdict()
