"""A firm's months in small: the laws that `python -m bench simulation` holds for years."""

import pytest

from bench.simulation import simulate
from shared.stores.postgres import Database

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_three_months_of_thirty_people_balance_on_every_day(database: Database) -> None:
    async with database.connection() as connection:
        found = await simulate(connection, seed=7, users=30, months=3)
    assert found["invoices"] > 30
    assert all(
        found[name]
        for name in ("alerts", "credit_notes", "burns", "late_rows", "pauses", "changes", "payments")
    )
