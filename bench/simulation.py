"""Years of a firm in minutes: people who start, change, pause and leave; books that balance on every day.

A seeded world acts day by day; a billing run ends most days. After each day the daily law holds to the smallest coin,
per currency: invoice totals = dues + payments less refunds + burns + credit notes less the refund credits they granted.
"""

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from shared import settings
from shared.billing import placing
from shared.billing.credits import credits
from shared.billing.cycle.cycle import cycle
from shared.billing.cycle.run import Run
from shared.billing.invoices import credit_notes, invoices
from shared.billing.money import plain, rounded
from shared.billing.subscriptions.subscription import Cadence
from shared.billing.subscriptions.subscriptions import Connection
from shared.errors import InvalidRequest
from shared.settings import AdminSettings
from shared.stores import sql
from shared.stores.embedded import power
from shared.stores.open import open_stores
from shared.stores.postgres import Row

_SQL = sql.load("bench", "simulation.sql")

USERS = int(os.environ.get("USERS") or 500)
MONTHS = int(os.environ.get("MONTHS") or 36)
SEED = int(os.environ.get("SEED") or 22)
BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
GRACE = timedelta(hours=72)
ZONES = (
    "Europe/Paris",
    "America/Santiago",
    "America/New_York",
    "Asia/Tokyo",
    "Pacific/Auckland",
    "Africa/Cairo",
)
PLACES = (
    ("FR", "75001", None),
    ("DE", "10115", None),
    ("DE", "10115", "DE136695976"),
    ("ES", "35001", None),
    ("US", "10001", None),
)
CURRENCIES = ("EUR", "EUR", "EUR", "JPY", "KWD")
FEES = {
    "EUR": ("9.99", "49.99", "190.00"),
    "JPY": ("990", "4990", "19000"),
    "KWD": ("3.250", "15.500", "61.750"),
}
PLANS = ("small", "middle", "large")
CADENCES = (Cadence("month"), Cadence("month"), Cadence("month", 3), Cadence("year"))


class LawBroken(Exception):
    """The books do not add up."""


@dataclass(slots=True)
class World:
    """One firm, its people and its clock."""

    connection: Connection
    dice: random.Random
    people: list[tuple[UUID, str]]
    """Each with the currency that they pay in."""
    done: Counter[str]


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as place:
        home = Path(place)
        try:
            found = asyncio.run(_simulated(home))
        finally:
            asyncio.run(power.down(home, force=True))
    return {
        "rows": [found],
        "notes": [
            f"Seed {SEED}. On every day: the daily law per currency, sums, digits, dues, balances of credits, numbers "
            "without a gap whose dates rise, months that tile each life, one alert for each overdue invoice; "
            "in the end each billable call is rated once."
        ],
    }


async def _simulated(home: Path) -> dict[str, Any]:
    async with (
        open_stores(settings.load(AdminSettings, home=home), "bench") as stores,
        (await stores.database()).connection() as connection,
    ):
        began = time.monotonic()
        found = await simulate(connection, SEED, USERS, MONTHS)
        return {"people": USERS, "months": MONTHS, **found, "seconds": round(time.monotonic() - began)}


async def simulate(connection: Connection, seed: int, users: int, months: int) -> dict[str, int]:
    """What happened, counted. Raises LawBroken."""
    world = await created(connection, seed, users)
    days = months * 30
    for day in range(days):
        today = BEGINS + timedelta(days=day)
        await _lived(world, today)
        if day % 7 != 3 or day == days - 1:  # a timer that was off
            await _ran(world, today + timedelta(hours=23))
            await check(connection)
    await _ran(world, BEGINS + timedelta(days=days + 10))
    await check(connection)
    await check_usage(connection)
    [row] = await _rows(connection, "totals", {})
    return {**row, **{name.replace(" ", "_"): count for name, count in sorted(world.done.items())}}


async def check(connection: Connection) -> None:
    """The laws of the books at the end of a day. Raises LawBroken."""
    for name, said in _LAWS.items():
        if broken := await _rows(connection, name, {}):
            raise LawBroken(f"{said}: {broken[0]}")


async def check_usage(connection: Connection) -> None:
    """Every billable call is rated, once. Raises LawBroken."""
    if broken := await _rows(connection, "rated_once", {"grace": GRACE}):
        raise LawBroken(f"what was used and what was rated differ: {broken[0]}")


_LAWS = {
    "daily": "an amount is nowhere",
    "credits": "credits do not add up",
    "dues": "a due is below zero, or an invoice stands where it should not",
    "numbers": "numbers have a gap, or their dates fall",
    "tiles": "months leave a gap or overlap",
    "sums": "lines, taxes and totals differ",
    "digits": "an amount has more digits than its currency",
    "notes": "credit notes are more than their invoice",
    "alerts": "an overdue invoice has no alert, or two",
}


async def created(connection: Connection, seed: int, users: int) -> World:
    dice = random.Random(seed)
    await connection.execute(
        """INSERT INTO seller (name, address, postcode, city, country, vat_number, zone, oss)
           VALUES ('Lectern SAS', '1 quai', '75001', 'Paris', 'FR', 'FR40303265045', 'Europe/Paris', TRUE)"""
    )
    for place, plan in enumerate(PLANS):
        given = {"plan": plan, "amount": FEES["EUR"][place], "since": BEGINS - timedelta(days=1),
                 "limits": Jsonb({"requestsPerMonth": 100_000})}  # fmt: skip
        await connection.execute(_SQL["add_plan"], given)
        for currency, fees in FEES.items():
            for interval, months in (("month", 1), ("year", 10)):
                price = {**given, "interval": interval, "currency": currency,
                         "amount": plain(Decimal(fees[place]) * months, currency),
                         "charges": Jsonb(_charges(place, currency)),
                         "is_default": (interval, currency) == ("month", "EUR")}  # fmt: skip
                await connection.execute(_SQL["add_price"], price)
    people: list[tuple[UUID, str]] = []
    for number in range(users):
        country, postcode, vat = dice.choice(PLACES)
        user = UUID(int=dice.getrandbits(128), version=4)
        given = {
            "id": user,
            "email": f"user{number}@example.org",
            "country": country,
            "postcode": postcode,
            "vat_number": vat,
            "zone": dice.choice(ZONES),
        }
        await connection.execute(_SQL["add_user"], given)
        await connection.execute(_SQL["add_customer"], given)
        people.append((user, dice.choice(CURRENCIES)))
    return World(connection, dice, people, Counter())


def _charges(place: int, currency: str) -> list[dict[str, Any]]:
    tiers = [{"up_to": 500, "unit_price": "0.013"}, {"up_to": None, "unit_price": "0.0077"}]
    requests = (
        {"meter": "requests", "model": "graduated", "included": 300, "tiers": tiers},
        {"meter": "requests", "model": "volume", "included": 500, "tiers": tiers},
        {"meter": "requests", "model": "unit", "included": 1000, "unit_price": "0.0031"},
    )[place]
    tokens = {"meter": "tokens", "model": "flat", "included": 60_000, "amount": plain(Decimal(3), currency)}
    return [requests, tokens]


async def _lived(world: World, today: datetime) -> None:
    dice = world.dice
    await _used(world, today)
    moments = sorted(dice.random() * 22 for _ in range(max(4, len(world.people) // 15)))
    for hour in moments:
        now = today + timedelta(hours=hour)
        user, currency = dice.choice(world.people)
        name, order = dice.choice(ORDERS)
        try:
            async with world.connection.transaction():
                await world.connection.execute(
                    "SELECT FROM users WHERE id = %(id)s FOR NO KEY UPDATE", {"id": user}
                )
                await order(world, user, currency, now)
        except InvalidRequest:
            world.done["refused"] += 1
        else:
            world.done[name] += 1


async def _used(world: World, today: datetime) -> None:
    dice, rows = world.dice, []
    for user, _ in world.people:
        if dice.random() < 0.6:
            continue
        at = today + timedelta(hours=dice.random() * 24)
        delay = timedelta(hours=dice.random() * 200) if dice.random() < 0.1 else timedelta(seconds=1)
        outcome = dice.choices(("answered", "missed", "failed"), (8, 1, 1))[0]
        rows.append({"id": str(UUID(int=dice.getrandbits(128), version=4)), "user_id": str(user), "outcome": outcome,
                     "repeats": dice.randint(1, 120), "tokens": dice.randint(0, 9_000), "created_at": at.isoformat(),
                     "recorded_at": (at + delay).isoformat()})  # fmt: skip
    if rows:
        await world.connection.execute(_SQL["use"], {"rows": Jsonb(rows)})
        world.done["usage rows"] += len(rows)


async def _ran(world: World, now: datetime) -> None:
    ran = await cycle(world.connection, Run(now, GRACE), lambda *_: None, by_clock=False)
    if ran.failed:
        raise LawBroken(f"a run failed for somebody: {next(iter(ran.failed.values()))}")
    world.done["runs"] += 1


Order = Callable[[World, UUID, str, datetime], Awaitable[object]]


async def _start(world: World, user: UUID, currency: str, now: datetime) -> None:
    dice = world.dice
    await placing.start(
        world.connection, user, dice.choice(PLANS), dice.choice(CADENCES), currency, None, now,
        trial_days=14 if dice.random() < 0.2 else 0, term_periods=dice.randint(1, 6) if dice.random() < 0.1 else None,
    )  # fmt: skip


async def _change(world: World, user: UUID, currency: str, now: datetime) -> None:
    dice = world.dice
    cadence = await placing.cadence(world.connection, user, None, None)
    if dice.random() < 0.15:
        cadence = dice.choice(CADENCES)
    when: placing.When = "now" if dice.random() < 0.7 else "period-end"
    await placing.change(world.connection, user, dice.choice(PLANS), cadence, when, now)


async def _cancel(world: World, user: UUID, currency: str, now: datetime) -> None:
    await placing.cancel(world.connection, user, "now" if world.dice.random() < 0.5 else "period-end", now)


async def _pause(world: World, user: UUID, currency: str, now: datetime) -> None:
    await placing.pause(world.connection, user, now)


async def _resume(world: World, user: UUID, currency: str, now: datetime) -> None:
    await placing.resume(world.connection, user, now)


async def _adjust(world: World, user: UUID, currency: str, now: datetime) -> None:
    amount = rounded(Decimal(world.dice.randint(-4000, 4000) or 1) / 100, currency)
    code = await placing.currency_of(world.connection, user, now)
    if amount := rounded(amount, code):
        await placing.adjust(world.connection, user, plain(amount, code), "Adjusted", now)


async def _grant(world: World, user: UUID, currency: str, now: datetime) -> None:
    dice = world.dice
    kind = dice.choice(("promotional", "compensation", "adjustment"))
    expires = now + timedelta(days=dice.randint(1, 90)) if dice.random() < 0.5 else None
    amount = rounded(Decimal(dice.randint(50, 5000)) / 100 + 1, currency)
    await credits.grant(world.connection, user, amount, currency, kind, "Granted", now, expires_at=expires)


async def _void(world: World, user: UUID, currency: str, now: datetime) -> None:
    for row in await credits.listed(world.connection, user, now):
        if row["state"] == "valid":
            await credits.void(world.connection, row["id"], now)
            return
    raise InvalidRequest("there is no credit to void")


async def _pay(world: World, user: UUID, currency: str, now: datetime) -> None:
    for row in await _open_invoices(world, user):
        part = row["due"] if world.dice.random() < 0.8 else rounded(row["due"] / 2, row["currency"])
        given = {"invoice": row["id"], "user": user, "amount": part, "currency": row["currency"], "now": now}
        if part:
            await world.connection.execute(_SQL["pay"], given)
            await invoices.settle(world.connection, [row["id"]], now)


async def _credit(world: World, user: UUID, currency: str, now: datetime) -> None:
    rows = await _rows(world.connection, "sent_of", {"user": user})
    if not rows:
        raise InvalidRequest("there is no invoice to credit")
    row = world.dice.choice(rows)
    gross = None if world.dice.random() < 0.3 else rounded(row["total"] / 3, row["currency"]) or None
    await credit_notes.issue(world.connection, row["id"], "Agreed", now, gross=gross)


async def _open_invoices(world: World, user: UUID) -> Sequence[Row]:
    return await _rows(world.connection, "open_of", {"user": user})


ORDERS: Sequence[tuple[str, Order]] = (
    *([("starts", _start)] * 6),
    *([("changes", _change)] * 5),
    ("cancellations", _cancel),
    ("pauses", _pause),
    *([("resumptions", _resume)] * 2),
    ("adjustments", _adjust),
    *([("grants", _grant)] * 2),
    ("voids", _void),
    *([("payments", _pay)] * 6),
    ("credits", _credit),
)


async def _rows(connection: Connection, name: str, given: dict[str, Any]) -> list[Row]:
    return await (await connection.execute(_SQL[name], given)).fetchall()
