"""`lectern-admin credit`: what invoices burn before anybody pays."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.invoices.document import MOST_TEXT, Reason, text
from admin.commands.people.user import AsJson, Email, read_email
from admin.rows import NONE, as_json, money, priced, sum_of
from admin.when import day
from shared.accounts.emails import Address
from shared.billing import money as amounts
from shared.billing.credits import credits
from shared.billing.parties import profiles
from shared.billing.period import first_instant, local_day
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
    help="Credits that invoices burn.\n\n"
    "$ lectern-admin credit grant ada@example.org 20.00 --type promotional --reason Welcome\n"
    "$ lectern-admin credit list"
)

PARTS = ("burnt", "remaining", "expired", "voided", "paid_out")
SHOWN = (
    *("id", "user", "amount", "currency", "reason", "type", "state", *PARTS),
    *("expires_at", "used_at", "invoice_id", "credit_note_id", "payment_id", "voided_at", "created_at"),
)
FARTHEST = timedelta(days=36_525)


class Kind(StrEnum):
    PROMOTIONAL = "promotional"
    REFUND = "refund"
    COMPENSATION = "compensation"
    ADJUSTMENT = "adjustment"


@app.command(context_settings={"ignore_unknown_options": True})
def grant(
    email: Email,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in 20.00.")],
    kind: Annotated[
        Kind, typer.Option("--type", metavar="TYPE", help="promotional, refund, compensation or adjustment.")
    ],
    reason: Reason,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="The seller's, where unset.")] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day that it can be burnt.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Grant a credit: invoices that are sent burn it before anybody pays, what expires first before the rest.

    $ lectern-admin credit grant ada@example.org 20.00 --type promotional --reason Welcome
    $ lectern-admin credit grant ada@example.org 5.00 --type compensation --reason Outage --expires 2026-12-31
    """
    with ending():
        wanted, why = read_email(email), text(reason, "a reason", MOST_TEXT)
    row = run(_grant(wanted, amount, kind, why, currency, expires, now))
    if json:
        typer.echo(as_json(priced(row, SHOWN)))
        return
    output().print(f"[green]granted[/] {money(row['amount'], row['currency'])} to {exact(row['user'])}")


@app.command("list")
def list_credits(
    email: Annotated[
        str | None, typer.Argument(metavar="EMAIL", help="Only this user's.", show_default="all")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List credits in the order in which they are burnt, with what is left of each.

    $ lectern-admin credit list
    $ lectern-admin credit list ada@example.org --json
    """
    rows = run(_list(read_email(email) if email else None, now))
    if json:
        typer.echo(as_json([priced(row, SHOWN) for row in rows]))
    elif not rows:
        output().print(
            "There are no credits. [dim]lectern-admin credit grant EMAIL AMOUNT --type TYPE --reason TEXT[/]"
        )
    else:
        called = (Column("Credit"), Column("User"))
        sums = (Column("Amount", right=True), Column("Left", right=True), Column("", right=False))
        said = (Column("Type"), Column("State"), *sums, Column("Until"), Column("Reason", prose=True))
        show_table(output(), called, said, [_told(row) for row in rows])


@app.command()
def void(
    credit: Annotated[str, typer.Argument(metavar="ID", help="As listed.")],
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Take away what is left of a credit, for good. What was burnt stays burnt.

    $ lectern-admin credit void 0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11
    """
    with ending():
        try:
            wanted = UUID(credit.strip())
        except ValueError:
            raise InvalidRequest(
                f"{credit[:60]!r} is no id of a credit", "`lectern-admin credit list` shows them"
            ) from None
    row, left = run(_void(wanted, now))
    if json:
        typer.echo(as_json(priced(row, SHOWN)))
        return
    output().print(f"[green]voided[/] {money(left, row['currency'])} of {exact(row['user'])}")


_STATES = {"valid": "[green]valid[/]", "used": "[dim]used[/]", "expired": "[dim]expired[/]",
           "voided": "[dim]voided[/]", "paid_out": "[dim]paid out[/]"}  # fmt: skip


def _told(row: Row) -> tuple[str, ...]:
    code, ends = row["currency"], row["expires_at"]
    last = str(local_day(ends - timedelta(microseconds=1), row["zone"])) if ends else NONE
    return (
        str(row["id"]),
        exact(row["user"]),
        row["type"],
        _STATES[row["state"]],
        sum_of(row["amount"], code),
        sum_of(row["remaining"], code),
        code,
        last,
        words(row["reason"]),
    )


async def _grant(
    wanted: Address,
    amount: str,
    kind: Kind,
    reason: str,
    currency: str | None,
    expires: str | None,
    now: str | None,
) -> Row:
    async with billing("credit grant", now) as books:
        user = await books.user(wanted)
        seller = await profiles.seller(books.connection)
        code = amounts.currency(currency or seller.currency)
        read = amounts.read(amount, code)
        until = None
        if expires is not None:
            last = day(expires)
            if last - books.now.date() > FARTHEST:
                raise InvalidRequest(
                    f"{last} is more than a hundred years ahead", "leave --expires out: it never ends"
                )
            zone = (await profiles.customer(books.connection, user["id"])).zone
            until = first_instant(last + timedelta(days=1), zone)
            if until <= books.now:
                raise InvalidRequest(f"{last} is over in {zone}", "name a day to come")
        given = (user["id"], read, code, kind.value, reason, books.now)
        row = await credits.grant(books.connection, *given, expires_at=until)
        after = {"credit": row["id"], "amount": amounts.plain(read, code), "currency": code}
        after |= {"type": kind.value, "expires_at": until}
        await audit(books.connection, Change("credit grant", user_id=user["id"], after=after))
        return row | {"user": user["email"]}


async def _list(wanted: Address | None, now: str | None) -> list[Row]:
    async with billing("credit list", now) as books:
        user_id = (await books.accounts.user(wanted))["id"] if wanted else None
        return await credits.listed(books.connection, user_id, books.now)


async def _void(credit_id: UUID, now: str | None) -> tuple[Row, Decimal]:
    async with billing("credit void", now) as books:
        found = await credits.one(books.connection, credit_id, books.now)
        await lock_users(books.connection, [found["user_id"]])
        before = await credits.void(books.connection, credit_id, books.now)
        code, left = before["currency"], before["remaining"]
        after = {"credit": credit_id, "voided": amounts.plain(left, code), "currency": code}
        await audit(books.connection, Change("credit void", user_id=before["user_id"], after=after))
        return await credits.one(books.connection, credit_id, books.now), left
