"""A firm that bills: a seller, customers, plans and what is used, as rows; and its books, to compare them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from shared.billing import placing
from shared.billing.cycle.cycle import Ran, cycle
from shared.billing.cycle.run import Run
from shared.billing.invoices import credit_notes, drafts
from shared.billing.subscriptions.subscription import Cadence
from shared.stores import sql
from shared.stores.postgres import Row

_BOOKS = sql.load("tests", "firm.sql")

MONTH, YEAR = Cadence("month"), Cadence("year")
GRACE = timedelta(hours=72)
GRADUATED = [
    {
        "meter": "requests",
        "model": "graduated",
        "included": 100,
        "tiers": [{"up_to": 50, "unit_price": "0.10"}, {"up_to": None, "unit_price": "0.05"}],
    }
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Firm:
    """A seller in France with customers, plans and a clock that only goes on."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def execute(self, statement: str, **given: Any) -> list[Row]:
        cursor = await self.connection.execute(statement, given)
        return await cursor.fetchall() if cursor.description else []

    async def customer(self, email: str = "ada@example.org", country: str | None = "FR") -> UUID:
        [row] = await self.execute(
            "INSERT INTO users (email, email_key) VALUES (%(email)s, %(email)s) RETURNING id", email=email
        )
        if country:
            await self.execute(
                """INSERT INTO customers (user_id, name, address, postcode, city, country, zone)
                   VALUES (%(id)s, 'Ada', '1 rue', '75001', 'Paris', %(country)s, 'UTC')""",
                id=row["id"],
                country=country,
            )
        await self.execute(
            """INSERT INTO api_keys (id, user_id, key_hash, key_prefix)
               VALUES (%(id)s, %(id)s, %(hash)s, 'lect_aaaaa')""",
            id=row["id"],
            hash=str(row["id"]),
        )
        user: UUID = row["id"]
        return user

    async def plan(
        self, plan: str, amount: str, charges: Sequence[Any] = (), *, version: int = 1, yearly: str | None = None,
        since: str = "2020-01-01", limits: dict[str, int | None] | None = None,
    ) -> None:  # fmt: skip
        given = {"plan": plan, "amount": amount, "charges": Jsonb(list(charges)), "version": version,
                 "since": since, "limits": Jsonb(limits or {})}  # fmt: skip
        await self.execute(
            """INSERT INTO plans (id, name, amount, currency, interval)
               VALUES (%(plan)s::text, initcap(%(plan)s::text), %(amount)s, 'EUR', 'month')
               ON CONFLICT DO NOTHING""",
            **given,
        )
        await self.execute(
            """INSERT INTO plan_versions (plan, version, limits, created_at)
               VALUES (%(plan)s, %(version)s, %(limits)s, %(since)s)""",
            **given,
        )
        for interval, price in (("month", amount), ("year", yearly)):
            if price:
                await self.execute(
                    """INSERT INTO plan_prices (plan, version, interval, currency, amount, charges, is_default)
                       VALUES (%(plan)s, %(version)s, %(interval)s, 'EUR', %(price)s, %(charges)s, %(is_default)s)""",
                    **given,
                    interval=interval,
                    price=price,
                    is_default=interval == "month",
                )

    async def use(
        self,
        user: UUID,
        at: str,
        count: int = 1,
        *,
        tokens: int = 0,
        recorded: str | None = None,
        **more: Any,
    ) -> None:
        given = {"outcome": "answered", "tool": "query-docs", **more}
        for _ in range(count):
            await self.execute(
                """INSERT INTO usage_logs (id, user_id, api_key_id, tool_name, outcome, tokens_returned, created_at,
                                           recorded_at)
                   VALUES (%(id)s, %(user)s, %(user)s, %(tool)s, %(outcome)s, %(tokens)s, %(at)s, %(recorded)s)""",
                id=uuid4(),
                user=user,
                at=utc(at),
                recorded=utc(recorded or at),
                tokens=tokens,
                **given,
            )

    async def run(self, at: str, **more: Any) -> Ran:
        collect = more.get("collect")
        able = frozenset(collect.chargers if collect else ())
        return await cycle(
            self.connection, Run(utc(at), GRACE, able), lambda *_: None, by_clock=False, **more
        )

    async def order(self, place: Any, user: UUID, *given: Any, at: str, **more: Any) -> Any:
        async with self.connection.transaction():
            await self.execute("SELECT FROM users WHERE id = %(id)s FOR NO KEY UPDATE", id=user)
            return await place(self.connection, user, *given, utc(at), **more)

    async def start(self, user: UUID, plan: str, at: str, cadence: Cadence = MONTH, **more: Any) -> UUID:
        day = more.pop("day", None)
        return await self.order(placing.start, user, plan, cadence, "EUR", day, at=at, **more)  # type: ignore[no-any-return]

    async def invoices(self) -> list[tuple[str, str, str, str]]:
        """Kind, status, lines and total, by number."""
        rows = await self.execute("SELECT * FROM invoices ORDER BY issue_date, number")
        return [
            (
                row["kind"],
                row["status"],
                ", ".join(f"{item['type']} {item['amount']}" for item in row["items"]),
                f"{row['total']:.2f}",
            )
            for row in rows
        ]

    async def lines(self) -> list[tuple[str, str]]:
        """Kind and lines of each invoice, by number."""
        return [(kind, items) for kind, _, items, _ in await self.invoices()]

    async def net(self) -> Decimal:
        """What all documents ask for, without tax."""
        [row] = await self.execute(
            """SELECT coalesce((SELECT sum(subtotal) FROM invoices WHERE number !~ '^DRAFT'), 0)
                    - coalesce((SELECT sum(subtotal) FROM credit_notes), 0) AS net"""
        )
        found: Decimal = row["net"]
        return found

    async def cancel_invoice(self, at: str, where: str = "TRUE") -> None:
        """The newest of those: a draft is waived, one that was sent is credited whole."""
        [row] = await self.execute(f"SELECT * FROM invoices v WHERE {where} ORDER BY closes_at DESC LIMIT 1")
        async with self.connection.transaction():
            if row["status"] == "draft":
                await drafts.waive(self.connection, row, utc(at))
            else:
                await credit_notes.issue(self.connection, row["id"], "Cancelled", utc(at))

    async def credit_notes(self) -> list[tuple[str, str]]:
        rows = await self.execute("SELECT number, total FROM credit_notes ORDER BY number")
        return [(row["number"], f"{row['total']:.2f}") for row in rows]

    async def seller(self) -> None:
        await self.execute(
            """INSERT INTO seller (name, address, postcode, city, country, vat_number, zone)
               VALUES ('Lectern SAS', '1 quai', '75001', 'Paris', 'FR', 'FR40303265045', 'UTC')"""
        )

    async def books(self) -> dict[str, list[Any]]:
        """All that a run writes, without ids, instants of writing, and which invoice has which number."""
        return {
            name: [tuple(row.values()) for row in await self.execute(text)] for name, text in _BOOKS.items()
        }
