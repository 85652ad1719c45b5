"""Usage by months: which month a call is in, when a month is frozen, and what comes late."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from shared.billing import placing
from shared.billing.cycle import rate
from shared.billing.cycle.run import Run
from shared.billing.subscriptions.subscription import Cadence
from tests.firm import GRACE, GRADUATED, YEAR, Firm, utc

pytestmark = pytest.mark.anyio

QUARTER = Cadence("month", 3)


def as_told(period: dict[str, str]) -> str:
    return f"{period['type']} {period['startDate']} {period['endDate']}"


async def test_usage_of_a_year_is_invoiced_by_months_and_its_last_on_the_renewal(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-01-31T09:00", YEAR)
    for month in ("02-10", "03-10", "2027-01"):
        await firm.use(ada, f"2026-{month}T10:00" if len(month) == 5 else "2027-01-30T10:00", 110)
    await firm.run("2027-02-01T00:00")
    assert await firm.lines() == [
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
    assert await firm.lines() == [
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
    assert await firm.lines() == [
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
    assert (await firm.lines())[-1] == ("renewal", "fee 31.00, usage 1.00")


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
    assert (await firm.lines())[-1] == ("renewal", "fee 31.00, usage 0.10")


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
    assert await firm.lines() == [
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
    assert await firm.lines() == [("final" if is_over else "renewal", "usage 10.00")]
    assert await firm.credit_notes() == [("LECT-CN-2026-000001", "12.00")]


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
    assert await firm.lines() == [("renewal", "fee 31.00"), ("usage", "usage 2.00")]
