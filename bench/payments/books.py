"""The books of books/ at the end of a day, beside sums that they do not know and the provider's own balance."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime
from decimal import Decimal

from bench.simulation import LawBroken
from shared.billing.books import books, ledger
from shared.billing.parties import profiles
from shared.billing.period import local_day
from shared.billing.subscriptions.subscriptions import Connection
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("bench.payments", "books.sql")


async def check(connection: Connection, now: datetime, clearing: Mapping[str, Decimal] | None) -> int:
    """How many entries there are. `clearing` is what the provider holds for us, once all is known. Raises LawBroken."""
    until = local_day(now, (await profiles.seller(connection)).zone)
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    count = 0
    async with aclosing(books.entries(connection, until, now)) as read:
        async for entry in read:
            count += 1
            sums: defaultdict[str, Decimal] = defaultdict(Decimal)
            for account, amount, currency in entry.postings:
                sums[currency] += amount
                found[account, currency] += amount
            if any(sums.values()):
                raise LawBroken(f"an entry does not balance: {entry}")
    wanted: dict[tuple[str, str], Decimal] = {}
    for row in await fetched(connection, _SQL["sums"], {"now": now}):
        code = row["currency"]
        wanted[ledger.RECEIVABLE, code] = row["due"]
        wanted[ledger.CUSTOMER_CREDIT, code] = -row["credit"]
        wanted[ledger.TAX, code] = -row["tax"]
        earned = found.get((ledger.REVENUE, code), Decimal(0)) + found.get(
            (ledger.DEFERRED, code), Decimal(0)
        )
        if earned != -row["net"]:
            raise LawBroken(f"{-earned} {code} are revenue, of {row['net']} that were invoiced")
        if clearing is not None:
            wanted[ledger.CLEARING["stripe"], code] = clearing.get(code, Decimal(0))
            wanted[ledger.BANK, code] = row["transferred"] + row["paid_out"]
    for (account, code), amount in wanted.items():
        if found.get((account, code), Decimal(0)) != amount:
            raise LawBroken(
                f"{account} is {found.get((account, code))} {code} in the books, and {amount} by their rows"
            )
    return count
