"""A firm whose customer owes something, and what dunning does about that."""

from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.billing.cycle import dun
from shared.billing.cycle.run import Run
from shared.billing.payments import payments
from shared.stores.postgres import Row
from tests.firm import GRACE, Firm, utc

STRIPE = frozenset({"stripe"})


class Debts(Firm):
    """A firm whose customer Ada owes 24.00 since 1 January, due on the 15th."""

    ada: UUID

    async def opened(self) -> None:
        await self.seller()
        await self.plan("small", "20.00")
        self.ada = await self.customer()
        await self.execute("UPDATE customers SET pauses = TRUE")
        await self.start(self.ada, "small", "2026-01-01 09:00")
        await self.run("2026-01-01 09:00")

    async def dun(self, at: str, providers: frozenset[str] = STRIPE) -> Counter[str]:
        run = Run(utc(at), GRACE, providers)
        users = await dun.due(self.connection, run)
        async with self.connection.transaction():
            await self.execute("SELECT FROM users FOR NO KEY UPDATE")
            return +await dun.work(self.connection, users, run)

    async def invoice(self, number: str = "LECT-2026-000001") -> Row:
        [row] = await self.execute("SELECT * FROM invoices WHERE number = %(number)s", number=number)
        return row

    async def steps(self) -> list[tuple[int, str, str | None]]:
        rows = await self.execute("SELECT step, did, reason FROM dunning_steps ORDER BY created_at, step")
        return [(row["step"], row["did"], row["reason"]) for row in rows]

    async def reminders(self) -> list[Row]:
        """Each with a message in the outbox."""
        rows = await self.execute(
            """SELECT a.message, a.current_value, a.metadata, o.id AS told FROM billing_alerts a
               LEFT JOIN outbox o ON o.subject = a.id AND o.topic = 'alert.raised'
               WHERE type = 'payment_reminder' ORDER BY a.created_at, a.occasion"""
        )
        assert all(row["told"] for row in rows)
        return rows

    async def state(self) -> tuple[str, str | None]:
        [row] = await self.execute(
            "SELECT status, pause_reason FROM subscriptions ORDER BY ended_at IS NULL DESC LIMIT 1"
        )
        return row["status"], row["pause_reason"]

    async def pays(self, at: str, number: str = "LECT-2026-000001", amount: str = "24.00") -> None:
        async with self.connection.transaction():
            await payments.paid(
                self.connection,
                (await self.invoice(number))["id"],
                Decimal(amount),
                "EUR",
                "manual",
                None,
                utc(at),
            )

    async def add(self, table: str, **values: Any) -> Row:
        names, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
        [row] = await self.execute(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING *", **values)
        return row

    async def method(self, **more: Any) -> Row:
        values = {"user_id": self.ada, "type": "card", "provider": "stripe", "is_default": True, "brand": "visa",
                  "provider_method_id": f"pm_{len(more)}", "last_four": "4242"}  # fmt: skip
        return await self.add("payment_methods", **values | more)

    async def attempt(self, at: str, **more: Any) -> Row:
        invoice = await self.invoice()
        values = {"invoice_id": invoice["id"], "user_id": self.ada, "amount": 24, "currency": "EUR",
                  "provider": "stripe", "origin": "dunning", "created_at": utc(at)}  # fmt: skip
        row = await self.add("payments", **values | more)
        if row["step"] is not None:
            await self.add(
                "dunning_steps", invoice_id=invoice["id"], step=row["step"], did="charged", payment_id=row["id"],
                created_at=utc(at),
            )  # fmt: skip
        return row

    async def disputed(self, payment: Row, state: str) -> None:
        await self.add("disputes", payment_id=payment["id"], provider_dispute_id="dp_1", kind="chargeback", state=state,
                       amount=payment["amount"], currency="EUR", opened_at=payment["created_at"],
                       taken_at=payment["created_at"])  # fmt: skip
