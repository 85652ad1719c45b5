"""`lectern-admin customer statement`: what somebody owed, what moved it, and what is due."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console

from admin import when
from admin.commands.billing_session import Now, billing
from admin.commands.people.user import AsJson, Email, read_email
from admin.rows import as_json, sum_of
from shared.accounts.emails import Address
from shared.billing.money import plain
from shared.billing.parties import profiles
from shared.billing.period import local_day
from shared.billing.reports import reports
from shared.billing.reports.statement import MOVEMENTS, Account, accounts
from shared.errors import InvalidRequest
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.table import Column, show_table


def statement(
    email: Email,
    since: Annotated[str, typer.Option(metavar="DATE", help="The first day that is listed.")],
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Show what a user owed, each invoice, credit note, payment and credit since, and what is due.

    Days are those of the seller's zone.

    $ lectern-admin customer statement ada@example.org --since 2026-01-01
    """
    with ending():
        begun = when.day(since)
    user, found = run(_statement(read_email(email), begun, now))
    if json:
        typer.echo(as_json({"user": user, "since": begun, "currencies": [_as_json(one) for one in found]}))
        return
    console = output()
    console.print(f"[bold]{exact(user)}[/]", soft_wrap=True)
    for account in found:
        console.print()
        _draw(console, account, begun)
    if not found:
        console.print(f"Nothing was due on {begun} or has moved since.")


def _draw(console: Console, account: Account, since: date) -> None:
    code = account.currency
    listed = [
        (
            str(one.day),
            MOVEMENTS[one.type],
            exact(one.document),
            sum_of(one.amount, code),
            sum_of(one.balance, code),
        )
        for one in account.movements
    ]
    show_table(
        console,
        (Column("Day"), Column(""), Column("Document")),
        (Column("Amount", right=True), Column(f"Due {code}", right=True)),
        [
            (str(since), "opening", "", "", sum_of(account.opening, code)),
            *listed,
            ("", "[bold]due[/]", "", "", f"[bold]{sum_of(account.closing, code)}[/]"),
        ],
    )


def _as_json(account: Account) -> dict[str, Any]:
    code = account.currency
    return {
        "currency": code,
        "opening": plain(account.opening, code),
        "movements": [
            asdict(one) | {"amount": plain(one.amount, code), "balance": plain(one.balance, code)}
            for one in account.movements
        ],
        "closing": plain(account.closing, code),
    }


async def _statement(wanted: Address, since: date, now: str | None) -> tuple[str, list[Account]]:
    async with billing("customer statement", now) as books:
        today = local_day(books.now, (await profiles.seller(books.connection)).zone)
        if since > today:
            raise InvalidRequest(f"{since} is yet to come", f"today is {today}: name an earlier day")
        user = await books.accounts.user(wanted)
        return user["email"], accounts(await reports.movements(books.connection, user["id"]), since)
