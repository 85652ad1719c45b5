"""Users who pay by Stripe, with invoices as rows, and days that pass here and there alike."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.billing.cycle.charge import Collect, charge
from shared.billing.payments.methods import methods
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Payer
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.billing.payments.till import Till
from shared.billing.payments.webhooks.receive import receive
from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.stores.postgres import Row, fetched
from tests.billing import NOW, add_invoice, add_user, read
from tests.stores.stripe.asks import BACK
from tests.stripe_fake.process import StripeFake
from tests.stripe_signed import SECRET

DAY = timedelta(days=1)


@dataclass
class Shop:
    connection: Connection
    fake: StripeFake
    now: Any = NOW + 14 * DAY
    stripe: Stripe = field(init=False)

    def __post_init__(self) -> None:
        self.stripe = Stripe(self.fake.url, self.fake.key, BACK)
        self.fake.at(self.now)

    @property
    def till(self) -> Till:
        chargers = {"stripe": self.stripe}
        return Till(self.connection, chargers, chargers, lambda: self.now)

    async def user(self, *outcomes: str, kind: str = "card") -> UUID:
        """One with a method that has these outcomes in store."""
        user = await add_user(self.connection)
        await self.has(user, *outcomes, kind=kind)
        return user

    async def has(self, user: UUID, *outcomes: str, kind: str = "card") -> Row:
        token = self.fake.tell("method", kind=kind, outcomes=list(outcomes) or ["ok"])
        whose = Payer(user, f"{user}@example.org")
        whose = Payer(user, whose.email, customer=await self.stripe.customer(whose, f"customer/{user}"))
        seen = await self.stripe.method(token, whose)
        return await methods.add(self.connection, user, "stripe", seen, self.now)

    async def bill(self, user: UUID, amount: str = "20.00") -> Row:
        async with self.connection.transaction():
            return await add_invoice(self.connection, user, [(amount, "S", "20")])

    async def run(self, days: float = 0) -> Till:
        """So many days later."""
        self.now += days * DAY
        self.fake.at(self.now)
        chargers = {"stripe": self.stripe}
        return await charge(self.connection, Collect(chargers, chargers, lambda: self.now), self.now)

    async def hears(self) -> int:
        """What Stripe tells, through the handler; how many messages that were."""
        told = self.fake.tell("deliveries", now=self.now.isoformat())
        for one in told:
            async with self.connection.transaction():
                reply = await receive(
                    self.connection,
                    {"stripe": StripeVerifier(SECRET)},
                    "stripe",
                    {"Stripe-Signature": one["header"]},
                    one["body"].encode(),
                    self.now,
                )
            assert reply.is_taken
        return len(told)

    async def stands(self, bill: Row) -> tuple[str, Decimal]:
        row = await read(self.connection, bill["id"])
        return row["status"], row["due"]

    async def tried(self, bill: Row) -> list[tuple[Any, ...]]:
        """In order: origin, status, decline."""
        rows = await fetched(
            self.connection,
            "SELECT origin, status, decline FROM payments WHERE invoice_id = %(id)s ORDER BY created_at, id",
            {"id": bill["id"]},
        )
        return [tuple(row.values()) for row in rows]

    async def one(self, bill: Row) -> Row:
        """The newest payment of it."""
        rows = await fetched(
            self.connection,
            "SELECT * FROM payments WHERE invoice_id = %(id)s ORDER BY created_at DESC, id LIMIT 1",
            {"id": bill["id"]},
        )
        return rows[0]
