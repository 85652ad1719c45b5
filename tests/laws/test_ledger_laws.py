"""The ledger of a firm's months: on every day its entries balance, and its accounts are what the rows say."""

from typing import Any

import pytest

from bench import ledger_laws, simulation
from shared.stores.postgres import Database, fetched

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_the_ledger_agrees_with_the_rows_on_every_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = 0

    async def check(connection: Any) -> None:
        nonlocal days
        [last] = await fetched(connection, "SELECT max(at) AS at FROM billing_runs")
        assert await ledger_laws.broken(connection, last["at"]) is None
        days += 1

    monkeypatch.setattr(simulation, "check", check)
    async with database.connection() as connection:
        found = await simulation.simulate(connection, seed=3, users=12, months=3)
    assert days > 60
    assert found["credit_notes"]
