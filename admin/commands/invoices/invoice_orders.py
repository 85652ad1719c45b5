"""What an operator does with an invoice: send, credit, cancel, note."""

from typing import Annotated, Any

import typer

from admin.commands.billing_session import Books, Now, billing
from admin.commands.invoices.document import MOST_TEXT, Reason, text
from admin.commands.invoices.invoice_rows import Number, invoice_json, note_json, whole
from admin.commands.people.user import AsJson
from admin.rows import as_json, money
from shared.billing import money as amounts
from shared.billing.cycle import rate
from shared.billing.cycle.run import Run
from shared.billing.invoices import credit_notes, drafts, invoices, sending
from shared.billing.invoices.invoice import CANCELLED, DRAFT, OPEN
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact


def send(number: Number, now: Now = None, json: AsJson = False) -> None:
    """Send a draft now, in place of the next billing run, with what was used of months that ended.

    $ lectern-admin invoice send DRAFT-0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11
    """
    row, settled = run(_send(number, now))
    if json:
        typer.echo(as_json(invoice_json(row, settled)))
        return
    output().print(f"[green]sent[/] {exact(row['number'])}: {money(row['total'], row['currency'])}")


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
        typer.echo(as_json(note_json(note)))
        return
    output().print(
        f"[green]credited[/] {money(note['total'], note['currency'])} of {note['invoice']} by {note['number']}"
    )


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
        typer.echo(as_json(invoice_json(row, settled) | {"credit_note": note and note["number"]}))
        return
    by = f" by {note['number']}" if note else ""
    word = "cancelled" if row["status"] == CANCELLED else "credited"
    output().print(f"[green]{word}[/] {exact(row['number'])}{by}")


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
        typer.echo(as_json(invoice_json(row, settled)))
        return
    output().print(f"[green]changed[/] {exact(row['number'])}")


async def _send(number: str, now: str | None) -> tuple[Row, list[Row]]:
    async with billing("invoice send", now) as books:
        row = await _locked(books, number)
        if row["status"] != DRAFT:
            raise InvalidRequest(f"{row['number']} is {row['status']} already", "only a draft is sent")
        await _rate(books, row)
        await drafts.compose(books.connection, [row["user_id"]], books.now)
        await sending.send(books.connection, [row["user_id"]], books.now, only=row["id"])
        sent = await invoices.find(books.connection, str(row["id"]))
        if sent["status"] == DRAFT:
            raise InvalidRequest(f"it cannot be sent: {sent['draft_reason']}")
        await audit(books.connection, _change("invoice send", row, None))
        return await whole(books.connection, str(row["id"]))


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
            await _rate(books, row)
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
        return *await whole(books.connection, number), made and await _issued(books, made)


async def _note(number: str, said: str | None, now: str | None) -> tuple[Row, list[Row]]:
    async with billing("invoice note", now) as books:
        row = await _locked(books, number)
        await invoices.note(books.connection, row, said)
        await audit(books.connection, _change("invoice note", row, None))
        return await whole(books.connection, number)


async def _locked(books: Books, number: str) -> Row:
    """As it stands once nobody else can change it. Raises InvalidRequest."""
    found = await invoices.find(books.connection, number)
    await lock_users(books.connection, [found["user_id"]])
    return await invoices.find(books.connection, str(found["id"]))


async def _rate(books: Books, draft: Row) -> None:
    """What was used by now of months that ended."""
    await rate.work(books.connection, [draft["user_id"]], Run(books.now, books.grace))


async def _issued(books: Books, made: Row) -> Row:
    return await credit_notes.find(books.connection, made["number"]) or made


def _change(action: str, row: Row, made: Row | None) -> Change:
    after: dict[str, Any] = {"invoice": row["number"]}
    if made:
        total = amounts.plain(made["total"], made["currency"])
        after |= {"credit_note": made["number"], "total": total, "currency": made["currency"]}
    return Change(action, user_id=row["user_id"], before={"status": row["status"]}, after=after)
