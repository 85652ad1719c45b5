"""Payments, listed and shown."""

from enum import StrEnum
from typing import Annotated

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.payment_rows import Payment, payment_json, show_payment, show_payments
from admin.commands.user import AsJson, read_email
from admin.rows import as_json
from shared.accounts.emails import Address
from shared.billing.payments import payments
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import run


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUNDED = "refunded"


def list_payments(
    user: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only this user's.")] = None,
    invoice: Annotated[str | None, typer.Option(metavar="NUMBER", help="Only of this invoice.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only payments that are so.")] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List payments, one an attempt, the newest first.

    $ lectern-admin payment list
    $ lectern-admin payment list --user ada@example.org --status failed
    """
    rows = run(_list(read_email(user) if user else None, invoice, status, now))
    if json:
        typer.echo(as_json([payment_json(row) for row in rows]))
    elif not rows:
        output().print("There are no payments.")
    else:
        show_payments(output(), rows, whose=user is None)


def show(payment: Payment, now: Now = None, json: AsJson = False) -> None:
    """Show a payment: how it was tried, where it stands, and why.

    $ lectern-admin payment show 0b7a9c1e
    """
    row = run(_show(payment, now))
    if json:
        typer.echo(as_json(payment_json(row)))
    else:
        show_payment(output(), row)


async def _list(
    wanted: Address | None, invoice: str | None, status: Status | None, now: str | None
) -> list[Row]:
    async with billing("payment list", now) as books:
        user_id = (await books.accounts.user(wanted))["id"] if wanted else None
        invoice_id = (await payments.due(books.connection, invoice))["id"] if invoice else None
        return await payments.listed(
            books.connection, user_id=user_id, invoice_id=invoice_id, status=status and status.value
        )


async def _show(named: str, now: str | None) -> Row:
    async with billing("payment show", now) as books:
        return await payments.find(books.connection, named)
