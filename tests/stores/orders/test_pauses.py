"""Pauses: days that are left are paid, and what waits goes on waiting."""

from decimal import Decimal

import pytest

from shared.billing import placing
from tests.firm import MONTH, YEAR, Firm

pytestmark = pytest.mark.anyio


async def test_a_pause_over_the_renewal_of_a_year_pays_the_days_left(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2025-01-01T09:00", YEAR)
    await firm.run("2025-01-01T10:00")
    await firm.order(placing.pause, ada, at="2025-12-01T00:00")
    await firm.run("2026-02-02T00:00")
    await firm.order(placing.resume, ada, at="2026-03-02T08:00")
    await firm.use(ada, "2026-03-10T00:00", 100)
    await firm.run("2026-04-01T00:00")
    assert await firm.lines() == [("renewal", "fee 365.00"), ("usage", "usage 0.30, proration 305.00")]
    await firm.order(placing.cancel, ada, "now", at="2026-04-11T00:00")
    await firm.run("2026-04-12T00:00")
    assert await firm.net() == Decimal("365.30") + 305 - 265


async def test_a_change_waits_through_a_pause_and_a_resumption(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.change, ada, "large", MONTH, "period-end", at="2026-10-05T09:00")
    await firm.order(placing.pause, ada, at="2026-10-10T09:00")
    await firm.run("2026-11-02T00:00")
    await firm.order(placing.resume, ada, at="2026-11-16T09:00")
    await firm.run("2026-12-01T00:00")
    assert await firm.lines() == [("renewal", "fee 31.00"), ("renewal", "fee 62.00, proration 31.00")]
