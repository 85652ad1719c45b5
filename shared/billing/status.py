"""Where the books stand: revenue, what is owed, what is promised, what waits; by currency and without a float."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from psycopg import AsyncConnection

from shared.billing.books import books
from shared.billing.parties import profiles, rates
from shared.billing.parties.profile import Seller
from shared.billing.payments.standing import Standing, standing
from shared.billing.period import first_instant, local_day, plus_months
from shared.billing.reports import reports
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing", "status.sql")

MONTHS: Final = 12
NOT_DUE: Final = "not due"
AGES: Final = (NOT_DUE, "1-30", "31-60", "61-90", "over 90")
"""Days since the day on which something was due."""
ABROAD: Final = Decimal(10_000)
"""EUR of a year's sales to consumers elsewhere in the Union; above it, they bear their VAT, the next year too."""
_DAYS: Final = (90, 60, 30, 0)
"""Where the ages begin, the oldest first."""

Connection = AsyncConnection[Row]


@dataclass(slots=True)
class Books:
    """Of one currency. Revenue is without tax, less credit notes, by first days of months; receivables are with tax."""

    currency: str
    revenue: dict[date, Decimal]
    receivables: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(AGES, Decimal(0)))
    invoices: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AGES, 0))
    credits: dict[str, Decimal] = field(default_factory=dict)
    """What is left of them, by type."""
    deferred: Decimal = Decimal(0)
    """What was invoiced of fees for days to come, today among them."""

    @property
    def open(self) -> Decimal:
        return sum(self.receivables.values(), Decimal(0))

    @property
    def overdue(self) -> Decimal:
        return self.open - self.receivables[NOT_DUE]


@dataclass(frozen=True, slots=True)
class Status:
    """`drafts` wait, each with its reason if it cannot be sent; `late` is usage that came too late to be billed.

    `messages` of the outbox are counted: `waiting` and `failed`.
    """

    at: datetime
    zone: str
    """The seller's, whose days and months these are."""
    last_run: datetime | None
    books: tuple[Books, ...]
    drafts: list[Row]
    late: list[Row]
    abroad: Mapping[int, Decimal]
    """Sales to consumers elsewhere in the Union, last year's and this year's, while they bear the seller's VAT."""
    messages: Mapping[str, int]
    payments: Standing


async def status(connection: Connection, now: datetime) -> Status:
    seller = await profiles.seller(connection)
    zone = seller.zone
    today = local_day(now, zone)
    months = [plus_months(today.replace(day=1), -back) for back in range(MONTHS - 1, -1, -1)]
    found: dict[str, Books] = {}

    def of(currency: str) -> Books:
        return found.setdefault(currency, Books(currency, dict.fromkeys(months, Decimal(0))))

    given = {
        "now": now,
        "today": today,
        "ages": [first_instant(today - timedelta(days=days), zone) for days in _DAYS],
    }
    for row in await reports.revenue(connection, months[0], plus_months(months[-1], 1) - timedelta(days=1)):
        of(row["currency"]).revenue[row["month"]] = row["invoiced"] - row["credited"]
    for row in await fetched(connection, _SQL["receivables"], given):
        age = AGES[len(_DAYS) - row["age"]]
        of(row["currency"]).receivables[age] = row["due"]
        of(row["currency"]).invoices[age] = row["invoices"]
    for row in await fetched(connection, _SQL["credits"], given):
        of(row["currency"]).credits[row["type"]] = row["remaining"]
    for currency, amount in (await books.deferred(connection, now, today)).items():
        of(currency).deferred = amount
    [last] = await fetched(connection, _SQL["last_run"])
    [messages] = await fetched(connection, _SQL["undelivered"])
    return Status(
        now,
        zone,
        last["at"],
        tuple(found[currency] for currency in sorted(found)),
        await fetched(connection, _SQL["drafts"]),
        await fetched(connection, _SQL["late"]),
        await _abroad(connection, seller, today.year),
        messages,
        await standing(connection),
    )


async def _abroad(connection: Connection, seller: Seller, year: int) -> dict[int, Decimal]:
    known = rates.known()
    home = known.place(seller.country or "", seller.postcode)
    if seller.oss or not home.in_union:
        return {}
    sold = {year - 1: Decimal(0), year: Decimal(0)}
    since = first_instant(date(year - 1, 1, 1), seller.zone)
    for row in await fetched(connection, _SQL["consumers_abroad"], {"since": since}):
        there = known.place(row["country"])
        if there.in_union and there.home != home.home and row["year"] in sold:
            sold[row["year"]] += row["amount"]
    return sold if any(sold.values()) else {}


async def unbilled_months(connection: Connection, before: datetime) -> list[str]:
    """Whole months of UTC before then, as `2026-11`, whose usage may still be billed."""
    return [row["month"] for row in await fetched(connection, _SQL["unbilled_months"], {"before": before})]
