"""Payments, listed and shown."""

from enum import StrEnum
from typing import Annotated

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.payments.payment_rows import Payment, payment_json, show_payment, show_payments
from admin.commands.payments.refund_rows import (
    dispute_fact,
    dispute_json,
    refund_fact,
    refund_json,
    show_refunds,
)
from admin.commands.people.user import AsJson, read_email
from admin.rows import as_json
from shared.accounts.emails import Address
from shared.billing.payments import payments
from shared.billing.payments.reversals import disputes, refunds
from shared.errors import InvalidRequest
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUNDED = "refunded"


def list_payments(
    user: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only this user's.")] = None,
    invoice: Annotated[str | None, typer.Option(metavar="NUMBER", help="Only of this invoice.")] = None,
    status: Annotated[
        Status | None,
        typer.Option(metavar="STATE", help="pending, processing, completed, failed or refunded."),
    ] = None,
    refunded: Annotated[
        bool, typer.Option("--refunds", help="What went back, or is to, in place of them.")
    ] = False,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List payments, one an attempt, or refunds; the newest first.

    $ lectern-admin payment list
    $ lectern-admin payment list --refunds --status pending
    $ lectern-admin payment list --user ada@example.org --status failed
    """
    with ending():
        if refunded and status in (Status.PROCESSING, Status.REFUNDED):
            raise InvalidRequest(f"no refund is {status.value}", "it is pending, completed or failed")
        wanted = read_email(user) if user else None
    rows = run(_list(wanted, invoice, status, now, refunded=refunded))
    if refunded:
        if json:
            typer.echo(as_json([refund_json(row) for row in rows]))
        elif not rows:
            output().print("There are no refunds.")
        else:
            show_refunds(output(), rows, whose=user is None)
    elif json:
        typer.echo(as_json([payment_json(row) for row in rows]))
    elif not rows:
        output().print("There are no payments.")
    else:
        show_payments(output(), rows, whose=user is None)


def show(payment: Payment, now: Now = None, json: AsJson = False) -> None:
    """Show a payment: how it was tried, where it stands, and why; what went back of it, and what a bank disputes.

    $ lectern-admin payment show 0b7a9c1e
    """
    row, gone, disputed = run(_show(payment, now))
    if json:
        told = {"refunds": list(map(refund_json, gone)), "disputes": list(map(dispute_json, disputed))}
        typer.echo(as_json(payment_json(row) | told))
    else:
        show_payment(output(), row, [*map(refund_fact, gone), *map(dispute_fact, disputed)])


async def _list(
    wanted: Address | None, invoice: str | None, status: Status | None, now: str | None, *, refunded: bool
) -> list[Row]:
    async with billing("payment list", now) as books:
        user_id = (await books.accounts.user(wanted))["id"] if wanted else None
        invoice_id = (await payments.due(books.connection, invoice))["id"] if invoice else None
        listed = refunds.listed if refunded else payments.listed
        return await listed(
            books.connection, user_id=user_id, invoice_id=invoice_id, status=status and status.value
        )


async def _show(named: str, now: str | None) -> tuple[Row, list[Row], list[Row]]:
    async with billing("payment show", now) as books:
        row = await payments.find(books.connection, named)
        gone = await refunds.listed(books.connection, payment_id=row["id"])
        return row, gone[::-1], await disputes.listed(books.connection, row["id"])
