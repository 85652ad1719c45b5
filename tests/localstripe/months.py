"""Months of a firm that is paid through localstripe, with losses, and a run killed on each day.

Nobody here wrote localstripe: what it says was paid is held against our rows on each day, and the books are added up.
"""

import asyncio
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench.payments import books
from shared.billing.cycle.charge import Collect
from shared.billing.cycle.cycle import cycle
from shared.billing.cycle.run import Run
from shared.billing.payments.methods import methods
from shared.billing.payments.port import Payer
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.stores.postgres import Database
from tests.firm import GRACE, Firm
from tests.localstripe.process import BAD_IBAN, CONFIRMED, DECLINED, LocalStripe

BEGINS = datetime(2026, 1, 1, 6, tzinfo=UTC)
AGAIN = timedelta(minutes=20)
"""After a kill: more than a lease lasts."""
CARDS = {0: DECLINED, 1: "account", 2: BAD_IBAN, 3: CONFIRMED}
"""What some of each ten people pay with; the others have a good card."""
RELENTS = 9
"""Days after which somebody whose card is declined adds a good one."""
_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload([__name__])


@dataclass
class Months:
    firm: Firm
    url: str
    local: LocalStripe
    users: int
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    counts: Counter[str] = field(default_factory=Counter)
    _people: dict[int, UUID] = field(default_factory=dict)
    _lasted: float = 2.0

    async def live(self, days: int) -> Mapping[str, int]:
        for number in range(days):
            now = BEGINS + timedelta(days=number)
            self.local.at(now)
            await self._people_act(number, now)
            self.local.tell("losses", seed=number, lost_requests=0.05, lost_replies=0.05)
            await asyncio.to_thread(self._killed, now)
            self.local.tell("losses", seed=-number, lost_requests=0.02, lost_replies=0.02)
            await asyncio.to_thread(self._whole, now + AGAIN)
            self.local.tell("losses", seed=0, lost_requests=0.0, lost_replies=0.0)
            await self._check(now + AGAIN)
        return self.counts

    async def _people_act(self, number: int, now: datetime) -> None:
        stripe = Stripe(self.local.url, self.local.key)
        for person in range(self.users):
            kind = CARDS.get(person % 10, "good")
            if person % 28 == number:
                self._people[person] = await self.firm.customer(f"p{person}@example.org")
                await self._has(stripe, person, kind, now)
                await self.firm.start(self._people[person], "paid", now.replace(tzinfo=None).isoformat())
            elif kind != "good" and person % 28 + RELENTS == number:
                await self._has(stripe, person, "good", now)
        await stripe.close()

    async def _has(self, stripe: Stripe, person: int, kind: str, now: datetime) -> None:
        user = self._people[person]
        payer = Payer(user, f"p{person}@example.org")
        payer = Payer(user, payer.email, customer=await stripe.customer(payer, f"customer/{user}"))
        number = kind.isdecimal() and kind
        token = self.local.account(*[kind] * (kind == BAD_IBAN)) if kind in ("account", BAD_IBAN) else None
        seen = await stripe.method(token or (self.local.card(number) if number else self.local.card()), payer)
        async with self.firm.connection.transaction():
            row = await methods.add(self.firm.connection, user, "stripe", seen, now)
            await methods.make_default(self.firm.connection, row)

    def _killed(self, now: datetime) -> None:
        """At any instant of it; or it ended before."""
        process = self._started(now)
        process.join(self.dice.random() * self._lasted)
        self.counts["killed" if process.is_alive() else "ended before"] += 1
        process.kill()
        process.join()

    def _whole(self, now: datetime) -> None:
        began = time.monotonic()
        process = self._started(now)
        process.join()
        self._lasted = time.monotonic() - began
        assert process.exitcode == 0, f"a run ended with {process.exitcode}"

    def _started(self, now: datetime) -> Any:
        process = _FORK.Process(target=_run, args=(self.url, self.local.url, self.local.key, now.isoformat()))
        process.start()
        return process

    async def _check(self, now: datetime) -> None:
        """Nobody paid twice; what is paid here is paid there; the books balance."""
        there = Counter(one["metadata"]["number"] for one in self.local.charges())
        twice = {number: count for number, count in there.items() if count > 1}
        assert not twice, f"paid twice: {twice}"
        rows = await self.firm.execute(
            """SELECT i.number, i.status, d.due, bool_or(p.status = 'completed') AS completed,
                 bool_or(p.status IN ('pending', 'processing')) AS open
               FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id, invoice_due(i.id) d
               WHERE i.number !~ '^DRAFT' GROUP BY i.id, d.due"""
        )
        for row in rows:
            assert (row["status"] == "paid") == (row["due"] == 0), row
            assert row["open"] or bool(row["completed"]) == (row["number"] in there), row
        self.counts["invoices"], self.counts["charges"] = len(rows), sum(there.values())
        self.counts["paid"] = sum(row["status"] == "paid" for row in rows)
        self.counts["known next day"] = sum(bool(row["open"]) and row["number"] in there for row in rows)
        self.counts["entries"] = await books.check(self.firm.connection, now, None)


def _run(url: str, stripe_url: str, key: str, at: str) -> None:
    asyncio.run(_ran(url, stripe_url, key, datetime.fromisoformat(at)))


async def _ran(url: str, stripe_url: str, key: str, now: datetime) -> None:
    async def locate() -> str:
        return url

    database, stripe = Database(locate, "months"), Stripe(stripe_url, key)
    began = time.monotonic()

    def instant() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    async with database.connection() as connection:
        collect = Collect({"stripe": stripe}, {"stripe": stripe}, instant)
        await cycle(
            connection,
            Run(now, GRACE, frozenset(["stripe"])),
            lambda *_: None,
            by_clock=False,
            collect=collect,
        )
    await stripe.close()
    await database.close()


async def months(url: str, local: LocalStripe, users: int, days: int) -> Mapping[str, int]:
    """On a migrated database; what came of it."""

    async def locate() -> str:
        return url

    database = Database(locate, "months")
    async with database.connection() as connection:
        firm = Firm(connection)
        await firm.seller()
        await firm.plan("paid", "20.00")
        counts = await Months(firm, url, local, users).live(days)
    await database.close()
    return counts
