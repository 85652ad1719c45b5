"""Months of a firm that is paid: people, operators and banks act, messages of the provider come late, runs are killed.

Each day ends with a billing run that dies by SIGKILL, and with runs until nothing is unclear. Then the laws hold.
"""

import asyncio
import re
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench import simulation
from bench.payments import acts, books, laws
from bench.payments.acquirer import Acquirer
from bench.payments.acts import World
from bench.payments.bank import Bank
from bench.payments.chance import chance, shuffled
from bench.payments.people import people
from bench.payments.runs import Place, Runner, provider, runner
from bench.payments.stripe_account import Message, StripeAccount, StripeLosses
from bench.payments.wire import Losses, serve
from bench.simulation import BEGINS, LawBroken
from shared.billing.payments.port import Event
from shared.billing.subscriptions.subscriptions import Connection
from shared.stores import sql
from shared.stores.postgres import fetched
from tests.stripe_fake.process import StripeFake

_SQL = sql.load("bench.payments", "firm.sql")

_NUMBER: Final = re.compile(r"[A-Z]+-[0-9]{4}-[0-9]{6}")
DOUBLED: Final = 0.1
"""Of days on which two runs are at work at once."""
MOST_RUNS: Final = 12
LOSING_RUNS: Final = 2
"""Of a day: hundreds of open pages are asked about in each run, and of so many one is always lost."""
"""In a row, until nothing is unclear."""


async def simulate(
    connection: Connection,
    seed: int,
    users: int,
    months: int,
    *,
    kills: int = 0,
    every: int = 1,
    busy: float = 1.0,
    fake: StripeFake | None = None,
) -> dict[str, Any]:
    """What happened, counted; at the acquirer of ours, or the fake of Stripe that runs.

    `kills` is the seed of all that is lost and killed, which changes no end. Laws are checked every so many days, and
    `busy` is how much more happens than usual. Raises LawBroken, with the day and the seeds.
    """
    made = await simulation.created(connection, seed, users)
    acquirer = StripeAccount(seed, fake, BEGINS) if fake else Acquirer(seed, BEGINS)
    world = World(connection, seed, people(seed, made.people), made, acquirer, Bank(), busy)
    async with AsyncExitStack() as closing:
        place = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lectern-bench-")))
        losses: dict[str, Any] = {"stripe": Losses(kills), "wise": Losses(kills)}
        served: dict[str, Any] = {"stripe": acquirer, "wise": world.bank}
        addresses = {name: str(place / name) for name in losses}
        if fake:
            losses["stripe"] = StripeLosses(fake, kills, addresses)
            del served["stripe"]
        for name, one in served.items():
            closing.push_async_callback(_close, await serve(one, losses[name], addresses[name]))
        world.providers = {name: provider(name, address) for name, address in addresses.items()}
        for one in world.providers.values():
            closing.push_async_callback(one.close)
        books_at = Place(connection.info.dsn, addresses)
        runs, others = [await closing.enter_async_context(runner(books_at)) for _ in range(2)]
        days = Days(world, runs, others, losses, kills, every)
        for number in range(months * 30):
            await days.live(number, is_last=number == months * 30 - 1)
    days.counts.update(
        {f"{name} {kind}": n for name, one in losses.items() for kind, n in one.counts.items()}
    )
    [row] = await fetched(connection, _SQL["totals"], {})
    end = "\n".join(" ".join(map(str, one.values())) for one in await fetched(connection, _SQL["end"], {}))
    return {**row, **days.counts, "end": end}


async def _close(server: Any) -> None:
    server.close()


@dataclass(slots=True)
class Days:
    """The days of one firm."""

    world: World
    runs: Runner
    others: Runner
    """For runs beside another."""
    losses: dict[str, Any]
    kills: int
    every: int
    counts: Counter[str] = field(default_factory=Counter)
    late: list[Event | Message] = field(default_factory=list)

    async def live(self, number: int, *, is_last: bool) -> None:
        world, today = self.world, BEGINS + timedelta(days=number)
        try:
            await self._pass_time(today + timedelta(hours=5), number)
            for act in await acts.of_day(world, today):
                await self._act(act)
            await self._deliver(today + timedelta(hours=20))
            is_calm = await self._end(today + timedelta(hours=21), number, is_last=is_last)
            if is_last or number % self.every == 0:
                await self._check(today + timedelta(hours=23), is_calm=is_calm)
        except Exception as error:
            error.add_note(
                f"on day {number} ({today.date()}), seed {world.seed}, seed of losses {self.kills}"
            )
            for named in sorted(set(_NUMBER.findall(str(error))))[:2]:
                rows = await fetched(world.connection, _SQL["history"], {"number": named})
                error.add_note("\n".join(f"{row['at']} {row['what']}: {row['was']}" for row in rows))
            raise

    async def _pass_time(self, now: datetime, number: int) -> None:
        self.world.acquirer.now = now
        self.world.acquirer.pass_time()
        if number % 7 == 6:
            self.world.acquirer.pay_out()
        await self._deliver(now)

    async def _act(self, act: acts.Act) -> None:
        self.world.acquirer.now = act.at
        self.counts[await acts.done(self.world, act)] += 1

    async def _deliver(self, now: datetime) -> None:
        """A tenth comes later, a tenth comes again, and none in order."""
        world = self.world
        world.acquirer.now = now
        told, self.late = [*self.late, *world.acquirer.told(), *world.bank.told()], []
        for event in shuffled(told, self.kills, "order", now):
            drawn = chance(self.kills, "late", event.id, now)
            if drawn < 0.1:
                self.late.append(event)
                continue
            if drawn > 0.9:
                self.late.append(event)
                self.counts["events repeated"] += 1
            await world.tell(event, now)
            self.counts["events"] += 1

    async def _end(self, now: datetime, number: int, *, is_last: bool) -> bool:
        """Whether nothing was left unclear."""
        seed, stripe = self.world.seed, self.losses["stripe"]
        drawn = 1.0 if is_last else chance(seed, "timer", number)
        if drawn < 0.04:
            self.counts["days without a run"] += 1
            return False
        stripe.away = "401: this key was revoked" if drawn < 0.07 else None
        lost = stripe.requests, stripe.replies
        stripe.replies = 1.0 if 0.07 < drawn < 0.09 else stripe.replies
        try:
            await self._killed(now, number)
            for again in range(1, MOST_RUNS):
                now += timedelta(minutes=30)
                if again > LOSING_RUNS and stripe.replies < 1.0:
                    stripe.requests = stripe.replies = 0.0
                await self._deliver(now)
                found = await (self._twice(now) if self._is_doubled(number) else self._ran(now))
                if found is None:
                    continue
                if not found["stopped"] and not found["counts"].get("charge", {}).get("unclear"):
                    return True
                if stripe.away or stripe.replies == 1.0:
                    self.counts["days without an answer"] += 1
                    return False
        finally:
            stripe.away, (stripe.requests, stripe.replies) = None, lost
        raise LawBroken(f"after {MOST_RUNS} runs something is unclear still: {found}")

    async def _killed(self, now: datetime, number: int) -> None:
        """At a request, before or after it is done, or else at an instant of a run."""
        drawn = chance(self.kills, "kill", number)
        self.losses["stripe"].begin(self.runs.kill, 1 + int(drawn * 20) if drawn < 0.5 else None)
        found = await self._ran(now)
        for losses in self.losses.values():
            losses.begin()
        for again in range(3):
            if found is None:
                break
            now += timedelta(seconds=5)
            found = await self._ran(now, after=self.runs.seconds * chance(self.kills, "after", number, again))
        self.counts["kills"] += found is None

    def _is_doubled(self, number: int) -> bool:
        """Whether two people, or a person and a timer, start a run."""
        return chance(self.kills, "doubled", number) < DOUBLED

    async def _twice(self, now: datetime) -> dict[str, Any] | None:
        """What one of two runs at once did, the one that left more to do."""
        one, other = await asyncio.gather(self._ran(now), self.others.run(now))
        _clean(other)
        self.counts["runs beside another"] += 1
        found = [ran for ran in (one, other) if ran]
        return max(
            found,
            key=lambda ran: bool(ran["stopped"]) or bool(ran["counts"]["charge"].get("unclear")),
            default=None,
        )

    async def _ran(self, now: datetime, *, after: float | None = None) -> dict[str, Any] | None:
        self.world.acquirer.now = now
        self.counts["runs"] += 1
        return _clean(await self.runs.run(now, after=after))

    async def _check(self, now: datetime, *, is_calm: bool) -> None:
        if broken := self.world.acquirer.broken:
            raise LawBroken(f"the provider was asked what it should not be: {broken}")
        untold = {self._payment_of(event) for event in self.late}
        await laws.check(self.world.connection, self.world.acquirer.held(), untold, now, is_calm=is_calm)
        knows_all = is_calm and not self.late
        clearing = self.world.acquirer.balances() if knows_all else None
        self.counts["entries"] = await books.check(self.world.connection, now, clearing)
        self.counts["checks"] += 1

    def _payment_of(self, event: Event | Message) -> str:
        if isinstance(event, Message) or isinstance(self.world.acquirer, StripeAccount):
            return event.payment_id if isinstance(event, Message) else ""
        return self.world.acquirer.payment_of(event.object_id)


def _clean(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Raises LawBroken for a run that failed for somebody, or has to say what should not be."""
    for name in ("failed", "notes"):
        if found and found[name]:
            raise LawBroken(f"a run has {name}: {found[name]}")
    return found
