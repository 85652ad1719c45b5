"""A firm's months of payments in small: the laws that `python -m bench payments` holds for years, through kills."""

import pytest

from bench.payments.firm import simulate
from shared.stores.postgres import Database

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_nobody_is_charged_twice_in_three_months_of_thirty_people_and_ninety_kills(
    database: Database,
) -> None:
    async with database.connection() as connection:
        found = await simulate(connection, seed=7, users=30, months=3, busy=3)
    assert found["invoices"] > 30
    assert found["kills"] > 60
