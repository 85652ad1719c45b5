"""A firm with a small plan and a large one, which cost one and two euros a day of October."""

from collections.abc import AsyncIterator

import pytest

from shared.stores.postgres import Database
from tests.firm import GRADUATED, Firm


@pytest.fixture
async def firm(database: Database) -> AsyncIterator[Firm]:
    async with database.connection() as connection:
        firm = Firm(connection)
        await firm.seller()
        await firm.plan("small", "31.00", GRADUATED, yearly="365.00", limits={"requestsPerMonth": 500})
        await firm.plan("large", "62.00", GRADUATED, yearly="730.00", limits={"requestsPerMonth": 900})
        yield firm
