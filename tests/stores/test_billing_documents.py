"""What runs send as documents: rendered before it is numbered, and worded in the customer's language."""

import re
from collections.abc import AsyncIterator
from datetime import date

import pytest
from jinja2 import Environment, StrictUndefined, Template

from shared.billing import placing
from shared.billing.documents import html as rendering
from shared.billing.documents.document import of_credit_note, of_invoice
from shared.billing.documents.html import html
from shared.billing.invoices import credit_notes, invoices
from shared.stores.postgres import Database
from tests.firm import GRADUATED, YEAR, Firm

pytestmark = pytest.mark.anyio

BREAKS_FOR_GRACE = "{% if document.customer.name == 'Grace' %}{{ document.customer.nickname }}{% endif %}"


@pytest.fixture
async def firm(database: Database) -> AsyncIterator[Firm]:
    async with database.connection() as connection:
        firm = Firm(connection)
        await firm.seller()
        yield firm


async def test_what_cannot_be_rendered_takes_no_number_and_the_others_are_sent(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    await firm.plan("small", "19.00")
    for email in ("ada@example.org", "grace@example.org", "joan@example.org"):
        await firm.start(await firm.customer(email), "small", "2026-10-01T09:00")
    await firm.execute(
        "UPDATE customers SET name = 'Grace' FROM users u"
        " WHERE u.id = user_id AND email = 'grace@example.org'"
    )

    def broken(version: int, kind: str) -> Template:
        return Environment(autoescape=True, undefined=StrictUndefined).from_string(BREAKS_FOR_GRACE)

    with monkeypatch.context() as failing:
        failing.setattr(rendering, "_template", broken)
        ran = await firm.run("2026-10-01T10:00")
    assert ran.counts["send"] == {"sent": 2, "waiting": 1}
    assert not ran.failed
    [draft] = await firm.execute("SELECT number, draft_reason FROM invoices WHERE status = 'draft'")
    assert draft["number"].startswith("DRAFT-")
    assert "the document cannot be rendered (UndefinedError" in draft["draft_reason"]
    assert "nickname" in draft["draft_reason"]
    await firm.run("2026-10-01T11:00")
    rows = await firm.execute("SELECT number, status FROM invoices ORDER BY number")
    assert [row["number"] for row in rows] == [f"LECT-2026-{number:06}" for number in (1, 2, 3)]


async def test_a_draft_that_says_too_little_for_a_document_stays(firm: Firm) -> None:
    await firm.plan("small", "19.00")
    await firm.start(await firm.customer(), "small", "2026-10-01T09:00")
    await firm.run("2026-10-01T10:00", only="renew")
    await firm.run("2026-10-01T10:00", only="invoice")
    await firm.execute('UPDATE invoices SET period = \'{"type": "", "startDate": "", "endDate": ""}\'')
    ran = await firm.run("2026-10-01T10:00", only="send")
    assert ran.counts["send"] == {"waiting": 1}
    [row] = await firm.execute("SELECT draft_reason FROM invoices")
    assert row["draft_reason"].startswith("it makes no document (ValueError")


async def test_lines_and_reasons_are_in_the_customers_language(firm: Firm) -> None:
    ada = await firm.customer()
    await firm.execute("UPDATE customers SET locale = 'fr'")
    await firm.plan("small", "10.00", GRADUATED, yearly="100.00")
    await firm.plan("large", "100.00", GRADUATED, yearly="1000.00")
    await firm.start(ada, "large", "2026-01-01T09:00", YEAR)
    await firm.run("2026-01-01T10:00")
    await firm.use(ada, "2026-01-05T10:00", 180)
    await firm.order(placing.change, ada, "small", YEAR, "now", at="2026-01-20T09:00")
    await firm.run("2026-02-01T01:00")
    rows = await firm.execute("SELECT number FROM invoices ORDER BY number")
    documents = [of_invoice(await invoices.find(firm.connection, row["number"])) for row in rows]
    # a fee is delivered on its first day, usage on its last
    assert [one.delivered_on for one in documents] == [date(2026, 1, 1), date(2026, 1, 31)]
    first, second = map(html, documents)
    assert "Large" in first
    assert re.findall(r"(?:Requêtes|Période) [^<]*", second) == [
        "Requêtes au-delà de 61",  # of 100 in 31 days, 19 of which it holds
        "Requêtes au-delà de 111",
        "Période non utilisée de Large",
        "Période restante de Small",
    ]
    [listed] = await credit_notes.listed(firm.connection)
    note = await credit_notes.find(firm.connection, listed["number"])
    assert note
    assert note["reason"] == "Unused time of Large"
    page = html(of_credit_note(note))
    assert page.count("Période non utilisée de Large") == 2  # its line, and the reason
    assert "Unused" not in page
    assert rows[0]["number"] in page
