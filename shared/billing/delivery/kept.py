"""Documents as they were first made: whoever asks again, at any time, is given the same bytes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from psycopg import AsyncConnection

from shared.billing.documents.document import Document, of_credit_note, of_invoice
from shared.billing.documents.html import html
from shared.billing.documents.pdf import pdf
from shared.billing.documents.validation import Validator, installed
from shared.billing.documents.xml import xml
from shared.errors import InvalidRequest, StoreError
from shared.stores import sql
from shared.stores.postgres import Row

_SQL = sql.load("shared.billing.delivery", "kept.sql")

Connection = AsyncConnection[Row]


@dataclass(frozen=True, slots=True)
class Kept:
    """`sha256` is that of `bytes`, in hexadecimal digits."""

    bytes: bytes
    sha256: str
    media_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Form:
    media_type: str
    make: Callable[[Connection, Row, datetime, Validator | None], Awaitable[bytes]]


async def kept(
    connection: Connection, row: Row, form: str, now: datetime, validator: Validator | None = None
) -> Kept:
    """A form of FORMS, of a row as `invoices.find` or `credit_notes.find` has it; made and kept where it is missing.

    The connection waits while it is made: call it where nothing is locked. Of two that make it at once the first one's
    stays, and both are given that. XML is kept once it is valid, where what tells is installed; `validator` is for who
    makes many.

    Raises InvalidRequest for a draft and where it cannot be made, DocumentInvalid for XML that breaks rules, StoreError
    for bytes that were damaged.
    """
    if row["number"].startswith("DRAFT-"):
        raise InvalidRequest(
            f"{row['number']} was not sent, and only what was sent has documents",
            f"lectern-admin invoice send {row['number']}",
        )
    found = await _find(connection, row, form)
    if found is None:
        made = await FORMS[form].make(connection, row, now, validator)
        given = {
            "id": row["id"],
            "form": form,
            "bytes": made,
            "sha256": sha256(made).hexdigest(),
            "template_version": row["template_version"],
            "now": now,
        }
        await connection.execute(_SQL["keep"], given)
        found = await _find(connection, row, form)
    if found is None or sha256(found["bytes"]).hexdigest() != found["sha256"]:
        raise StoreError(
            f"the {form} of {row['number']} that is kept was damaged",
            "restore the table invoice_documents from a backup",
        )
    return Kept(found["bytes"], found["sha256"], FORMS[form].media_type, f"{row['number']}.{form}")


async def _find(connection: Connection, row: Row, form: str) -> Row | None:
    return await (await connection.execute(_SQL["find"], {"id": row["id"], "form": form})).fetchone()


def _document(row: Mapping[str, Any]) -> Document:
    return of_credit_note(row) if "invoice_id" in row else of_invoice(row)


async def _html(connection: Connection, row: Row, now: datetime, validator: Validator | None) -> bytes:
    return html(_document(row)).encode()


async def _pdf(connection: Connection, row: Row, now: datetime, validator: Validator | None) -> bytes:
    """Of the HTML that is kept."""
    page = await kept(connection, row, "html", now)
    return await asyncio.to_thread(pdf, page.bytes.decode())


async def _xml(connection: Connection, row: Row, now: datetime, validator: Validator | None) -> bytes:
    made = xml(_document(row))
    if installed():
        with nullcontext(validator) if validator else Validator() as opened:
            await asyncio.to_thread(opened.check, made)
    return made


FORMS: Final[Mapping[str, Form]] = {
    "html": Form("text/html; charset=utf-8", _html),
    "pdf": Form("application/pdf", _pdf),
    "xml": Form("application/xml", _xml),
}
