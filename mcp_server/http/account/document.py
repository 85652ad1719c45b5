"""Invoices and credit notes to download: as they are kept, or made for who asks."""

import asyncio
from hashlib import sha256
from typing import Final
from uuid import UUID

from starlette.responses import Response

from mcp_server.http.account.said import ALWAYS
from shared.accounts.own.store import Own
from shared.billing.documents.document import of_credit_note, of_invoice
from shared.billing.documents.html import html
from shared.errors import StoreError
from shared.stores.postgres import Row

_MEDIA: Final = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "xml": "application/xml"}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""An invoice has its styles within itself, and no right of this page's."""


async def document(own: Own, wanted: UUID, form: str) -> Response | None:
    """None for another person's. Raises StoreError for bytes that were damaged.

    What is made here is not kept: this process may add nothing to the books.
    """
    if form not in _MEDIA:
        return None
    if row := await own.document(wanted, form):
        if sha256(row["bytes"]).hexdigest() != row["sha256"]:
            raise StoreError(f"the {form} of {row['number']} that is kept was damaged", "ask your operator")
        return _answer(row["number"], form, row["bytes"])
    if form == ALWAYS and (row := await own.invoice(wanted)):
        return _answer(row["number"], form, await asyncio.to_thread(_made, row))
    return None


def _made(row: Row) -> bytes:
    return html(of_credit_note(row) if row["invoice"] else of_invoice(row)).encode()


def _answer(number: str, form: str, content: bytes) -> Response:
    shown = "inline" if form == ALWAYS else "attachment"
    named = {"Content-Disposition": f'{shown}; filename="{number}.{form}"'}
    return Response(content, media_type=_MEDIA[form], headers=_HEADERS | named)
