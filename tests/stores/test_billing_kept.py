"""Documents are kept as they were first made, whatever changes later and whoever else makes them."""

import asyncio
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

import pytest
from pypdf import PdfReader

from shared.billing.credits import credits
from shared.billing.delivery import kept as keeping
from shared.billing.delivery.kept import FORMS, kept
from shared.billing.documents import validation
from shared.billing.documents.document import of_invoice
from shared.billing.documents.xml import xml
from shared.billing.invoices import credit_notes, invoices
from shared.errors import DocumentInvalid, InvalidRequest, StatementRefused, StoreError
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_draft, add_invoice, add_user
from tests.invoice_xml import read

pytestmark = pytest.mark.anyio


async def sent(database: Database) -> Row:
    async with database.transaction() as connection:
        made = await add_invoice(connection, await add_user(connection))
        return await invoices.find(connection, made["number"])


async def test_the_first_bytes_stay_whatever_changes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await sent(database)
    async with database.connection() as connection:
        first = {"html": await kept(connection, row, "html", NOW)}
        monkeypatch.setattr(keeping, "html", lambda document: "another template")
        renamed = {**row["metadata"]["customerInfo"], "name": "Somebody else"}
        row["metadata"]["customerInfo"] = renamed
        first["pdf"] = await kept(connection, row, "pdf", NOW)  # of the HTML that is kept
        monkeypatch.setattr(keeping, "pdf", lambda page: b"another printer")
        again = {form: await kept(connection, row, form, NOW) for form in ("html", "pdf")}
    assert again == first
    assert "Ada Lovelace" in PdfReader(BytesIO(first["pdf"].bytes)).pages[0].extract_text()
    assert first["html"].media_type == "text/html; charset=utf-8"
    assert first["pdf"].file_name == f"{row['number']}.pdf"
    assert first["pdf"].bytes.startswith(b"%PDF-")
    assert all(one.sha256 == sha256(one.bytes).hexdigest() for one in first.values())


async def test_of_two_at_once_both_are_given_what_one_of_them_made(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await sent(database)
    numbers = iter(range(9))
    both = asyncio.Barrier(2)

    async def make(*_: object) -> bytes:
        await both.wait()  # each has seen that nothing is kept
        return b"made as number %d" % next(numbers)

    monkeypatch.setitem(FORMS, "html", keeping.Form("text/html", make))

    async def one() -> keeping.Kept:
        async with database.connection() as connection:
            return await kept(connection, row, "html", NOW)

    first, second = await asyncio.gather(one(), one())
    assert first == second
    assert next(numbers) == 2


async def test_what_is_kept_is_never_changed_and_damage_is_an_error(database: Database) -> None:
    row = await sent(database)
    async with database.connection() as connection:
        await kept(connection, row, "html", NOW)
    for change in (
        "UPDATE invoice_documents SET bytes = ''",
        "DELETE FROM invoice_documents",
        "TRUNCATE invoice_documents",
    ):
        with pytest.raises(StatementRefused):
            await database.rows(change)
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("UPDATE invoice_documents SET bytes = bytes || '\\x20'")
    async with database.connection() as connection:
        with pytest.raises(StoreError, match=f"the html of {row['number']} that is kept was damaged"):
            await kept(connection, row, "html", NOW)


async def test_a_draft_has_no_document_and_a_credit_note_has(database: Database) -> None:
    async with database.transaction() as connection:
        user = await add_user(connection)
        draft = await invoices.find(connection, str(await add_draft(connection, user)))
        with pytest.raises(InvalidRequest, match="was not sent"):
            await kept(connection, draft, "html", NOW)
        bill = await add_invoice(connection, user)
        made = await credit_notes.issue(connection, bill["id"], "Made out twice", NOW)
        note = await credit_notes.find(connection, made["number"])
        assert note
        page = (await kept(connection, note, "html", NOW)).bytes.decode()
    assert made["number"] in page
    assert bill["number"] in page
    assert "Made out twice" in page


async def test_xml_says_the_sums_of_what_was_sent_and_corrected(database: Database) -> None:
    async with database.transaction() as connection:
        user = await add_user(connection)
        await credits.grant(connection, user, Decimal(5), "EUR", "promotional", "Welcome", NOW)
        bill = await add_invoice(connection, user, [("20.00", "S", "20"), ("8.00", "E", "0")])
        await credit_notes.issue(connection, bill["id"], "A gift", NOW, gross=Decimal(10))
        [note] = await credit_notes.listed(connection)
    async with database.connection() as connection:
        row = await invoices.find(connection, bill["number"])
        sent, corrected = [read((await kept(connection, one, "xml", NOW)).bytes) for one in (row, note)]
    assert [sent.type, corrected.type] == ["380", "381"]
    assert [sent.net, sent.tax, sent.gross, sent.prepaid, sent.due] == [28, 4, 32, 5, 27]
    assert [corrected.gross, corrected.prepaid, corrected.due] == [10, 0, 10]


async def test_xml_that_breaks_a_rule_is_an_error_and_nothing_is_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await sent(database)
    wrong = xml(of_invoice(row)).replace(b">24.00</ram:GrandTotalAmount", b">24.01</ram:GrandTotalAmount")
    monkeypatch.setattr(keeping, "xml", lambda document: wrong)
    async with database.connection() as connection:
        with pytest.raises(DocumentInvalid, match="BR-CO-15"):
            await kept(connection, row, "xml", NOW)
    assert await database.rows("SELECT FROM invoice_documents") == []


async def test_xml_needs_nothing_that_validates(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    row = await sent(database)
    monkeypatch.setattr(validation, "find_spec", lambda name: None)
    async with database.connection() as connection:
        made = (await kept(connection, row, "xml", NOW)).bytes
    assert made == xml(of_invoice(row))
