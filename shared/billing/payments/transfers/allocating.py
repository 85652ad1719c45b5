"""What a transfer pays: matched to the invoices that it names, in the transaction that locks their users.

Every function takes a connection in a transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from shared.billing import numbers
from shared.billing.invoices import invoices
from shared.billing.invoices.invoice import DRAFT
from shared.billing.money import plain
from shared.billing.payments import payments
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Transfer
from shared.billing.payments.transfers import transfers
from shared.billing.payments.transfers.matching import Bill, Named, Part, decide, named, split
from shared.billing.payments.transfers.statements.ids import NEAR, may_be_one
from shared.billing.payments.transfers.transfers import UNMATCHED
from shared.billing.period import local_day
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.transfers", "allocating.sql")


async def promising(connection: Connection, ids: Sequence[UUID] | None = None) -> list[UUID]:
    """Of all that is unmatched, or of these, what names invoices that there are. Of the rest it is written down why."""
    rows = await transfers.listed(connection, UNMATCHED, ids)
    names = {row["id"]: named(row["reference"], numbers.INVOICES) for row in rows}
    bills = await _bills(connection, {number for found in names.values() for number in _all(found)})
    wanted, reasons = [], {}
    for row in rows:
        found = names[row["id"]]
        if any(number in bills for number in _all(found)):
            wanted.append(row["id"])
        else:
            decision = decide(row["amount"], row["currency"], row["payer"], found, {})
            reasons[row["id"]] = decision.reason
    await _say(connection, reasons)
    return wanted


async def match(connection: Connection, transfer_id: UUID, now: datetime) -> tuple[Part, ...]:
    """Pay what a transfer names; nothing where it is not sure, which is written down, or where it is matched."""
    [row] = await transfers.listed(connection, ids=[transfer_id])
    found = named(row["reference"], numbers.INVOICES)
    await lock_users(connection, {bill.user_id for bill in (await _bills(connection, _all(found))).values()})
    [row] = await fetched(connection, _SQL["lock"], {"id": transfer_id})
    if row["status"] != UNMATCHED:
        return ()
    bills = await _bills(connection, _all(found))
    decision = decide(row["amount"], row["currency"], row["payer"], found, bills)
    reason = decision.reason or await _counted_already(connection, row, found, decision.parts)
    if reason:
        await _say(connection, {transfer_id: reason})
        return ()
    await _pay(connection, row, decision.parts, now)
    return decision.parts


async def match_by_hand(
    connection: Connection, row: Row, named_invoices: Iterable[str], now: datetime
) -> tuple[Part, ...]:
    """Pay what a person names. Raises InvalidRequest."""
    wanted = [await invoices.find(connection, number) for number in named_invoices]
    for bill in wanted:
        if bill["status"] == DRAFT:
            raise InvalidRequest(
                f"{bill['number']} is a draft", f"lectern-admin invoice send {bill['number']}"
            )
        if bill["currency"] != row["currency"]:
            raise InvalidRequest(
                f"the transfer is in {row['currency']}, and {bill['number']} in {bill['currency']}",
                "record what it is worth: lectern-admin payment record, and ignore the transfer",
            )
    await lock_users(connection, {bill["user_id"] for bill in wanted})
    await transfers.still(connection, row)
    bills = await _bills(connection, [bill["number"] for bill in wanted])
    parts = split(row["amount"], bills.values())
    await _pay(connection, row, parts, now)
    return parts


async def _pay(connection: Connection, row: Row, parts: Sequence[Part], now: datetime) -> None:
    for part in parts:
        await payments.paid(
            connection,
            part.bill.id,
            part.amount,
            row["currency"],
            row["provider"],
            row["provider_transaction_id"],
            now,
            at=min(row["booked_at"], now),
            reference=row["reference"] or None,
        )
    await connection.execute(_SQL["matched"], {"id": row["id"]})


async def _counted_already(
    connection: Connection, row: Row, found: Named, parts: Sequence[Part]
) -> str | None:
    """Why this money may be known: it came another way, or a person recorded it."""
    given = {**row, "after": row["booked_at"] - NEAR, "before": row["booked_at"] + NEAR}
    for other in await fetched(connection, _SQL["rivals"], given):
        others = set(_all(named(other["reference"], numbers.INVOICES)))
        same = [number for number in _all(found) if number in others]
        if same and may_be_one(_known(row), _known(other)):
            came = f"{_sum(other)} for {same[0]} came another way on {other['booked_at'].astimezone(UTC):%Y-%m-%d}"
            return f"{came}: ignore it, or match it by hand"
    given = {"invoices": [part.bill.id for part in parts], "amount": row["amount"]}
    for one in await fetched(connection, _SQL["by_hand"], given):
        day = local_day(one["processed_at"], one["zone"])
        return (
            f"{_sum(one)} of {one['number']} were recorded by hand on {day}: ignore it, or match it by hand"
        )
    return None


async def _bills(connection: Connection, wanted: Iterable[str]) -> dict[str, Bill]:
    found = await fetched(connection, _SQL["bills"], {"numbers": list(wanted)})
    return {row["number"]: transfers.bill(row) for row in found}


async def _say(connection: Connection, reasons: Mapping[UUID, str | None]) -> None:
    given = {"ids": list(reasons), "reasons": list(reasons.values())}
    await connection.execute(_SQL["unmatched"], given)


def _all(found: Named) -> tuple[str, ...]:
    return *found.sure, *found.likely


def _known(row: Row) -> tuple[str, Transfer]:
    transfer = Transfer(
        row["provider_transaction_id"], row["amount"], row["currency"], row["reference"], row["booked_at"]
    )
    return row["provider"], transfer


def _sum(row: Mapping[str, object]) -> str:
    return f"{plain(row['amount'], row['currency'])} {row['currency']}"  # type: ignore[arg-type]
