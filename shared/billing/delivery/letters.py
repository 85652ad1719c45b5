"""Letters of rows of the outbox: an invoice, a credit note, an alert."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection

from shared.billing.alerts import alerts
from shared.billing.delivery import wording
from shared.billing.delivery.kept import kept
from shared.billing.delivery.letter import Attachment, Letter
from shared.billing.documents.document import Document, of_credit_note, of_invoice
from shared.billing.documents.en16931 import fits
from shared.billing.documents.validation import Validator
from shared.billing.invoices import credit_notes, invoices
from shared.billing.invoices.sending import SENT
from shared.billing.parties import profiles
from shared.stores.postgres import Row

_DOCUMENTS: Final[Mapping[str, tuple[Callable[..., Awaitable[Any]], Callable[[Row], Document]]]] = {
    SENT: (invoices.find, of_invoice),
    credit_notes.TOPIC: (credit_notes.find, of_credit_note),
}
DOCUMENTS: Final = tuple(_DOCUMENTS)
"""Topics whose subject is a document."""

Connection = AsyncConnection[Row]


async def letter(connection: Connection, row: Row, now: datetime, validator: Validator) -> Letter:
    """Of a row of the outbox, to where its customer's invoices go now. Raises what keeps a document from being made."""
    if row["topic"] == alerts.RAISED:
        return await _of_alert(connection, row)
    find, read = _DOCUMENTS[row["topic"]]
    found: Row = await find(connection, str(row["subject"]))
    document = read(found)
    page = await kept(connection, found, "html", now)
    attachments = []
    for form in _forms(document):
        one = await kept(connection, found, form, now, validator)
        attachments.append(Attachment(one.file_name, one.media_type, one.bytes))
    profile = await profiles.customer(connection, row["user_id"])
    return wording.of_document(document, profile.invoice_email or "", page.bytes.decode(), attachments)


def _forms(document: Document) -> tuple[str, ...]:
    """XML too for a customer with a VAT number, whose software may read it, where the standard has a place for it."""
    return ("pdf", "xml") if document.customer.vat_number and fits(document) else ("pdf",)


async def _of_alert(connection: Connection, row: Row) -> Letter:
    alert = await alerts.find(connection, row["subject"])
    profile = await profiles.customer(connection, row["user_id"])
    seller = await profiles.seller(connection)
    return wording.of_alert(alert, profile.invoice_email or "", profile.name, profile.locale, seller.name)
