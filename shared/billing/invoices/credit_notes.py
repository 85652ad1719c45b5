"""Credit notes: what corrects an invoice that was sent, for less money and never for more.

Every function takes a connection in a transaction that has locked the row of the invoice's user.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.billing import numbers, outbox
from shared.billing.credits import credits
from shared.billing.invoices import invoices
from shared.billing.invoices.invoice import CANCELLED, DRAFT
from shared.billing.invoices.lines import Line, Wording
from shared.billing.money import plain, trimmed
from shared.billing.parties import profiles, tax_groups
from shared.billing.parties.tax import TaxGroup, spread
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.invoices", "credit_notes.sql")

TOPIC = "credit_note.issued"


async def issue(
    connection: AsyncConnection[Row],
    invoice_id: UUID,
    reason: str,
    now: datetime,
    *,
    gross: Decimal | None = None,
    net: Decimal | None = None,
    pending_id: UUID | None = None,
    usage: Line | None = None,
    wording: Wording | None = None,
) -> Row:
    """The row of a note for an amount with tax, for one without, or for all that is left of the invoice.

    `pending_id` or `usage` is what it settles: a line that waited, or usage that became cheaper. `wording` is that of
    its reason, where no person typed it.

    It lowers what is due first; then payments come back as a refund credit, and burnt credits last. The invoice moves
    where nothing is due any more. What refunds under way will take is left to them. Raises InvalidRequest for a draft,
    and for more than is left.
    """
    [bill] = await fetched(connection, _SQL["invoice"], {"id": invoice_id})
    code = bill["currency"]
    rest = _left(bill)
    groups = _wanted(bill, rest, gross, net)
    subtotal = sum((group.base for group in groups), Decimal(0))
    tax = sum((group.tax for group in groups), Decimal(0))
    parts = invoices.account(bill).split(subtotal + tax)
    zone = (await profiles.seller(connection)).zone
    [(number, issued)] = await numbers.take(connection, numbers.CREDIT_NOTES, 1, now, zone)
    row = {
        "invoice_id": invoice_id,
        "user_id": bill["user_id"],
        "number": number,
        "reason": reason,
        "items": Jsonb([_item(group, reason, wording, bill) for group in groups]),
        "tax_groups": Jsonb(tax_groups.written(groups, code)),
        "subtotal": subtotal,
        "tax": tax,
        "total": subtotal + tax,
        "currency": code,
        "pending_id": pending_id,
        "period_start": usage and usage.period_start,
        "meter": usage and usage.meter,
        "terms": usage and usage.terms,
        "tier": None if usage is None else usage.tier,
        "issue_date": issued,
        "now": now,
        "metadata": Jsonb({"customerInfo": bill["customer"], "seller": bill["seller"]}),
    }
    [made] = await fetched(connection, _SQL["add"], row)
    if parts.repaid:
        given = (bill["user_id"], parts.repaid, code, "refund", f"{number}: {reason}", now)
        await credits.grant(connection, *given, credit_note_id=made["id"])
    if parts.given_back:
        await credits.give_back(connection, invoice_id, parts.given_back, made["id"], now)
    await invoices.settle(connection, [invoice_id], now)
    payload = {
        "number": number,
        "invoice": bill["number"],
        "total": plain(made["total"], code),
        "currency": code,
    }
    await outbox.put(connection, TOPIC, bill["user_id"], made["id"], payload, now)
    return made


async def left(connection: AsyncConnection[Row], invoice_id: UUID) -> list[TaxGroup]:
    """What can still be credited of each tax group of an invoice."""
    [bill] = await fetched(connection, _SQL["invoice"], {"id": invoice_id})
    return _left(bill)


async def listed(connection: AsyncConnection[Row], user_id: UUID | None = None) -> list[Row]:
    """The newest first, with `user`, `invoice`, and what each `granted` as a refund credit or has `given_back`."""
    given = {"user_id": user_id, "number": None, "id": None}
    return await fetched(connection, _SQL["notes"], given)


async def find(connection: AsyncConnection[Row], named: str) -> Row | None:
    """As `listed` has it, by number or id."""
    given = {"user_id": None, **invoices.number_or_id(named)}
    return await (await connection.execute(_SQL["notes"], given)).fetchone()


def _left(bill: Row) -> list[TaxGroup]:
    return tax_groups.left(tax_groups.read(bill["tax_groups"]), map(tax_groups.read, bill["notes"]))


def _wanted(
    bill: Row, rest: Sequence[TaxGroup], gross: Decimal | None, net: Decimal | None
) -> list[TaxGroup]:
    """The tax groups of the note. Raises InvalidRequest."""
    number, code = bill["number"], bill["currency"]
    if bill["status"] == DRAFT:
        raise InvalidRequest(f"{number} is a draft", f"lectern-admin invoice cancel {number}")
    whole = tax_groups.gross(rest) - bill["reserved"]
    if bill["reserved"] and whole <= 0:
        raise InvalidRequest(
            f"a refund under way takes what is left of {number}",
            "wait until it is completed or failed: `lectern-admin payment list --refunds` shows it",
        )
    if bill["status"] == CANCELLED or not whole:
        raise InvalidRequest(
            f"nothing is left of {number} to credit", f"lectern-admin invoice show {number} says why"
        )
    wanted, most, spread_over = (
        (whole if gross is None else gross, whole, spread)
        if net is None
        else (net, sum((group.base for group in rest), Decimal(0)) - bill["reserved"], tax_groups.of_net)
    )
    if wanted > most:
        raise InvalidRequest(
            f"{plain(wanted, code)} {code} is more than is left of {number}",
            f"credit {plain(most, code)} {code} at most",
        )
    return spread_over(wanted, rest, code)


def _item(group: TaxGroup, reason: str, wording: Wording | None, bill: Row) -> dict[str, Any]:
    amount = plain(group.base, bill["currency"])
    period = {name: bill["period"][name] for name in ("startDate", "endDate")}
    return {
        "id": str(uuid4()),
        "description": reason,
        "quantity": 1,
        "unitPrice": amount,
        "amount": amount,
        "type": "adjustment",
        "metadata": {
            "period": period,
            "taxCategory": group.category,
            "taxRate": trimmed(group.rate),
            **({"wording": wording} if wording else {}),
        },
    }
