"""Laws of dunning: whatever runs are missed, repeated or killed, each step is done once, and told once."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.billing.cycle import alert, dun
from shared.billing.cycle.charge import Collect, charge
from shared.billing.cycle.run import Run
from shared.billing.payments.dunning import dunning
from shared.billing.payments.methods import methods
from shared.billing.payments.payment import OPEN
from shared.billing.payments.port import SeenMethod
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.debts import STRIPE, Debts
from tests.firm import GRACE, utc
from tests.paying_charger import Paying

DUE = date(2026, 1, 15)

Step = tuple[int, str | None, str | None]
"""Days that pass, what happens then, and what befalls the run after it."""

gaps = st.integers(0, 8)
happens = st.sampled_from([None, None, "good", "soft", "hard", "confirm", "debit", "pays"])
befalls = st.sampled_from([None, None, None, "killed", "missed", "request lost", "reply lost"])


@given(st.lists(gaps, max_size=30))
def test_steps_go_up_and_each_is_done_once_on_its_day_or_later(days: list[int]) -> None:
    today, done = DUE - timedelta(days=3), list[int]()
    for gap in days:
        today += timedelta(days=gap)
        step = dunning.step(DUE, today, done)
        if step is not None:
            assert dunning.day_of(DUE, step) <= today
            done.append(step)
        assert dunning.step(DUE, today, done) is None
    assert all(before < after for before, after in pairwise(done))
    assert dunning.is_over(done) == (today >= dunning.day_of(DUE, dunning.LAST))


@pytest.mark.slow
@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(gaps, happens, befalls), min_size=2, max_size=10))
def test_each_step_is_done_and_told_once_whatever_befalls_the_runs(
    module_settings: IngestSettings, steps: list[Step]
) -> None:
    async def locate() -> str:
        assert module_settings.database_url
        return module_settings.database_url.get_secret_value()

    async def live() -> None:
        database = Database(locate, "tests")
        try:
            async with database.connection() as connection, connection.transaction(force_rollback=True):
                firm = Debts(connection)
                await firm.opened()
                await _lives(firm, steps)
        finally:
            await database.close()

    asyncio.run(live())


async def _lives(firm: Debts, steps: list[Step]) -> None:
    charger, now = Paying(), utc("2026-01-13 08:00")
    for gap, happening, mishap in steps:
        now += timedelta(days=gap, hours=1)
        if happening == "pays":
            await firm.pays(now.isoformat(" ")[:16], amount="1.00")
        elif happening:
            await _has(firm, f"{happening}_{now:%d%H}", now)
        if mishap != "missed":
            charger.lost_requests += mishap == "request lost"
            charger.lost += mishap == "reply lost"
            await _run(firm, charger, now, killed=mishap == "killed")
            _fair(await _facts(firm), now)
    charger.lost_requests = charger.lost = 0
    await _run(firm, charger, now + timedelta(hours=1))
    facts = await _facts(firm)
    _fair(facts, now + timedelta(hours=1))
    before = Counter(row["type"] for row in facts["alerts"])
    await _run(firm, charger, now + timedelta(hours=2))
    assert Counter(row["type"] for row in (await _facts(firm))["alerts"]) == before
    taken = [seen for seen in charger.money.values() if seen.state == "completed"]
    assert len(taken) <= 1


async def _has(firm: Debts, token: str, now: datetime) -> None:
    seen = SeenMethod(token, "card", "visa", "4242", 12, 2030)
    async with firm.connection.transaction():
        await methods.add(firm.connection, firm.ada, "stripe", seen, now, default=True)


class Killed(Exception):
    """Before its transaction ends."""


async def _run(firm: Debts, charger: Paying, now: datetime, *, killed: bool = False) -> None:
    """The stages that are about payments; one that is killed leaves nothing of its transaction."""
    chargers = {charger.name: charger}
    await charge(firm.connection, Collect(chargers, chargers, lambda: now), now)
    run = Run(now, GRACE, STRIPE)
    stages: list[Any] = [dun, alert]
    try:
        for stage in stages:
            users = await stage.due(firm.connection, run)
            async with firm.connection.transaction():
                await stage.work(firm.connection, users, run)
                if killed:
                    raise Killed
    except Killed:
        return


async def _facts(firm: Debts) -> dict[str, Any]:
    [invoice] = await firm.execute(
        "SELECT i.id, i.status, d.due FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d WHERE i.number !~ '^DRAFT'"
    )
    return {
        "invoice": invoice,
        "steps": await firm.execute("SELECT * FROM dunning_steps ORDER BY step"),
        "payments": await firm.execute(
            "SELECT * FROM payments WHERE origin <> 'transfer' ORDER BY created_at"
        ),
        "alerts": await firm.execute("SELECT * FROM billing_alerts"),
        "state": await firm.state(),
    }


def _fair(facts: dict[str, Any], now: datetime) -> None:
    """Each step on its day or later, and in order; a reminder for each that reminded; what was paid is not paused."""
    steps = facts["steps"]
    assert all(dunning.day_of(DUE, row["step"]) <= row["created_at"].date() for row in steps)
    assert [row["created_at"] for row in steps] == sorted(row["created_at"] for row in steps)
    occasions = [row["occasion"] for row in facts["alerts"]]
    assert len(occasions) == len(set(occasions))
    reminded = {f"reminder/{row['invoice_id']}/{row['step']}" for row in steps if row["did"] == "reminded"}
    assert reminded == {one for one in occasions if one.startswith("reminder/")}
    by_step = Counter(row["step"] for row in facts["payments"] if row["origin"] == "dunning")
    assert by_step == Counter(row["step"] for row in steps if row["did"] == "charged")
    known = {f"failed/{row['id']}" for row in facts["payments"] if row["status"] == "failed"}
    assert {one for one in occasions if one.startswith("failed/")} <= known
    assert sum(row["status"] in OPEN for row in facts["payments"]) <= 1
    status, reason = facts["state"]
    if status == "paused":
        assert reason == "dunning"
        assert steps[-1]["step"] == dunning.LAST
        assert facts["invoice"]["due"] > 0 or facts["invoice"]["status"] == "paid"
