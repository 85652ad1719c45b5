"""Changes of plan and interval, at odd moments: what is charged and given back adds up to what was agreed."""

from decimal import Decimal

import pytest

from shared.billing import placing
from shared.billing.invoices import credit_notes
from tests.firm import MONTH, YEAR, Firm, utc

pytestmark = pytest.mark.anyio


async def test_another_interval_at_the_instant_of_a_renewal_is_charged_once(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.change, ada, "small", YEAR, "now", at="2026-11-01T00:00")
    await firm.run("2026-11-02T00:00")
    assert await firm.net() == 31 + 365


async def test_a_change_at_the_instant_of_a_renewal_is_on_its_invoice(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2026-11-01T00:00")
    await firm.run("2026-11-01T00:00")
    assert (await firm.lines())[1:] == [("renewal", "fee 31.00, proration -31.00, proration 62.00")]


async def test_a_waiting_change_to_a_price_that_was_dropped_changes_nothing(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.order(placing.change, ada, "large", YEAR, "period-end", at="2026-10-05T09:00")
    await firm.plan("large", "70.00", version=2, since="2026-10-20")
    await firm.run("2026-11-01T00:00")
    [row] = await firm.execute("SELECT plan, interval, status, next_plan FROM subscriptions")
    assert tuple(row.values()) == ("small", "month", "active", None)
    assert await firm.lines() == [("renewal", "fee 31.00"), ("renewal", "fee 31.00")]


async def test_an_upgrade_on_a_usage_invoice_is_corrected_there(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.execute("UPDATE customers SET pauses = FALSE")  # she has not paid for weeks
    await firm.start(ada, "small", "2026-01-01T09:00", YEAR)
    await firm.run("2026-01-01T10:00")
    await firm.order(placing.change, ada, "large", YEAR, "now", at="2026-01-11T09:00")
    await firm.run("2026-02-01T00:00")
    await firm.use(ada, "2026-02-05T10:00", 150)
    await firm.run("2026-03-01T00:00")
    await firm.order(placing.cancel, ada, "now", at="2026-03-11T09:00")
    await firm.run("2026-03-12T00:00")
    rows = await firm.execute(
        """SELECT v.number, v.kind, v.subtotal, n.subtotal AS credited
           FROM credit_notes n JOIN invoices v ON v.id = n.invoice_id ORDER BY n.number"""
    )
    # 296 of 365 days are left of 730.00: the fee's 365.00 first, then 227.00 of the upgrade's 355.00
    assert [(row["kind"], row["subtotal"], row["credited"]) for row in rows] == [
        ("renewal", 365, 365),
        ("usage", 355, 227),
    ]
    assert await firm.net() == 365 + 355 + 5 - 592


async def test_a_fixed_term_of_two_keeps_its_end_through_a_change(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00", term_periods=2)
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2026-10-16T12:00")
    await firm.run("2027-03-01T00:00")
    [row] = await firm.execute("SELECT status, ended_at FROM subscriptions")
    assert tuple(row.values()) == ("expired", utc("2026-12-01"))
    assert await firm.net() == Decimal("31.00") - 16 + 32 + 62


async def test_two_subscriptions_of_a_day_share_it_by_instants_and_fees_by_days(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.use(ada, "2026-10-11T08:00", 50)
    await firm.order(placing.cancel, ada, "now", at="2026-10-11T12:00")
    await firm.start(ada, "large", "2026-10-11T15:00")
    await firm.use(ada, "2026-10-11T13:00", 130)
    await firm.run("2026-11-11T00:00")
    # the first ten days cover 32 requests; what came after the end is the next one's
    assert sorted(await firm.lines()) == [
        ("final", "usage 1.80"),
        ("renewal", "fee 31.00"),
        ("renewal", "fee 62.00"),
        ("renewal", "fee 62.00, usage 3.00"),
    ]
    assert await firm.net() == 31 - 21 + Decimal("1.80") + 62 + 62 + 3


async def test_on_a_day_that_two_intervals_share_usage_goes_by_the_instant(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.use(ada, "2026-10-11T08:00", 50)
    await firm.order(placing.change, ada, "small", YEAR, "now", at="2026-10-11T12:00")
    await firm.use(ada, "2026-10-11T12:00", 130)
    await firm.run("2026-11-11T00:00")
    assert sorted(await firm.lines()) == [
        ("final", "usage 1.80"),
        ("renewal", "fee 31.00"),
        ("renewal", "fee 365.00"),
        ("usage", "usage 3.00"),
    ]
    assert await firm.net() == 31 - 21 + Decimal("1.80") + 365 + 3


@pytest.mark.parametrize(
    "waived", [True, False], ids=["a draft that was waived", "an invoice that was credited"]
)
async def test_a_change_gives_nothing_back_of_a_fee_that_nobody_owes(firm: Firm, waived: bool) -> None:
    ada = await firm.customer()
    await firm.start(ada, "large", "2026-10-01T09:00")
    if not waived:
        await firm.run("2026-10-01T10:00")
    await firm.cancel_invoice("2026-10-02T00:00")
    await firm.order(placing.change, ada, "small", MONTH, "now", at="2026-10-16T12:00")
    await firm.run("2026-11-01T00:00")
    assert (await firm.lines())[-1] == ("renewal", "fee 31.00, proration 16.00")


async def test_a_change_gives_back_no_more_than_a_credit_note_left_of_the_fee(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "large", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    [row] = await firm.execute("SELECT id FROM invoices")
    async with firm.connection.transaction():
        await credit_notes.issue(firm.connection, row["id"], "Agreed", utc("2026-10-02"), net=Decimal(60))
    await firm.order(placing.change, ada, "small", MONTH, "now", at="2026-10-16T12:00")
    await firm.run("2026-11-01T00:00")
    assert (await firm.lines())[-1] == ("renewal", "fee 31.00, proration -2.00, proration 16.00")
