"""`lectern-admin invoice`: what people owe, what was corrected, and what came of it."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from admin.commands.billing_session import Books, Now, billing
from admin.commands.document import MOST_TEXT, Reason, on, show_invoice, show_note, state, text
from admin.commands.user import AsJson, read_email
from admin.rows import as_json, money, priced, sum_of
from shared.accounts.emails import Address
from shared.billing import money as amounts
from shared.billing.invoices import credit_notes, drafts, invoices, sending
from shared.billing.invoices.invoice import CANCELLED, DRAFT, OPEN
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, words
from shared.terminal.program import Program
from shared.terminal.table import Column, show_table

app = Program(
    help="Invoices and credit notes.\n\n"
    "$ lectern-admin invoice list --status overdue\n"
    "$ lectern-admin invoice show LECT-2026-000001"
)

Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="As listed, such as LECT-2026-000001, or an id.")
]

_SUMS = ("subtotal", "tax", "total")
LISTED = (
    *("id", "user", "number", "kind", "plan", "period", "status", "draft_reason", *_SUMS, "due", "currency"),
    *("issue_date", "due_date", "paid_date", "created_at", "updated_at"),
)
SHOWN = (
    *LISTED,
    *("subscription_id", "items", "tax_groups", "burnt", "given_back", "credited", "granted", "paid"),
    *("refunded", "seller", "template_version", "metadata", "settled_by"),
)
NOTES_LISTED = (
    *("id", "user", "number", "invoice", "reason", *_SUMS, "granted", "given_back", "currency"),
    *("issue_date", "created_at"),
)
NOTES_SHOWN = (*NOTES_LISTED, "invoice_id", "pending_id", "period", "items", "tax_groups", "metadata")


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
        typer.echo(as_json(_note_json(found) if is_note else _json(found, settled)))
    elif is_note:
        show_note(output(), found)
    else:
        show_invoice(output(), found, settled)


@app.command()
def send(number: Number, now: Now = None, json: AsJson = False) -> None:
    """Send a draft now, in place of the next billing run.

    $ lectern-admin invoice send DRAFT-0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11
    """
    row, settled = run(_send(number, now))
    if json:
        typer.echo(as_json(_json(row, settled)))
        return
    output().print(f"[green]sent[/] {exact(row['number'])}: {money(row['total'], row['currency'])}")


@app.command()
def credit(
    number: Number,
    reason: Reason,
    amount: Annotated[
        str | None, typer.Option(metavar="X", help="With tax.", show_default="all that is left")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Correct an invoice that was sent, by a credit note: it lowers what is due, and gives back what was paid.

    Payments come back as a refund credit, burnt credits as what they were.

    $ lectern-admin invoice credit LECT-2026-000001 --amount 12.00 --reason 'Agreed by phone'
    $ lectern-admin invoice credit LECT-2026-000001 --reason 'Made out twice'
    """
    with ending():
        why = text(reason, "a reason", MOST_TEXT)
    note = run(_credit(number, amount, why, now))
    if json:
        typer.echo(as_json(_note_json(note)))
        return
    output().print(
        f"[green]credited[/] {money(note['total'], note['currency'])} of {note['invoice']} by {note['number']}"
    )


@app.command()
def cancel(
    number: Number,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; its reader sees it.")] = "Cancelled",
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Cancel an invoice. What a draft carries is waived; one that was sent is credited whole.

    $ lectern-admin invoice cancel LECT-2026-000001
    """
    with ending():
        why = text(reason, "a reason", MOST_TEXT)
    row, settled, note = run(_cancel(number, why, now))
    if json:
        typer.echo(as_json(_json(row, settled) | {"credit_note": note and note["number"]}))
        return
    by = f" by {note['number']}" if note else ""
    word = "cancelled" if row["status"] == CANCELLED else "credited"
    output().print(f"[green]{word}[/] {exact(row['number'])}{by}")


@app.command()
def note(
    number: Number,
    words_on_it: Annotated[str, typer.Argument(metavar="TEXT", help="What it says; empty ends that.")],
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Write a note on a draft.

    $ lectern-admin invoice note DRAFT-0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11 'Order 4711'
    """
    with ending():
        said = text(words_on_it, "a note", MOST_TEXT) if words_on_it.strip() else None
    row, settled = run(_note(number, said, now))
    if json:
        typer.echo(as_json(_json(row, settled)))
        return
    output().print(f"[green]changed[/] {exact(row['number'])}")


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


def _json(row: Row, settled: list[Row]) -> dict[str, Any]:
    code = row["currency"]
    told = [one | {"amount": amounts.plain(one["amount"], code)} for one in settled]
    return priced(row | {"settled_by": told}, SHOWN)


def _note_json(row: Row) -> dict[str, Any]:
    return priced(row, NOTES_SHOWN)


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
        return *await _told_whole(books, number), False


async def _send(number: str, now: str | None) -> tuple[Row, list[Row]]:
    async with billing("invoice send", now) as books:
        row = await _locked(books, number)
        if row["status"] != DRAFT:
            raise InvalidRequest(f"{row['number']} is {row['status']} already", "only a draft is sent")
        await drafts.compose(books.connection, [row["user_id"]], books.now)
        await sending.send(books.connection, [row["user_id"]], books.now, only=row["id"])
        sent = await invoices.find(books.connection, str(row["id"]))
        if sent["status"] == DRAFT:
            raise InvalidRequest(f"it cannot be sent: {sent['draft_reason']}")
        await audit(books.connection, _change("invoice send", row, None))
        return await _told_whole(books, str(row["id"]))


async def _credit(number: str, amount: str | None, reason: str, now: str | None) -> Row:
    async with billing("invoice credit", now) as books:
        row = await _locked(books, number)
        gross = None if amount is None else amounts.read(amount, row["currency"])
        made = await credit_notes.issue(books.connection, row["id"], reason, books.now, gross=gross)
        await audit(books.connection, _change("invoice credit", row, made))
        return await _issued(books, made)


async def _cancel(number: str, reason: str, now: str | None) -> tuple[Row, list[Row], Row | None]:
    async with billing("invoice cancel", now) as books:
        row = await _locked(books, number)
        made = None
        if row["status"] == DRAFT:
            await drafts.waive(books.connection, row, books.now)
        elif row["status"] in OPEN:
            made = await credit_notes.issue(books.connection, row["id"], reason, books.now)
        elif row["status"] == CANCELLED:
            raise InvalidRequest(f"{row['number']} is cancelled already", "nothing is left to do")
        else:
            raise InvalidRequest(
                f"{row['number']} is paid",
                f"give it back: lectern-admin invoice credit {row['number']} --reason TEXT",
            )
        await audit(books.connection, _change("invoice cancel", row, made))
        return *await _told_whole(books, number), made and await _issued(books, made)


async def _note(number: str, said: str | None, now: str | None) -> tuple[Row, list[Row]]:
    async with billing("invoice note", now) as books:
        row = await _locked(books, number)
        await invoices.note(books.connection, row, said)
        await audit(books.connection, _change("invoice note", row, None))
        return await _told_whole(books, number)


async def _locked(books: Books, number: str) -> Row:
    """As it stands once nobody else can change it. Raises InvalidRequest."""
    found = await invoices.find(books.connection, number)
    await lock_users(books.connection, [found["user_id"]])
    return await invoices.find(books.connection, str(found["id"]))


async def _told_whole(books: Books, number: str) -> tuple[Row, list[Row]]:
    row = await invoices.find(books.connection, number)
    return row, await invoices.settled_by(books.connection, row["id"])


async def _issued(books: Books, made: Row) -> Row:
    return await credit_notes.find(books.connection, made["number"]) or made


def _change(action: str, row: Row, made: Row | None) -> Change:
    after: dict[str, Any] = {"invoice": row["number"]}
    if made:
        total = amounts.plain(made["total"], made["currency"])
        after |= {"credit_note": made["number"], "total": total, "currency": made["currency"]}
    return Change(action, user_id=row["user_id"], before={"status": row["status"]}, after=after)
