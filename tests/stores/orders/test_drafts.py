"""Drafts: what they carry, what is waived with them, when they are due, and what waits for the next."""

import pytest

from shared.billing import placing
from shared.errors import InvalidRequest
from tests.firm import MONTH, YEAR, Firm

pytestmark = pytest.mark.anyio


async def test_a_draft_that_no_run_has_seen_is_waived_whole(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.cancel_invoice("2026-10-01T09:30")
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
        await firm.cancel_invoice("2026-10-01T09:30")


async def test_a_cancelled_draft_is_waived_with_all_that_it_carries(firm: Firm) -> None:
    ada = await firm.customer(country=None)
    await firm.start(ada, "small", "2026-10-01T00:00")
    await firm.order(placing.adjust, ada, "25.00", "Set-up", at="2026-10-02T09:00")
    await firm.use(ada, "2026-10-05T00:00", 110)
    await firm.run("2026-11-01T00:00")
    assert sorted(await firm.lines()) == [
        ("renewal", "fee 31.00"),
        ("renewal", "fee 31.00, usage 1.00, adjustment 25.00"),
    ]
    await firm.cancel_invoice("2026-11-01T09:00", "period_start = '2026-11-01T00:00Z'")
    await firm.execute(
        "INSERT INTO customers (user_id, country, postcode) VALUES (%(id)s, 'FR', '75001')", id=ada
    )
    await firm.run("2026-11-02T00:00")
    await firm.order(placing.cancel, ada, "now", at="2026-11-16T09:00")
    await firm.run("2026-11-20T00:00")
    assert await firm.net() == 31
    assert await firm.credit_notes() == []


async def test_a_sent_renewal_that_was_cancelled_is_neither_asked_for_nor_given_back_again(
    firm: Firm,
) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-01-01T09:00", YEAR)
    await firm.run("2026-01-01T10:00")
    await firm.cancel_invoice("2026-01-05T09:00")
    await firm.order(placing.cancel, ada, "now", at="2026-03-01T09:00")
    for at in ("2026-03-02T00:00", "2026-04-01T00:00", "2027-02-01T00:00"):
        await firm.run(at)
    assert await firm.net() == 0
    assert len(await firm.invoices()) == 1


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


async def test_what_lowers_the_next_invoice_waits_for_it(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.start(ada, "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00")
    await firm.order(placing.adjust, ada, "-5.00", "Agreed", at="2026-10-06T09:00")
    await firm.execute("UPDATE customers SET country = NULL")
    await firm.run("2026-10-07T00:00")
    await firm.run("2026-11-01T00:00")  # its invoice waits for the customer's country
    assert sorted(await firm.lines()) == [
        ("renewal", "fee 31.00"),
        ("renewal", "fee 31.00, adjustment -5.00"),
    ]
    await firm.execute("UPDATE customers SET country = 'FR'")
    await firm.run("2026-11-02T00:00")
    assert await firm.net() == 57
    assert await firm.credit_notes() == []


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
