"""Drafts become invoices: numbered, frozen, settled by credits; what none of them could take is credited."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.billing import numbers, outbox
from shared.billing.credits import credits
from shared.billing.credits.credit import Bill
from shared.billing.documents.document import of_invoice
from shared.billing.documents.html import TEMPLATE, html
from shared.billing.invoices import credit_notes, drafts
from shared.billing.outbox import Message
from shared.billing.parties import profiles
from shared.billing.parties.party import party
from shared.billing.recordset import written
from shared.billing.subscriptions.subscriptions import Connection
from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.invoices", "sending.sql")

SENT: Final = "invoice.sent"

_TRIAL: Final = {"number": "LECT-0000-000000", "burnt": Decimal(0), "template_version": TEMPLATE}
"""What a draft lacks, to be rendered before it has a number."""
_NONE: Final = dict.fromkeys(("starts_on", "ends_on", "period_start", "meter"))


async def send(
    connection: Connection, users: Sequence[UUID], now: datetime, *, only: UUID | None = None
) -> Counter[str]:
    """Send the users' drafts that can be sent, or one of them. The users are locked, the drafts just composed.

    A draft that cannot be rendered takes no number: it stays, with its reason.
    """
    counts: Counter[str] = Counter()
    seller = await profiles.seller(connection)
    found = await fetched(connection, _SQL["ready"], {"users": list(users), "only": only})
    as_party = party(seller)
    reasons = {row["id"]: reason for row in found if (reason := _unfit(row, as_party, now))}
    if reasons:
        held = [{"id": draft, "reason": reason} for draft, reason in reasons.items()]
        await connection.execute(_SQL["hold"], {"rows": written(held)})
        counts["waiting"] = len(held)
    if ready := [row for row in found if row["id"] not in reasons]:
        customers = await profiles.customers(connection, list({row["user_id"] for row in ready}))
        taken = await numbers.take(connection, numbers.INVOICES, len(ready), now, seller.zone)
        sent = []
        for row, (number, issued) in zip(ready, taken, strict=True):
            term = 0 if row["has_method"] else customers[row["user_id"]].term_days
            due = issued + timedelta(days=term)
            sent.append(
                {
                    "id": row["id"],
                    "number": number,
                    "issue_date": issued,
                    "due_date": due,
                }
            )
        await connection.execute(
            _SQL["send"],
            {"rows": written(sent), "seller": Jsonb(as_party), "template_version": TEMPLATE},
        )
        bills = [Bill(row["id"], row["user_id"], row["total"], row["currency"]) for row in ready]
        burnt = await credits.burn(connection, bills, now)
        settled = [row["id"] for row in ready if burnt[row["id"]] == row["total"]]
        if settled:
            await connection.execute(_SQL["pay"], {"ids": settled, "now": now})
        messages = [Message(SENT, row["user_id"], row["id"], {"number": one["number"]})
                    for row, one in zip(ready, sent, strict=True)]  # fmt: skip
        await outbox.put_many(connection, messages, now)
        counts.update(sent=len(ready), paid=len(settled))
    counts["credit_notes"] = await _credit_excesses(connection, users, now)
    return counts


def _unfit(row: Row, seller: dict[str, Any], now: datetime) -> str | None:
    """Why no document could be made of a draft."""
    try:
        html(of_invoice({**row, **_TRIAL, "seller": seller, "issue_date": now, "due_date": now}))
    except InvalidRequest as error:
        return error.line
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return f"it makes no document ({type(error).__name__}: {one_line(str(error))[:200]})"
    return None


async def _credit_excesses(connection: Connection, users: Sequence[UUID], now: datetime) -> int:
    """What lowers a bill by more than there is on it corrects an earlier invoice; without one, it waits."""
    count = 0
    for row in await fetched(connection, _SQL["excesses"], {"users": list(users)}):
        is_fee = row["type"] == "proration"
        lowered = {
            **_NONE,
            "subscription_id": row["subscription_id"],
            "currency": row["currency"],
            **({"starts_on": row["starts_on"], "ends_on": row["ends_on"]} if is_fee else {}),
        }
        settles = {"pending_id": row["id"], "wording": row["wording"]}
        count += await _credit(connection, lowered, -row["remaining"], row["description"], now, **settles)
    for subscription, line in await drafts.overcharges(connection, users):
        lowered = {
            **_NONE,
            "subscription_id": subscription.id,
            "currency": subscription.currency,
            "period_start": line.period_start,
            "meter": line.meter,
        }
        settled = {"usage": line, "wording": line.wording}
        count += await _credit(connection, lowered, -line.amount, line.description, now, **settled)
    return count


async def _credit(
    connection: Connection, lowered: dict[str, Any], net: Decimal, reason: str, now: datetime, **settles: Any
) -> int:
    """Credit notes for an amount without tax, on the invoices that carry what is `lowered`, or else on the newest."""
    count = 0
    for invoice in await fetched(connection, _SQL["creditable"], lowered):
        part = min(net, invoice["room"])
        if part > 0:
            await credit_notes.issue(connection, invoice["id"], reason, now, net=part, **settles)
            net -= part
            count += 1
    return count
