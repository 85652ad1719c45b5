"""Orders at odd moments, over real tables: what is charged and what is given back add up to what was agreed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from shared.billing import placing
from shared.billing.cycle import rate
from shared.billing.cycle.run import Run
from shared.billing.invoices import credit_notes, drafts
from shared.billing.subscriptions.subscription import Cadence
from shared.errors import InvalidRequest
from shared.stores.postgres import Database
from tests.firm import GRACE, GRADUATED, MONTH, YEAR, Firm, utc

pytestmark = pytest.mark.anyio

QUARTER = Cadence("month", 3)


@pytest.fixture
async def firm(database: Database) -> AsyncIterator[Firm]:
    async with database.connection() as connection:
        firm = Firm(connection)
        await firm.seller()
        await firm.plan("small", "31.00", GRADUATED, yearly="365.00", limits={"requestsPerMonth": 500})
        await firm.plan("large", "62.00", GRADUATED, yearly="730.00", limits={"requestsPerMonth": 900})
        yield firm


async def net(firm: Firm) -> Decimal:
    """What all documents ask for, without tax."""
    [row] = await firm.execute(
        """SELECT coalesce((SELECT sum(subtotal) FROM invoices WHERE number !~ '^DRAFT'), 0)
                - coalesce((SELECT sum(subtotal) FROM credit_notes), 0) AS net"""
    )
    found: Decimal = row["net"]
    return found


async def lines(firm: Firm) -> list[tuple[str, str]]:
    return [(kind, items) for kind, _, items, _ in await firm.invoices()]


def as_told(period: dict[str, str]) -> str:
    return f"{period['type']} {period['startDate']} {period['endDate']}"


async def cancel_invoice(firm: Firm, at: str, where: str = "TRUE") -> None:
    [row] = await firm.execute(f"SELECT * FROM invoices v WHERE {where} ORDER BY closes_at DESC LIMIT 1")
    async with firm.connection.transaction():
        if row["status"] == "draft":
            await drafts.waive(firm.connection, row, utc(at))
        else:
            await credit_notes.issue(firm.connection, row["id"], "Cancelled", utc(at))


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
    assert await net(firm) == 31
    assert await firm.credit_notes() == ([("LECT-CN-2026-000001", "37.20")] if is_sent else [])


async def test_another_interval_at_the_instant_of_a_renewal_is_charged_once(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.change, ada, "small", YEAR, "now", at="2026-11-01T00:00")
    await firm.run("2026-11-02T00:00")
    assert await net(firm) == 31 + 365


async def test_a_change_at_the_instant_of_a_renewal_is_on_its_invoice(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2026-11-01T00:00")
    await firm.run("2026-11-01T00:00")
    assert (await lines(firm))[1:] == [("renewal", "fee 31.00, proration -31.00, proration 62.00")]


async def test_a_cancellation_at_the_first_instant_of_all_takes_nothing(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-01T00:00")
    await firm.run("2026-10-02T00:00")
    assert await net(firm) == 0
    assert await firm.invoices() == []


async def test_a_waiting_change_to_a_price_that_was_dropped_changes_nothing(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.order(placing.change, ada, "large", YEAR, "period-end", at="2026-10-05T09:00")
    await firm.plan("large", "70.00", version=2, since="2026-10-20")
    await firm.run("2026-11-01T00:00")
    [row] = await firm.execute("SELECT plan, interval, status, next_plan FROM subscriptions")
    assert tuple(row.values()) == ("small", "month", "active", None)
    assert await lines(firm) == [("renewal", "fee 31.00"), ("renewal", "fee 31.00")]


async def test_a_line_of_a_subscription_that_ends_before_its_start_is_invoiced(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00", day=utc("2026-10-10").date())
    await firm.order(placing.adjust, ada, "25.00", "Set-up", at="2026-10-02T09:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-03T09:00")
    await firm.run("2026-10-04T00:00")
    assert await lines(firm) == [("final", "adjustment 25.00")]


async def test_an_upgrade_on_a_usage_invoice_is_corrected_there(firm: Firm) -> None:
    ada = await firm.customer()
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
    assert await net(firm) == 365 + 355 + 5 - 592


async def test_usage_of_a_year_is_invoiced_by_months_and_its_last_on_the_renewal(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-01-31T09:00", YEAR)
    for month in ("02-10", "03-10", "2027-01"):
        await firm.use(ada, f"2026-{month}T10:00" if len(month) == 5 else "2027-01-30T10:00", 110)
    await firm.run("2027-02-01T00:00")
    assert await lines(firm) == [
        ("renewal", "fee 365.00"),
        ("usage", "usage 1.00"),
        ("usage", "usage 1.00"),
        ("renewal", "fee 365.00, usage 1.00"),
    ]
    periods = await firm.execute("SELECT period, kind FROM invoices ORDER BY number")
    assert [as_told(row["period"]) for row in periods] == [
        "yearly 2026-01-31 2027-01-30",
        "monthly 2026-01-31 2026-02-27",
        "monthly 2026-02-28 2026-03-30",
        "yearly 2027-01-31 2028-01-30",
    ]


async def test_a_quarter_has_one_fee_and_its_usage_by_months(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-11-30T09:00", QUARTER)
    await firm.use(ada, "2026-12-10T10:00", 110)
    await firm.run("2027-02-28T00:00")
    assert await lines(firm) == [
        ("renewal", "fee 93.00"),
        ("usage", "usage 1.00"),
        ("renewal", "fee 93.00"),
    ]
    rows = await firm.execute("SELECT period FROM invoices ORDER BY number")
    assert [as_told(row["period"]) for row in rows][::2] == [
        "custom 2026-11-30 2027-02-27",
        "custom 2027-02-28 2027-05-29",
    ]


async def test_a_month_is_half_open_and_a_row_is_in_time_until_the_very_end_of_the_grace(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.use(ada, "2026-10-01T00:00", 100)
    await firm.use(ada, "2026-10-31T23:59:59.999999", 1)
    await firm.use(ada, "2026-11-01T00:00", 102)
    await firm.run("2026-11-01T00:00")
    await firm.use(ada, "2026-10-31T10:00", 1, recorded="2026-11-04T00:00")
    await firm.use(ada, "2026-10-31T10:00", 1, recorded="2026-11-04T00:00:00.000001")
    ran = await firm.run("2026-11-04T12:00")
    assert (ran.counts["rate"]["late"], ran.counts["rate"]["frozen"]) == (1, 1)
    await firm.run("2026-12-01T00:00")
    assert await lines(firm) == [
        ("renewal", "fee 31.00"),
        ("renewal", "fee 31.00, usage 0.10"),
        ("renewal", "fee 31.00, usage 0.10, usage 0.20"),
    ]


async def test_a_month_is_frozen_at_the_end_of_its_grace_and_never_rated_down(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.use(ada, "2026-10-05T00:00", 110)
    await firm.run("2026-11-01T00:00")

    async def rated() -> Any:
        [row] = await firm.execute("SELECT quantity FROM usage_ratings")
        return row["quantity"]

    async def read(at: str) -> Any:
        run = Run(utc(at), GRACE)
        found = rate.used(firm.connection, run, await rate.months(firm.connection, run), 10)
        return [row async for rows in found for row in rows]

    slow = await read("2026-11-01T00:00")  # a run that goes on writing when another has read more
    await firm.use(ada, "2026-10-06T00:00", 1, recorded="2026-11-02T00:00")
    await firm.run("2026-11-03T00:00")
    await rate.write(firm.connection, slow)
    assert await rated() == 111
    await firm.use(ada, "2026-10-06T00:00", 1, recorded="2026-11-03T12:00")
    late = await read("2026-11-03T12:00")
    await firm.execute("DELETE FROM usage_logs WHERE recorded_at = '2026-11-03T12:00Z'")
    assert (await firm.run("2026-11-04T00:00")).counts["rate"]["frozen"] == 1
    await rate.write(firm.connection, late)
    assert await rated() == 111


async def test_a_month_of_somebody_for_whom_rating_fails_is_not_frozen(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.use(ada, "2026-10-05T00:00", 110)
    await firm.execute("UPDATE subscription_spans SET charges = '[7]'")
    assert list((await firm.run("2026-11-05T00:00")).failed) == [ada]
    await firm.execute("UPDATE subscription_spans SET charges = %(charges)s", charges=Jsonb(GRADUATED))
    await firm.run("2026-11-06T00:00")
    assert (await lines(firm))[-1] == ("renewal", "fee 31.00, usage 1.00")


async def test_what_comes_late_of_a_trial_is_not_reported(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00", trial_days=14)
    await firm.use(ada, "2026-10-05T10:00", 3, recorded="2026-10-20T10:00")
    assert "late" not in (await firm.run("2026-10-21T00:00")).counts["rate"]


async def test_a_run_reads_no_row_that_was_recorded_after_its_now(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.use(ada, "2026-10-05T00:00", 101)
    await firm.use(ada, "2026-10-05T00:00", 1, recorded="2026-11-01T10:00:00.000001")
    await firm.run("2026-11-01T10:00")
    assert (await lines(firm))[-1] == ("renewal", "fee 31.00, usage 0.10")


async def test_a_draft_that_no_run_has_seen_is_waived_whole(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await cancel_invoice(firm, "2026-10-01T09:30")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-16T09:00")
    await firm.run("2026-10-20T00:00")
    assert await firm.invoices() == [("renewal", "cancelled", "fee 31.00", "37.20")]
    assert await firm.credit_notes() == []


async def test_a_draft_that_carries_nothing_is_left_to_the_next_run(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("nothing", "0.00")
    await firm.start(ada, "nothing", "2026-10-01T09:00")
    with pytest.raises(InvalidRequest, match="carries nothing"):
        await cancel_invoice(firm, "2026-10-01T09:30")


async def test_a_cancelled_draft_is_waived_with_all_that_it_carries(firm: Firm) -> None:
    ada = await firm.customer(country=None)
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.order(placing.adjust, ada, "25.00", "Set-up", at="2026-10-02T09:00")
    await firm.use(ada, "2026-10-05T00:00", 110)
    await firm.run("2026-11-01T00:00")
    assert sorted(await lines(firm)) == [
        ("renewal", "fee 31.00"),
        ("renewal", "fee 31.00, usage 1.00, adjustment 25.00"),
    ]
    await cancel_invoice(firm, "2026-11-01T09:00", "period_start = '2026-11-01T00:00Z'")
    await firm.execute(
        "INSERT INTO customers (user_id, country, postcode) VALUES (%(id)s, 'FR', '75001')", id=ada
    )
    await firm.run("2026-11-02T00:00")
    await firm.order(placing.cancel, ada, "now", at="2026-11-16T09:00")
    await firm.run("2026-11-20T00:00")
    assert await net(firm) == 31
    assert await firm.credit_notes() == []


async def test_a_sent_renewal_that_was_cancelled_is_neither_asked_for_nor_given_back_again(
    firm: Firm,
) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-01-01T09:00", YEAR)
    await firm.run("2026-01-01T10:00")
    await cancel_invoice(firm, "2026-01-05T09:00")
    await firm.order(placing.cancel, ada, "now", at="2026-03-01T09:00")
    for at in ("2026-03-02T00:00", "2026-04-01T00:00", "2027-02-01T00:00"):
        await firm.run(at)
    assert await net(firm) == 0
    assert len(await firm.invoices()) == 1


async def test_a_cancellation_gives_back_no_more_than_is_left_of_the_fee(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    async with firm.connection.transaction():
        [row] = await firm.execute("SELECT id FROM invoices")
        await credit_notes.issue(firm.connection, row["id"], "Agreed", utc("2026-10-02"), net=Decimal(20))
    await firm.order(placing.cancel, ada, "now", at="2026-10-11T12:00")
    await firm.run("2026-10-12T00:00")
    assert await net(firm) == 0
    assert await firm.credit_notes() == [("LECT-CN-2026-000001", "24.00"), ("LECT-CN-2026-000002", "13.20")]


async def test_a_pause_over_the_renewal_of_a_year_pays_the_days_left(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2025-01-01T09:00", YEAR)
    await firm.run("2025-01-01T10:00")
    await firm.order(placing.pause, ada, at="2025-12-01T00:00")
    await firm.run("2026-02-02T00:00")
    await firm.order(placing.resume, ada, at="2026-03-02T08:00")
    await firm.use(ada, "2026-03-10T00:00", 100)
    await firm.run("2026-04-01T00:00")
    assert await lines(firm) == [("renewal", "fee 365.00"), ("usage", "usage 0.30, proration 305.00")]
    await firm.order(placing.cancel, ada, "now", at="2026-04-11T00:00")
    await firm.run("2026-04-12T00:00")
    assert await net(firm) == Decimal("365.30") + 305 - 265


async def test_a_change_waits_through_a_pause_and_a_resumption(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.change, ada, "large", MONTH, "period-end", at="2026-10-05T09:00")
    await firm.order(placing.pause, ada, at="2026-10-10T09:00")
    await firm.run("2026-11-02T00:00")
    await firm.order(placing.resume, ada, at="2026-11-16T09:00")
    await firm.run("2026-12-01T00:00")
    assert await lines(firm) == [("renewal", "fee 31.00"), ("renewal", "fee 62.00, proration 31.00")]


async def test_a_cancellation_drops_a_waiting_change_and_a_resumption_goes_on_as_it_was(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.order(placing.change, ada, "large", MONTH, "period-end", at="2026-10-05T09:00")
    await firm.order(placing.cancel, ada, "period-end", at="2026-10-06T09:00")
    await firm.order(placing.resume, ada, at="2026-10-07T09:00")
    await firm.run("2026-11-02T00:00")
    assert await lines(firm) == [("renewal", "fee 31.00"), ("renewal", "fee 31.00")]


async def test_a_fixed_term_of_two_keeps_its_end_through_a_change(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00", term_periods=2)
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2026-10-16T12:00")
    await firm.run("2027-03-01T00:00")
    [row] = await firm.execute("SELECT status, ended_at FROM subscriptions")
    assert tuple(row.values()) == ("expired", utc("2026-12-01"))
    assert await net(firm) == Decimal("31.00") - 16 + 32 + 62


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
    assert sorted(await lines(firm)) == [
        ("final", "usage 1.80"),
        ("renewal", "fee 31.00"),
        ("renewal", "fee 62.00"),
        ("renewal", "fee 62.00, usage 3.00"),
    ]
    assert await net(firm) == 31 - 21 + Decimal("1.80") + 62 + 62 + 3


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


async def test_a_default_method_makes_an_invoice_due_at_once(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.execute(
        """INSERT INTO payment_methods (user_id, type, provider, is_default, provider_method_id)
           VALUES (%(id)s, 'card', 'stripe', TRUE, 'pm_1')""",
        id=ada,
    )
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    [row] = await firm.execute("SELECT due_date - issue_date AS term, metadata FROM invoices")
    assert row["term"].total_seconds() == 0
    assert set(row["metadata"]) == {
        "generationTime", "usageData", "billingCycle", "customerInfo", "paymentMethod", "notes",
    }  # fmt: skip


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


async def test_usage_that_became_cheaper_and_fits_on_no_invoice_corrects_the_one_that_carries_it(
    firm: Firm,
) -> None:
    ada = await firm.customer()
    tiers = [{"up_to": 100, "unit_price": "0.10"}, {"up_to": None, "unit_price": "0.01"}]
    await firm.plan(
        "volume", "0.00", [{"meter": "requests", "model": "volume", "included": 0, "tiers": tiers}]
    )
    await firm.start(ada, "volume", "2026-10-01T09:00")
    await firm.use(ada, "2026-10-05T10:00", 100)
    await firm.run("2026-11-01T00:00")
    await firm.use(ada, "2026-10-06T10:00", 100, recorded="2026-11-02T10:00")
    await firm.use(ada, "2026-11-06T10:00", 30)
    await firm.run("2026-11-10T00:00")
    assert await firm.credit_notes() == []  # the next invoice may take it
    await firm.run("2026-12-01T00:00")
    assert await lines(firm) == [
        ("renewal", "usage 10.00"),
        ("renewal", "usage -5.00, usage 2.00, usage 3.00"),
    ]
    [note] = await firm.execute(
        "SELECT n.subtotal, v.number FROM credit_notes n JOIN invoices v ON v.id = n.invoice_id"
    )
    assert tuple(note.values()) == (5, "LECT-2026-000001")
    await firm.run("2027-01-05T00:00")
    assert len(await firm.credit_notes()) == 1


@pytest.mark.parametrize("is_over", [False, True])
async def test_late_usage_that_makes_all_of_it_free_is_credited(firm: Firm, is_over: bool) -> None:
    ada = await firm.customer()
    tiers = [{"up_to": 100, "unit_price": "0.10"}, {"up_to": None, "unit_price": "0"}]
    await firm.plan(
        "volume", "0.00", [{"meter": "requests", "model": "volume", "included": 0, "tiers": tiers}]
    )
    await firm.start(ada, "volume", "2026-10-01T09:00", term_periods=1 if is_over else None)
    await firm.use(ada, "2026-10-05T10:00", 100)
    await firm.run("2026-11-01T00:00")
    await firm.use(ada, "2026-10-06T10:00", 100, recorded="2026-11-02T10:00")
    await firm.run("2026-11-10T00:00")
    await firm.run("2026-12-01T00:00")
    assert await lines(firm) == [("final" if is_over else "renewal", "usage 10.00")]
    assert await firm.credit_notes() == [("LECT-CN-2026-000001", "12.00")]


async def test_what_lowers_the_next_invoice_waits_for_it(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.adjust, ada, "-5.00", "Agreed", at="2026-10-06T09:00")
    await firm.execute("UPDATE customers SET country = NULL")
    await firm.run("2026-10-07T00:00")
    await firm.run("2026-11-01T00:00")  # its invoice waits for the customer's country
    assert sorted(await lines(firm)) == [("renewal", "fee 31.00"), ("renewal", "fee 31.00, adjustment -5.00")]
    await firm.execute("UPDATE customers SET country = 'FR'")
    await firm.run("2026-11-02T00:00")
    assert await net(firm) == 57
    assert await firm.credit_notes() == []


async def test_all_that_came_late_after_an_end_is_on_one_invoice(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-11T12:00")
    await firm.run("2026-10-11T13:00")
    for day, count in ((12, 34), (13, 18)):
        await firm.use(ada, "2026-10-06T10:00", count, recorded=f"2026-10-{day}T10:00")
        await firm.run(f"2026-10-{day}T11:00")
    await firm.run("2026-10-15T00:00")
    assert await lines(firm) == [("renewal", "fee 31.00"), ("usage", "usage 2.00")]


async def test_a_line_is_taxed_by_its_own_day(firm: Firm) -> None:
    ada = await firm.customer(country="EE")  # 22 % until June 2025, then 24 %
    await firm.execute("UPDATE seller SET oss = TRUE")
    await firm.start(ada, "small", "2025-06-10T09:00")
    await firm.use(ada, "2025-06-20T10:00", 60)
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2025-06-25T09:00")
    await firm.order(placing.adjust, ada, "10.00", "Set-up", at="2025-06-30T09:00")
    await firm.use(ada, "2025-07-02T10:00", 60)
    await firm.run("2025-07-10T00:00")
    rows = await firm.execute(
        """SELECT i.type, i.amount > 0 AS is_more, i.tax_rate FROM invoice_items i
           JOIN invoices v ON v.id = i.invoice_id ORDER BY v.number, i.position"""
    )
    assert [(row["type"], row["is_more"], row["tax_rate"]) for row in rows] == [
        ("fee", True, 22),
        ("fee", True, 24),
        ("usage", True, 24),
        ("usage", True, 22),
        ("proration", False, 22),
        ("proration", True, 22),
        ("adjustment", True, 22),
    ]


async def test_a_trial_that_is_cancelled_has_no_invoice_but_of_what_an_operator_added(firm: Firm) -> None:
    ada, bob = await firm.customer(), await firm.customer("bob@example.org")
    for user in (ada, bob):
        await firm.start(user, "small", "2026-10-01T09:00", trial_days=14)
        await firm.use(user, "2026-10-05T10:00", 500)
    await firm.order(placing.adjust, bob, "25.00", "Set-up", at="2026-10-06T09:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-07T09:00")
    await firm.order(placing.cancel, bob, "period-end", at="2026-10-07T09:00")
    await firm.run("2026-12-01T00:00")
    assert await lines(firm) == [("final", "adjustment 25.00")]
    rows = await firm.execute("SELECT status, ended_at FROM subscriptions ORDER BY ended_at")
    assert [tuple(row.values()) for row in rows] == [
        ("cancelled", utc("2026-10-07T09:00")),
        ("expired", utc("2026-10-15")),
    ]


async def test_on_a_day_that_two_intervals_share_usage_goes_by_the_instant(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.use(ada, "2026-10-11T08:00", 50)
    await firm.order(placing.change, ada, "small", YEAR, "now", at="2026-10-11T12:00")
    await firm.use(ada, "2026-10-11T12:00", 130)
    await firm.run("2026-11-11T00:00")
    assert sorted(await lines(firm)) == [
        ("final", "usage 1.80"),
        ("renewal", "fee 31.00"),
        ("renewal", "fee 365.00"),
        ("usage", "usage 3.00"),
    ]
    assert await net(firm) == 31 - 21 + Decimal("1.80") + 365 + 3


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


@pytest.mark.parametrize(
    "waived", [True, False], ids=["a draft that was waived", "an invoice that was credited"]
)
async def test_a_change_gives_nothing_back_of_a_fee_that_nobody_owes(firm: Firm, waived: bool) -> None:
    ada = await firm.customer()
    await firm.start(ada, "large", "2026-10-01T09:00")
    if not waived:
        await firm.run("2026-10-01T10:00")
    await cancel_invoice(firm, "2026-10-02T00:00")
    await firm.order(placing.change, ada, "small", MONTH, "now", at="2026-10-16T12:00")
    await firm.run("2026-11-01T00:00")
    assert (await lines(firm))[-1] == ("renewal", "fee 31.00, proration 16.00")


async def test_a_change_gives_back_no_more_than_a_credit_note_left_of_the_fee(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "large", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    [row] = await firm.execute("SELECT id FROM invoices")
    async with firm.connection.transaction():
        await credit_notes.issue(firm.connection, row["id"], "Agreed", utc("2026-10-02"), net=Decimal(60))
    await firm.order(placing.change, ada, "small", MONTH, "now", at="2026-10-16T12:00")
    await firm.run("2026-11-01T00:00")
    assert (await lines(firm))[-1] == ("renewal", "fee 31.00, proration -2.00, proration 16.00")
