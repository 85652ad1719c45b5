"""Cancellations, at odd moments: what is given back is no more than what was charged."""

from decimal import Decimal

import pytest

from shared.billing import placing
from shared.billing.invoices import credit_notes
from tests.firm import MONTH, Firm, utc

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("is_sent", [False, True])
async def test_a_cancellation_at_the_instant_of_a_renewal_takes_no_fee_and_gives_none_back(
    firm: Firm, is_sent: bool
) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    if is_sent:
        await firm.run("2026-11-01T00:00")
    await firm.order(placing.cancel, ada, "now", at="2026-11-01T00:00")
    await firm.run("2026-11-01T00:00")
    await firm.run("2026-11-02T00:00")
    assert await firm.net() == 31
    assert await firm.credit_notes() == ([("LECT-CN-2026-000001", "37.20")] if is_sent else [])


async def test_a_cancellation_at_the_first_instant_of_all_takes_nothing(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-01T00:00")
    await firm.run("2026-10-02T00:00")
    assert await firm.net() == 0
    assert await firm.invoices() == []


async def test_a_line_of_a_subscription_that_ends_before_its_start_is_invoiced(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00", day=utc("2026-10-10").date())
    await firm.order(placing.adjust, ada, "25.00", "Set-up", at="2026-10-02T09:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-03T09:00")
    await firm.run("2026-10-04T00:00")
    assert await firm.lines() == [("final", "adjustment 25.00")]


async def test_a_cancellation_gives_back_no_more_than_is_left_of_the_fee(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    async with firm.connection.transaction():
        [row] = await firm.execute("SELECT id FROM invoices")
        await credit_notes.issue(firm.connection, row["id"], "Agreed", utc("2026-10-02"), net=Decimal(20))
    await firm.order(placing.cancel, ada, "now", at="2026-10-11T12:00")
    await firm.run("2026-10-12T00:00")
    assert await firm.net() == 0
    assert await firm.credit_notes() == [("LECT-CN-2026-000001", "24.00"), ("LECT-CN-2026-000002", "13.20")]


async def test_a_cancellation_drops_a_waiting_change_and_a_resumption_goes_on_as_it_was(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.order(placing.change, ada, "large", MONTH, "period-end", at="2026-10-05T09:00")
    await firm.order(placing.cancel, ada, "period-end", at="2026-10-06T09:00")
    await firm.order(placing.resume, ada, at="2026-10-07T09:00")
    await firm.run("2026-11-02T00:00")
    assert await firm.lines() == [("renewal", "fee 31.00"), ("renewal", "fee 31.00")]


async def test_a_trial_that_is_cancelled_has_no_invoice_but_of_what_an_operator_added(firm: Firm) -> None:
    ada, bob = await firm.customer(), await firm.customer("bob@example.org")
    for user in (ada, bob):
        await firm.start(user, "small", "2026-10-01T09:00", trial_days=14)
        await firm.use(user, "2026-10-05T10:00", 500)
    await firm.order(placing.adjust, bob, "25.00", "Set-up", at="2026-10-06T09:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-07T09:00")
    await firm.order(placing.cancel, bob, "period-end", at="2026-10-07T09:00")
    await firm.run("2026-12-01T00:00")
    assert await firm.lines() == [("final", "adjustment 25.00")]
    rows = await firm.execute("SELECT status, ended_at FROM subscriptions ORDER BY ended_at")
    assert [tuple(row.values()) for row in rows] == [
        ("cancelled", utc("2026-10-07T09:00")),
        ("expired", utc("2026-10-15")),
    ]


async def test_what_is_given_back_of_a_fee_that_waits_in_a_draft_is_taken_off_it(firm: Firm) -> None:
    ada = await firm.customer(country=None)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-11T12:00")
    await firm.execute(
        "INSERT INTO customers (user_id, country, postcode) SELECT id, 'FR', '75001' FROM users"
    )
    await firm.run("2026-10-12T00:00")
    assert await firm.lines() == [("renewal", "fee 31.00, proration -21.00")]
    assert await firm.credit_notes() == []
