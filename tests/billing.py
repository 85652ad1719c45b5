"""Customers with subscriptions and invoices, as rows of the tables that the billing cycle writes."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.billing import numbers
from shared.billing.credits import credits
from shared.billing.credits.credit import Bill
from shared.billing.invoices import invoice
from shared.billing.money import plain, rounded
from shared.stores.postgres import Row

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONTH = (date(2026, 3, 1), date(2026, 4, 1))
SELLER = {"name": "Lectern SAS", "address": "1 quai", "country": "FR", "vatNumber": "FR40303265045"}
CUSTOMER = {"name": "Ada Lovelace", "address": "12 rue de la Paix", "city": "Paris", "country": "FR"}

_numbers = itertools.count()

Line = tuple[str, str, str]
"""An amount, its tax category and rate."""


async def lock(connection: AsyncConnection[Row], *users: UUID) -> None:
    for user_id in sorted(users):
        await connection.execute("SELECT FROM users WHERE id = %(id)s FOR NO KEY UPDATE", {"id": user_id})


async def add_user(connection: AsyncConnection[Row], email: str | None = None) -> UUID:
    email = email or f"user{next(_numbers)}@example.org"
    return await _insert(connection, "users", {"email": email, "email_key": email})


async def add_subscription(
    connection: AsyncConnection[Row], user_id: UUID, *, currency: str = "EUR", **more: Any
) -> UUID:
    """One that runs, of a plan `tested` at 20.00 a month, without a period."""
    terms: dict[str, Any] = {"currency": currency, "amount": Decimal(20)}
    await connection.execute(
        """INSERT INTO plans (id, name, amount, currency, interval) VALUES ('tested', 'Tested', 20, 'EUR', 'month')
           ON CONFLICT DO NOTHING"""
    )
    await connection.execute(
        "INSERT INTO plan_versions (plan, version) VALUES ('tested', 1) ON CONFLICT DO NOTHING"
    )
    start = datetime(2026, 3, 1, tzinfo=UTC)
    row = {
        "user_id": user_id,
        "plan": "tested",
        "current_period_start": start,
        "current_period_end": start + timedelta(days=31),
        "next_boundary": start + timedelta(days=31),
        "interval": "month",
        "zone": "UTC",
        "anchor": start.date(),
        **terms,
        **more,
    }
    return await _insert(connection, "subscriptions", row)


async def add_draft(
    connection: AsyncConnection[Row],
    user_id: UUID,
    lines: Sequence[Line] = (("20.00", "S", "20"),),
    *,
    currency: str = "EUR",
    now: datetime = NOW,
    subscription_id: UUID | None = None,
) -> UUID:
    """A draft with these lines as fees, under a subscription that is over unless one is named."""
    if subscription_id is None:
        over = {"status": "cancelled", "ended_at": now, "next_boundary": None}
        subscription_id = await add_subscription(connection, user_id, currency=currency, **over)
    groups: dict[tuple[str, str], Decimal] = {}
    for amount, category, rate in lines:
        groups[category, rate] = groups.get((category, rate), Decimal(0)) + Decimal(amount)
    taxes = {group: rounded(base * Decimal(group[1]) / 100, currency) for group, base in groups.items()}
    subtotal, tax = sum(groups.values(), Decimal(0)), sum(taxes.values(), Decimal(0))
    invoice_id = uuid4()
    row = {
        "id": invoice_id,
        "user_id": user_id,
        "subscription_id": subscription_id,
        "kind": "renewal",
        "period_start": now,
        "closes_at": now,
        "number": f"DRAFT-{invoice_id}",
        "period": Jsonb(invoice.period(*MONTH, 1)),
        "tax_groups": Jsonb(
            [
                {
                    "category": category,
                    "rate": rate,
                    "base": plain(base, currency),
                    "tax": plain(taxes[category, rate], currency),
                    "note": None,
                }
                for (category, rate), base in groups.items()
            ]
        ),
        "subtotal": subtotal,
        "tax": tax,
        "total": subtotal + tax,
        "currency": currency,
        "issue_date": now,
        "due_date": now + timedelta(days=14),
        "created_at": now,
        "metadata": Jsonb({"customerInfo": CUSTOMER, "notes": None}),
    }
    await _insert(connection, "invoices", row)
    items = []
    for position, (amount, category, rate) in enumerate(lines, 1):
        line = {
            "id": uuid4(),
            "invoice_id": invoice_id,
            "position": position,
            "type": "fee",
            "description": "Tested, a month",
            "quantity": 1,
            "unit_price": Decimal(amount),
            "amount": Decimal(amount),
            "currency": currency,
            "starts_on": MONTH[0],
            "ends_on": MONTH[1],
            "tax_category": category,
            "tax_rate": Decimal(rate),
            "metadata": Jsonb({}),
        }
        await _insert(connection, "invoice_items", line)
        items.append(invoice.item(line | {"metadata": {}}))
    await connection.execute(
        "UPDATE invoices SET items = %(items)s WHERE id = %(id)s", {"items": Jsonb(items), "id": invoice_id}
    )
    return invoice_id


async def send(connection: AsyncConnection[Row], invoice_id: UUID, now: datetime = NOW) -> Row:
    """Number a draft, burn credits into it, and send it; paid at once where nothing is due."""
    draft = await read(connection, invoice_id)
    bill = Bill(invoice_id, draft["user_id"], draft["total"], draft["currency"])
    burnt = (await credits.burn(connection, [bill], now))[invoice_id]
    [(number, issued)] = await numbers.take(connection, numbers.INVOICES, 1, now, "UTC")
    await connection.execute(
        """UPDATE invoices SET status = 'sent', number = %(number)s, issue_date = %(issued)s, seller = %(seller)s,
             due_date = %(issued)s + interval '14 days', template_version = 1
           WHERE id = %(id)s""",
        {"id": invoice_id, "number": number, "issued": issued, "seller": Jsonb(SELLER)},
    )
    if burnt == draft["total"]:
        await connection.execute(
            "UPDATE invoices SET status = 'paid', paid_date = %(now)s WHERE id = %(id)s",
            {"id": invoice_id, "now": now},
        )
    return await read(connection, invoice_id)


async def add_invoice(
    connection: AsyncConnection[Row],
    user_id: UUID,
    lines: Sequence[Line] = (("20.00", "S", "20"),),
    *,
    now: datetime = NOW,
    currency: str = "EUR",
) -> Row:
    """One that was sent."""
    return await send(
        connection, await add_draft(connection, user_id, lines, now=now, currency=currency), now
    )


async def pay(connection: AsyncConnection[Row], invoice_id: UUID, amount: str, now: datetime = NOW) -> UUID:
    """A payment that went through; the invoice is paid once nothing is due."""
    bill = await read(connection, invoice_id)
    row = {
        "invoice_id": invoice_id,
        "user_id": bill["user_id"],
        "amount": Decimal(amount),
        "currency": bill["currency"],
        "status": "completed",
        "provider": "stripe",
        "processed_at": now,
        "created_at": now,
    }
    payment = await _insert(connection, "payments", row)
    await connection.execute(
        """UPDATE invoices SET status = 'paid', paid_date = %(now)s
           WHERE id = %(id)s AND status IN ('sent', 'overdue') AND (SELECT due FROM invoice_due(%(id)s)) = 0""",
        {"id": invoice_id, "now": now},
    )
    return payment


async def read(connection: AsyncConnection[Row], invoice_id: UUID) -> Row:
    """The invoice, with what happened to it since."""
    found = await connection.execute(
        "SELECT i.*, d.* FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d WHERE i.id = %(id)s",
        {"id": invoice_id},
    )
    [row] = await found.fetchall()
    return row


async def _insert(connection: AsyncConnection[Row], table: str, row: dict[str, Any]) -> UUID:
    columns = ", ".join(row)
    values = ", ".join(f"%({name})s" for name in row)
    made = await connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING id", row)
    [found] = await made.fetchall()
    return UUID(str(found["id"]))
