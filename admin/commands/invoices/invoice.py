"""`lectern-admin invoice`: what people owe, what was corrected, and what came of it."""

from enum import StrEnum
from typing import Annotated

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.invoices import invoice_export, invoice_orders, invoice_pay_link
from admin.commands.invoices.document import on, show_invoice, show_note, state
from admin.commands.invoices.invoice_rows import LISTED, NOTES_LISTED, Number, invoice_json, note_json, whole
from admin.commands.people.user import AsJson, read_email
from admin.rows import as_json, money, priced, sum_of
from shared.accounts.emails import Address
from shared.billing.invoices import credit_notes, invoices
from shared.errors import InvalidRequest
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, words
from shared.terminal.program import Program
from shared.terminal.table import Column, show_table

app = Program(
    help="Invoices and credit notes.\n\n"
    "$ lectern-admin invoice list --status overdue\n"
    "$ lectern-admin invoice show LECT-2026-000001\n"
    "$ lectern-admin invoice export LECT-2026-000001\n"
    "$ lectern-admin invoice pay-link LECT-2026-000001"
)
app.command("export")(invoice_export.export)


class Status(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    PAID = "paid"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"


@app.command("list")
def list_invoices(
    notes: Annotated[bool, typer.Option("--credit-notes", help="Credit notes in place of invoices.")] = False,
    user: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only this user's.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only invoices that are so.")] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List invoices or credit notes, the newest first.

    $ lectern-admin invoice list
    $ lectern-admin invoice list --user ada@example.org --status overdue
    $ lectern-admin invoice list --credit-notes
    """
    with ending():
        if notes and status:
            raise InvalidRequest("a credit note has no status", "leave --status or --credit-notes out")
        wanted = read_email(user) if user else None
    rows = run(_list(wanted, status, now, notes=notes))
    if json:
        typer.echo(as_json([priced(row, NOTES_LISTED if notes else LISTED) for row in rows]))
        return
    whose = () if wanted else (Column("User"),)
    if not rows:
        output().print("There are no credit notes." if notes else "There are no invoices.")
    elif notes:
        called = (Column("Credit note"), *whose)
        about = (
            Column("Issued"),
            Column("Corrects"),
            Column("Total", right=True),
            Column("Reason", prose=True),
        )
        show_table(output(), called, about, [_told_note(row, whose=bool(whose)) for row in rows])
    else:
        called = (Column("Invoice"), *whose)
        sums = (Column("Total", right=True), Column("Due", right=True), Column(""))
        said = (Column("State"), Column("Issued"), Column("Due by"), *sums)
        show_table(output(), called, said, [_told(row, whose=bool(whose)) for row in rows])


@app.command()
def show(number: Number, now: Now = None, json: AsJson = False) -> None:
    """Show an invoice or a credit note: its lines, its tax, and what was paid, burnt and credited.

    $ lectern-admin invoice show LECT-2026-000001
    $ lectern-admin invoice show LECT-CN-2026-000001 --json
    """
    found, settled, is_note = run(_show(number, now))
    if json:
        typer.echo(as_json(note_json(found) if is_note else invoice_json(found, settled)))
    elif is_note:
        show_note(output(), found)
    else:
        show_invoice(output(), found, settled)


for order in (invoice_orders.send, invoice_orders.credit, invoice_orders.cancel, invoice_orders.note):
    app.command()(order)
app.command("pay-link")(invoice_pay_link.pay_link)


def _told(row: Row, *, whose: bool) -> tuple[str, ...]:
    code = row["currency"]
    return (
        exact(row["number"]),
        *((exact(row["user"]),) if whose else ()),
        state(row["status"]),
        on(row, "issue_date"),
        on(row, "due_date"),
        sum_of(row["total"], code),
        sum_of(row["due"], code),
        code,
    )


def _told_note(row: Row, *, whose: bool) -> tuple[str, ...]:
    return (
        exact(row["number"]),
        *((exact(row["user"]),) if whose else ()),
        on(row, "issue_date"),
        exact(row["invoice"]),
        money(row["total"], row["currency"]),
        words(row["reason"]),
    )


async def _list(wanted: Address | None, status: Status | None, now: str | None, *, notes: bool) -> list[Row]:
    async with billing("invoice list", now) as books:
        user_id = (await books.accounts.user(wanted))["id"] if wanted else None
        if notes:
            return await credit_notes.listed(books.connection, user_id)
        return await invoices.listed(books.connection, user_id, status)


async def _show(number: str, now: str | None) -> tuple[Row, list[Row], bool]:
    async with billing("invoice show", now) as books:
        if note := await credit_notes.find(books.connection, number):
            return note, [], True
        return *await whole(books.connection, number), False
