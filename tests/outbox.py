"""Invoices that wait to be delivered."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.billing import outbox
from shared.billing.invoices.sending import SENT
from tests.billing import NOW, add_invoice, add_user


async def waiting_invoice(
    connection: AsyncConnection[Any], email: str, *, kept: bool = True
) -> tuple[UUID, str]:
    """The user and the invoice's number; its documents are kept already, unless they are to be made."""
    async with connection.transaction():
        user = await add_user(connection, email)
        row = await add_invoice(connection, user)
        for form in ("html", "pdf") if kept else ():
            await keep(connection, row["id"], form, f"{form} of {row['number']}".encode())
        await outbox.put(connection, SENT, user, row["id"], {"number": row["number"]}, NOW)
    return user, row["number"]


async def keep(connection: AsyncConnection[Any], document_id: UUID, form: str, made: bytes) -> None:
    """As what was first made of a document."""
    await connection.execute(
        """INSERT INTO invoice_documents (document_id, form, bytes, sha256, template_version)
           VALUES (%(id)s, %(form)s, %(bytes)s, %(sha256)s, 1)""",
        {"id": document_id, "form": form, "bytes": made, "sha256": sha256(made).hexdigest()},
    )
