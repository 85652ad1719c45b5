"""From a question asked to an invoice that is sent, over real tables: what a run makes of a customer's months."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from shared.billing import placing
from shared.billing.cycle import rate
from shared.stores.postgres import Database
from tests.firm import GRADUATED, MONTH, YEAR, Firm, utc

pytestmark = pytest.mark.anyio


@pytest.fixture
async def firm(database: Database) -> AsyncIterator[Firm]:
    async with database.connection() as connection:
        firm = Firm(connection)
        await firm.seller()
        yield firm


async def test_a_fee_is_in_advance_and_usage_in_arrears(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.use(ada, "2026-10-20T10:00", 180)
    await firm.run("2026-10-25T10:00")
    await firm.run("2026-11-01T00:00")
    assert await firm.invoices() == [
        ("renewal", "overdue", "fee 19.00", "22.80"),
        ("renewal", "sent", "fee 19.00, usage 5.00, usage 1.50", "30.60"),
    ]
    numbers = await firm.execute("SELECT number FROM invoices ORDER BY number")
    assert [row["number"] for row in numbers] == ["LECT-2026-000001", "LECT-2026-000002"]


async def test_what_is_not_billed_is_not(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.use(ada, "2026-10-05T10:00", 101)
    await firm.use(ada, "2026-10-05T10:00", 3, outcome="failed")
    await firm.use(ada, "2026-10-05T10:00", 3, tool="prompts/get")
    await firm.use(ada, "2026-10-05T10:00", 1, outcome="missed")
    await firm.run("2026-11-01T01:00")
    assert (await firm.invoices())[1][2] == "fee 19.00, usage 0.20"


async def test_running_twice_is_running_once(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.use(ada, "2026-10-05T10:00", 120)
    await firm.run("2026-11-02T00:00")
    once = await firm.invoices()
    again = await firm.run("2026-11-02T00:00")
    assert await firm.invoices() == once
    assert not any(
        name in again.counts[stage] for stage in again.counts for name in ("sent", "drafts", "renewed")
    )


async def test_late_usage_is_the_next_invoices_within_the_grace_and_is_reported_after_it(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.use(ada, "2026-10-05T10:00", 110)
    await firm.run("2026-11-01T00:00")
    await firm.use(ada, "2026-10-06T10:00", 10, recorded="2026-11-03T10:00")
    await firm.use(ada, "2026-10-06T10:00", 7, recorded="2026-11-04T00:01")
    ran = await firm.run("2026-11-05T00:00")
    assert ran.counts["rate"]["late"] == 7
    await firm.run("2026-12-01T00:00")
    lines = [invoice[2] for invoice in await firm.invoices()]
    assert lines == ["fee 19.00", "fee 19.00, usage 1.00", "fee 19.00, usage 1.00"]


async def test_what_comes_too_late_is_reported_when_nothing_else_is_to_be_rated(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-11-05T00:00")
    await firm.use(ada, "2026-10-06T10:00", 2, recorded="2026-11-10T10:00")
    assert (await firm.run("2026-11-10T12:00")).counts["rate"] == {"late": 2}
    assert (await firm.run("2026-11-10T13:00")).counts["rate"] == {}


async def test_late_usage_of_a_subscription_that_ended_has_an_invoice_of_its_own(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "31.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.use(ada, "2026-10-05T10:00", 60)
    await firm.order(placing.cancel, ada, "now", at="2026-10-11T12:00")
    await firm.run("2026-10-11T13:00")
    await firm.use(ada, "2026-10-06T10:00", 10, recorded="2026-10-12T10:00")
    await firm.run("2026-10-13T00:00")
    await firm.run("2026-10-20T00:00")
    await firm.run("2026-10-21T00:00")
    assert await firm.credit_notes() == [("LECT-CN-2026-000001", "25.20")]
    assert [(kind, lines) for kind, _, lines, _ in await firm.invoices()] == [
        ("renewal", "fee 31.00"),
        ("final", "usage 2.80"),
        ("usage", "usage 1.00"),
    ]


async def test_a_downgrade_that_is_more_than_an_invoice_holds_corrects_the_earlier_one(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("large", "1000.00", GRADUATED, yearly="1000.00")
    await firm.plan("small", "100.00", GRADUATED, yearly="100.00")
    await firm.start(ada, "large", "2026-01-01T09:00", YEAR)
    await firm.run("2026-01-01T10:00")
    await firm.use(ada, "2026-01-05T10:00", 110)
    await firm.order(placing.change, ada, "small", YEAR, "now", at="2026-01-20T09:00")
    await firm.run("2026-02-01T01:00")
    [first, second] = await firm.invoices()
    assert (first[2], first[1]) == ("fee 1000.00", "overdue")
    assert second[1:] == ("paid", "usage 4.90, proration -99.69, proration 94.79", "0.00")
    [note] = await firm.credit_notes()
    assert note[1] == str(((Decimal("947.95") - Decimal("99.69")) * Decimal("1.2")).quantize(Decimal("0.01")))


async def test_a_customer_without_an_address_keeps_a_draft_with_its_reason(firm: Firm) -> None:
    ada = await firm.customer(country=None)
    await firm.plan("small", "19.00")
    await firm.start(ada, "small", "2026-10-01T09:00")
    ran = await firm.run("2026-10-01T10:00")
    assert ran.counts["invoice"] == {"waiting": 1}
    [row] = await firm.execute("SELECT status, draft_reason FROM invoices")
    assert row["status"] == "draft"
    assert "country" in row["draft_reason"]
    await firm.execute(
        "INSERT INTO customers (user_id, country, postcode) VALUES (%(id)s, 'DE', '10115')", id=ada
    )
    await firm.run("2026-10-02T10:00")
    assert (await firm.invoices())[0][1:] == ("sent", "fee 19.00", "22.80")


async def test_a_free_plan_makes_no_invoice(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("nothing", "0.00")
    await firm.start(ada, "nothing", "2026-10-01T09:00")
    await firm.run("2026-12-01T10:00")
    assert await firm.invoices() == []


async def test_a_trial_is_free_and_its_usage_is_not_billed(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00", trial_days=14)
    await firm.use(ada, "2026-10-05T10:00", 150)
    await firm.use(ada, "2026-10-16T10:00", 101)
    await firm.run("2026-10-10T10:00")
    assert await firm.invoices() == []
    await firm.run("2026-11-15T00:00")
    assert [lines for _, _, lines, _ in await firm.invoices()] == ["fee 19.00", "fee 19.00, usage 0.10"]


async def test_usage_while_paused_is_not_billed(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.use(ada, "2026-10-05T10:00", 101)
    await firm.order(placing.pause, ada, at="2026-10-10T00:00")
    await firm.use(ada, "2026-10-15T10:00", 50)
    await firm.run("2026-12-10T00:00")
    await firm.order(placing.resume, ada, at="2026-12-12T00:00")
    await firm.run("2027-01-01T00:00")
    assert [lines for _, _, lines, _ in await firm.invoices()] == [
        "fee 19.00",
        "usage 0.10",
        "fee 19.00, proration 12.26",
    ]


async def test_the_gate_hears_of_a_plans_limits(firm: Firm) -> None:
    ada = await firm.customer()
    limits = {"requestsPerMonth": 5000, "tokensPerMonth": None, "concurrentRequests": 3}
    await firm.plan("small", "19.00", limits=limits)
    await firm.start(ada, "small", "2026-10-05T09:00")
    [row] = await firm.execute("SELECT * FROM user_limits")
    assert (row["plan_month_requests"], row["plan_month_tokens"], row["plan_concurrent"]) == (5000, None, 3)
    assert row["month_starts"][:2] == [utc("2026-10-05"), utc("2026-11-05")]
    assert len(row["month_starts"]) == 14


async def test_two_plans_of_a_month_are_rated_each_by_its_terms(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "31.00", GRADUATED)
    await firm.plan("large", "62.00", [{**GRADUATED[0], "included": 1000}])
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.use(ada, "2026-10-05T10:00", 60)
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2026-10-16T12:00")
    await firm.use(ada, "2026-10-16T11:00", 5)
    await firm.use(ada, "2026-10-16T13:00", 520)
    await firm.run("2026-11-01T00:00")
    assert (await firm.invoices())[1][2] == (
        "fee 62.00, usage 0.40, usage 1.70, proration -16.00, proration 32.00"
    )


async def test_an_upgrade_that_was_not_invoiced_is_a_line_and_the_fee_is_credited(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "31.00")
    await firm.plan("large", "62.00")
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.change, ada, "large", MONTH, "now", at="2026-10-16T12:00")
    await firm.order(placing.cancel, ada, "now", at="2026-10-21T12:00")
    await firm.run("2026-10-21T13:00")
    assert await firm.credit_notes() == [("LECT-CN-2026-000001", "26.40")]  # 22.00 of 62.00 and its tax
    assert [lines for _, _, lines, _ in await firm.invoices()] == [
        "fee 31.00",
        "proration -16.00, proration 32.00",
    ]


async def test_a_rehearsal_changes_nothing_and_tells_what_a_run_does(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.use(ada, "2026-10-05T10:00", 130)
    async with firm.connection.transaction(force_rollback=True):
        rehearsed = await firm.run("2026-11-05T00:00", rehearsed=True)
    assert await firm.execute("SELECT FROM billing_runs") == []
    assert rehearsed.counts == (await firm.run("2026-11-05T00:00")).counts


async def test_one_customer_that_cannot_be_billed_costs_nobody_else(firm: Firm) -> None:
    bad, good = await firm.customer("bad@example.org"), await firm.customer("good@example.org")
    await firm.plan("small", "19.00")
    for user in (bad, good):
        await firm.start(user, "small", "2026-10-01T09:00")
    await firm.execute(
        """UPDATE subscription_spans s SET charges = '[7]'
           FROM subscriptions o WHERE o.id = s.subscription_id AND o.user_id = %(id)s""",
        id=bad,
    )
    await firm.use(bad, "2026-10-05T10:00")
    ran = await firm.run("2026-11-01T00:00")
    assert list(ran.failed) == [bad]
    owners = await firm.execute(
        "SELECT user_id, count(*) AS invoices FROM invoices WHERE status = 'sent' GROUP BY 1"
    )
    assert {row["user_id"]: row["invoices"] for row in owners}[good] == 2


async def test_late_usage_that_makes_all_of_it_cheaper_is_credited(firm: Firm) -> None:
    ada = await firm.customer()
    volume = {
        "meter": "requests",
        "model": "volume",
        "included": 0,
        "tiers": [{"up_to": 100, "unit_price": "0.10"}, {"up_to": None, "unit_price": "0.01"}],
    }
    await firm.plan("small", "31.00", [volume])
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.use(ada, "2026-10-05T10:00", 100)
    await firm.order(placing.cancel, ada, "now", at="2026-10-31T12:00")
    await firm.run("2026-10-31T13:00")
    await firm.use(ada, "2026-10-06T10:00", 100, recorded="2026-11-01T10:00")
    await firm.run("2026-11-05T00:00")
    await firm.run("2026-11-06T00:00")
    assert [(kind, lines) for kind, _, lines, _ in await firm.invoices()] == [
        ("renewal", "fee 31.00"),
        ("final", "usage 10.00"),
        ("usage", "usage -2.00, usage 2.00"),
    ]
    totals = await firm.execute("SELECT sum(subtotal) AS credited FROM credit_notes")
    assert totals[0]["credited"] == Decimal("1.00") + 8  # the day of the cancellation, and what is cheaper
    [row] = await firm.execute("SELECT count(*) AS unsettled FROM billing_periods WHERE settled_at IS NULL")
    assert row["unsettled"] == 0


async def test_a_run_marks_what_is_overdue_and_alerts_each_once(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.plan("small", "19.00", GRADUATED)
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.execute(
        "INSERT INTO alert_thresholds SELECT %(ada)s, 'requests', n, '2026-10-01' FROM unnest(ARRAY[50, 80]) n",
        ada=ada,
    )
    await firm.use(ada, "2026-10-05T10:00", 80)
    assert (await firm.run("2026-10-05T11:00")).counts["alert"] == {"usage_threshold": 2}
    await firm.order(placing.cancel, ada, "period-end", at="2026-10-10T10:00")
    told = await firm.run("2026-10-25T00:00")
    assert (told.counts["overdue"], told.counts["dun"], told.counts["alert"]) == (
        {"overdue": 1},
        {"reminded": 1},
        {"invoice_overdue": 1, "subscription_expiring": 1},
    )
    again = await firm.run("2026-10-25T00:00")
    assert again.counts["overdue"] == again.counts["dun"] == again.counts["alert"] == {}
    [row] = await firm.execute(
        "SELECT count(*) AS n FROM billing_alerts a JOIN outbox o ON o.subject = a.id WHERE a.user_id = %(ada)s",
        ada=ada,
    )
    assert row["n"] == 5


async def test_one_pass_over_the_usage_finds_what_a_look_at_each_user_finds(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "MANY", 0)
    ada, bob = await firm.customer(), await firm.customer("bob@example.org")
    await firm.plan("small", "19.00", GRADUATED)
    for user in (ada, bob):
        await firm.start(user, "small", "2026-10-01T09:00")
        await firm.use(user, "2026-10-20T10:00", 120)
    await firm.run("2026-11-01T00:00")
    assert [lines for _, _, lines, _ in await firm.invoices()].count("fee 19.00, usage 2.00") == 2
    [row] = await firm.execute("SHOW enable_nestloop")
    assert row["enable_nestloop"] == "on"
