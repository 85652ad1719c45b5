"""Lives that begin: the gate hears, the zone stays, and orders come one after the other."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from shared.billing import placing
from shared.errors import InvalidRequest
from shared.stores.postgres import Database
from tests.firm import MONTH, YEAR, Firm, utc

pytestmark = pytest.mark.anyio


async def test_the_gate_hears_of_a_start_in_the_future_a_pause_and_an_end(firm: Firm) -> None:
    ada = await firm.customer()
    [free] = await firm.execute(
        "SELECT (limits ->> 'requestsPerMonth')::bigint AS most FROM plans WHERE id = 'free'"
    )

    async def allowed() -> Any:
        [row] = await firm.execute("SELECT plan_month_requests AS most FROM user_limits")
        return row["most"]

    await firm.start(ada, "small", "2026-10-01T09:00", day=utc("2026-10-10").date())
    assert await allowed() == free["most"]
    await firm.run("2026-10-09T23:59:59")
    assert await allowed() == free["most"]
    await firm.run("2026-10-10T00:00")
    assert await allowed() == 500
    await firm.order(placing.pause, ada, at="2026-10-11T09:00")
    assert await allowed() == free["most"]
    await firm.execute("UPDATE plan_versions SET created_at = '2026-01-01' WHERE plan = 'free'")
    await firm.plan("free", "0.00", version=9, since="2026-10-11T10:00Z", limits={"requestsPerMonth": 7})
    await firm.run("2026-10-11T11:00")
    assert await allowed() == 7
    await firm.order(placing.resume, ada, at="2026-10-12T09:00")
    assert await allowed() == 500
    await firm.order(placing.cancel, ada, "now", at="2026-10-13T09:00")
    assert await allowed() == 7


async def test_a_subscription_keeps_its_zone_when_the_customers_changes(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.execute("UPDATE customers SET zone = 'Asia/Tokyo'")
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.execute("UPDATE customers SET zone = 'America/New_York'")
    await firm.run("2026-11-01T00:00")
    rows = await firm.execute("SELECT starts_at FROM billing_periods ORDER BY starts_at")
    assert [row["starts_at"] for row in rows] == [utc("2026-09-30T15:00"), utc("2026-10-31T15:00")]


async def test_ten_years_that_nobody_ran_are_billed_at_once(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    bob = await firm.customer("bob@example.org")
    await firm.start(bob, "small", "2026-10-01T09:00", YEAR)
    await firm.run("2036-10-01T00:00")
    rows = await firm.execute(
        "SELECT user_id, count(*) AS n, sum(subtotal) AS net FROM invoices GROUP BY 1 ORDER BY 2"
    )
    assert [(row["n"], row["net"]) for row in rows] == [(11, 11 * 365), (121, 121 * 31)]


async def test_an_order_before_what_happened_already_is_refused(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-05T09:00")
    with pytest.raises(InvalidRequest, match="changed at 2026-10-05T00:00:00"):
        await firm.order(placing.cancel, ada, "now", at="2026-10-01T09:00")
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2026-10-20T09:00")
    for order in (placing.pause, placing.resume):
        with pytest.raises(InvalidRequest, match="changed at 2026-10-20T09:00:00"):
            await firm.order(order, ada, at="2026-10-20T08:59:59")
    await firm.order(placing.cancel, ada, "now", at="2026-10-20T09:00")
    with pytest.raises(InvalidRequest, match="changed at 2026-10-20T09:00:00"):
        await firm.start(ada, "small", "2026-10-10T09:00")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((placing.cancel, "now"), (placing.cancel, "now")),
        ((placing.cancel, "now"), (placing.change, "large", MONTH, "now")),
        ((placing.cancel, "now"), (placing.change, "large", YEAR, "now")),
        ((placing.pause,), (placing.cancel, "now")),
        ((placing.pause,), (placing.change, "large", MONTH, "now")),
        ((placing.change, "large", MONTH, "now"), (placing.change, "large", YEAR, "now")),
    ],
)
async def test_two_operators_at_once_are_one_after_the_other(
    firm: Firm, database: Database, one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")

    async def books_after(*placed: tuple[Any, ...]) -> Any:
        async with firm.connection.transaction(force_rollback=True):
            for order, *given in placed:
                with suppress(InvalidRequest):
                    await firm.order(order, ada, *given, at="2026-10-16T12:00")
            await firm.run("2026-12-01T00:00")
            return await firm.books()

    wanted = [await books_after(one, other), await books_after(other, one)]
    async with database.connection() as connection:
        done = await asyncio.gather(
            firm.order(one[0], ada, *one[1:], at="2026-10-16T12:00"),
            Firm(connection).order(other[0], ada, *other[1:], at="2026-10-16T12:00"),
            return_exceptions=True,
        )
    assert all(isinstance(came, InvalidRequest) for came in done if isinstance(came, BaseException))
    await firm.run("2026-12-01T00:00")
    assert await firm.books() in wanted
