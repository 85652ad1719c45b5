"""The laws of the ledger: each entry balances, and each account is what the rows say without it."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.billing.books import books, ledger
from shared.billing.books.ledger import Entry
from shared.billing.parties import profiles
from shared.billing.period import local_day
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("bench", "ledger_laws.sql")

Sums = defaultdict[tuple[str, ...], Decimal]


async def broken(connection: Any, now: datetime, *, lines: bool = False) -> str | None:
    """Which law does not hold at an instant, and for what; `lines`, where every move has its line at the provider."""
    today = local_day(now, (await profiles.seller(connection)).zone)
    yesterday = today - timedelta(days=1)
    sums: Sums = defaultdict(Decimal)
    receivable: Sums = defaultdict(Decimal)
    so_far: Sums = defaultdict(Decimal)
    async for entry in books.entries(connection, today, now):
        if said := _unbalanced(entry):
            return said
        for account, amount, code in entry.postings:
            sums[account, code] += amount
            if account == ledger.RECEIVABLE:
                receivable[entry.invoice or "", code] += amount
    for since, until in ((books.FIRST, yesterday), (today, today)):
        async for entry in books.entries(connection, until, now, since=since):
            for account, amount, code in entry.postings:
                if entry.kind != "recognition" or entry.day != today:
                    so_far[account, code] += amount
    dues = {(row["number"], row["currency"]): row["due"] for row in await _rows(connection, "dues", now)}
    if said := _differ("receivable of an invoice and what is due on it", receivable, dues):
        return said
    credits: Sums = defaultdict(Decimal)
    for name in ("credits", "reserved"):
        for row in await _rows(connection, name, now):
            credits[row["currency"],] += row["amount"]
    if said := _differ(
        "customer credit and what is left of credits", _of(sums, ledger.CUSTOMER_CREDIT, -1), credits
    ):
        return said
    taxes = {(row["currency"],): row["amount"] for row in await _rows(connection, "taxes", now)}
    if said := _differ("tax and the VAT of all documents", _of(sums, ledger.TAX, -1), taxes):
        return said
    deferred = {(code,): amount for code, amount in (await books.deferred(connection, now, today)).items()}
    if said := _differ("deferred revenue and days to come", _of(so_far, ledger.DEFERRED, -1), deferred):
        return said
    net = {(row["currency"],): row["amount"] for row in await _rows(connection, "revenue", now)}
    earned = _of(sums, ledger.REVENUE, -1)
    for key, amount in _of(sums, ledger.DEFERRED, -1).items():
        earned[key] += amount
    if said := _differ("revenue, now or later, and what was invoiced", earned, net):
        return said
    for provider, account in ledger.CLEARING.items() if lines else ():
        held = {
            (row["currency"],): row["amount"]
            for row in await _rows(connection, "balances", now)
            if row["provider"] == provider
        }
        if said := _differ(f"{account} and the balance there", _of(sums, account), held):
            return said
    return None


def _unbalanced(entry: Entry) -> str | None:
    left: Sums = defaultdict(Decimal)
    for _, amount, code in entry.postings:
        left[code,] += amount
    return f"the entry {entry} does not balance" if any(left.values()) else None


def _of(sums: Sums, wanted: str, sign: int = 1) -> Sums:
    found: Sums = defaultdict(Decimal)
    for (account, code), amount in sums.items():
        if account == wanted:
            found[code,] = sign * amount
    return found


def _differ(what: str, one: Any, other: Any) -> str | None:
    for key in sorted({*one, *other}):
        if (mine := one.get(key, 0)) != (theirs := other.get(key, 0)):
            return f"{what} differ for {' '.join(key)}: {mine} and {theirs}"
    return None


async def _rows(connection: Any, name: str, now: datetime) -> list[dict[str, Any]]:
    return await fetched(connection, _SQL[name], {"now": now})
