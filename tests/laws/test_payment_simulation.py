"""A firm's months of payments in small: the laws that `python -m bench payments` holds for years, through kills."""

import pytest

from bench.payments.acquirer import Acquirer
from bench.payments.firm import simulate
from bench.simulation import LawBroken
from shared.stores.postgres import Database
from tests.stripe_fake.process import stripe_fake

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_nobody_is_charged_twice_in_three_months_of_thirty_people_with_a_kill_each_day(
    database: Database,
) -> None:
    async with database.connection() as connection:
        found = await simulate(connection, seed=7, users=30, months=3, busy=3)
    assert found["invoices"] > 30
    assert found["kills"] > 60
    assert found["transfers"]["matched"] > 0
    assert {"completed", "failed"} <= found["refunds"].keys()
    assert {"chargeback won", "chargeback lost"} & found["disputes"].keys()


async def test_the_fake_of_stripe_has_what_we_say_after_a_month_of_kills(database: Database) -> None:
    with stripe_fake() as fake:
        async with database.connection() as connection:
            found = await simulate(connection, seed=5, users=20, months=1, busy=4, fake=fake)
    assert found["invoices"] > 15
    assert found["kills"] > 20


async def test_a_provider_that_forgets_keys_charges_twice_which_is_found(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Acquirer, "_once", lambda self, key, asked, act: act())
    async with database.connection() as connection:
        with pytest.raises(LawBroken, match="begun twice"):
            await simulate(connection, seed=7, users=30, months=1, busy=3)
