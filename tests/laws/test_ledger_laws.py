"""The ledger on every day of a firm's months, and whatever money takes its way back: accounts are what the rows say."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from bench import ledger_laws, simulation
from shared.billing.books import books
from shared.billing.parties import profiles
from shared.billing.period import local_day
from shared.stores.postgres import Database, fetched
from tests.laws import test_refund_laws

STEPS = settings(test_refund_laws.STEPS, max_examples=8)


@pytest.mark.anyio
@pytest.mark.slow
async def test_the_ledger_agrees_with_the_rows_on_every_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = []

    async def check(connection: Any) -> None:
        [last] = await fetched(connection, "SELECT max(at) AS at FROM billing_runs")
        assert await ledger_laws.broken(connection, last["at"]) is None
        ends.append(last["at"])

    monkeypatch.setattr(simulation, "check", check)
    async with database.connection() as connection:
        found = await simulation.simulate(connection, seed=3, users=12, months=3)
        zone = (await profiles.seller(connection)).zone
        await check_parts(connection, ends[-1], local_day(ends[-1], zone))
    assert len(ends) > 60
    assert found["credit_notes"]


async def check_parts(connection: Any, now: Any, last: date) -> None:
    """Whatever days a period has, what it posts adds up with what the others post."""

    async def sums(until: date, since: date = books.FIRST) -> dict[tuple[str, str], Decimal]:
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        async for entry in books.entries(connection, until, now, since=since):
            assert since <= entry.day <= until
            for account, amount, code in entry.postings:
                found[account, code] += amount
        return found

    whole = await sums(last)
    for cut in (last - timedelta(days=days) for days in (1, 17, 40, 63)):
        before, after = await sums(cut), await sums(last, cut + timedelta(days=1))
        assert {key: before[key] + after[key] for key in whole} == whole


@pytest.mark.slow
def test_the_ledger_agrees_with_the_rows_whatever_goes_back_in_whatever_order(database_url: str) -> None:
    class Here(test_refund_laws.Books):
        url = database_url

        @invariant()
        def the_ledger_agrees_with_the_rows(self) -> None:
            assert self.run(ledger_laws.broken(self.connection, self.now)) is None

    run_state_machine_as_test(Here, settings=STEPS)
