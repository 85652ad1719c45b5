"""`lectern-admin method`: how people pay."""

import sys
from datetime import date
from getpass import getpass
from typing import Annotated, Any, Final

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.payments.hosted_page import Chosen, Provider, show_page
from admin.commands.payments.method_rows import LISTED, name, show_methods
from admin.commands.payments.payment_session import desk
from admin.commands.people.user import AsJson, Email, read_email
from admin.rows import as_json, minute, picked
from shared.accounts.emails import Address
from shared.billing.payments.methods import detaching, method, method_links, methods
from shared.billing.payments.methods.provider_customers import customer
from shared.billing.payments.providers.configured import return_url
from shared.errors import InvalidRequest
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, sentence
from shared.terminal.program import Program

app = Program(
    help="How people pay: cards, bank accounts and SEPA debits. Providers keep the numbers, Lectern tokens.\n\n"
    "$ lectern-admin method link ada@example.org\n"
    "$ lectern-admin method list"
)

_MOST_TOKEN: Final = 1000


Method = Annotated[str, typer.Argument(metavar="METHOD", help="Its id as listed, or how that begins.")]


@app.command()
def link(email: Email, provider: Chosen = None, now: Now = None, json: AsJson = False) -> None:
    """Print a page of the provider on which a person adds a method.

    What they add is taken in by the next billing run. The same page is printed again until it is used, or ends.

    $ lectern-admin method link ada@example.org
    $ lectern-admin method link ada@example.org --provider paypal
    """
    row = run(_link(read_email(email), provider, now))
    if json:
        typer.echo(as_json(picked(row, ("user", "provider", "url", "created_at", "expires_at"))))
        return
    until = f", until {minute(row['expires_at'])}" if row["expires_at"] else ""
    said = f"{exact(row['user'])} adds a method on this page of {row['provider']}{until}"
    show_page(row["url"], said)


@app.command()
def add(
    email: Email,
    provider: Chosen = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN", help="As in pm_1PqR...; - reads it from standard input.", show_default="asked"
        ),
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="Charge it from now on.")] = False,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Add a method that the provider has, by its token. The first one of a user is charged from then on.

    So is one that takes the place of a method that expired or failed. Never type the number of a card or an account.

    $ lectern-admin method add ada@example.org --provider stripe --token pm_1PqRsT2eZvKYlo2C
    $ lectern-admin method add ada@example.org --default
    """
    with ending():
        wanted, read = read_email(email), method.token(_token(token))
    row = run(_add(wanted, provider, read, now, default=default))
    if json:
        typer.echo(as_json(picked(row, LISTED)))
        return
    charged = ", and charged from now on" if row["is_default"] else ""
    output().print(f"[green]added[/] {name(row)} to {exact(row['user'])}{charged}")


@app.command("list")
def list_methods(
    email: Annotated[
        str | None, typer.Argument(metavar="EMAIL", help="Only this user's.", show_default="all")
    ] = None,
    removed: Annotated[bool, typer.Option("--removed", help="Removed ones too.")] = False,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List methods, the one that is charged first.

    $ lectern-admin method list
    $ lectern-admin method list ada@example.org --removed
    """
    rows, today = run(_list(read_email(email) if email else None, now, removed=removed))
    if json:
        typer.echo(as_json([picked(row, LISTED) for row in rows]))
    elif not rows:
        output().print("There are no methods. [dim]lectern-admin method link EMAIL[/]")
    else:
        show_methods(output(), rows, today, whose=email is None)


@app.command("default")
def make_default(email: Email, wanted: Method, now: Now = None, json: AsJson = False) -> None:
    """Charge this method from now on. Invoices that wait for a payment are tried with it by the next billing run.

    $ lectern-admin method default ada@example.org 0b7a9c1e
    """
    row, changed = run(_make_default(read_email(email), wanted, now))
    if json:
        typer.echo(as_json(picked(row, LISTED)))
    elif changed:
        output().print(f"[green]changed[/] {exact(row['user'])} pays by {name(row)}")
    else:
        output().print(f"{exact(row['user'])} pays by {name(row)} already.")


@app.command()
def remove(email: Email, wanted: Method, now: Now = None, json: AsJson = False) -> None:
    """Remove a method, here at once and at its provider. The newest of those that are left is charged in its place.

    What is being charged with it ends as it will: then the provider detaches it.

    $ lectern-admin method remove ada@example.org 0b7a9c1e
    """
    row, heir, why = run(_remove(read_email(email), wanted, now))
    if json:
        typer.echo(as_json(picked(row, LISTED) | {"default": heir and heir["id"]}))
        return
    console, by = output(), row["provider"]
    console.print(f"[green]removed[/] {name(row)} of {exact(row['user'])}")
    if row["charging"]:
        numbers = ", ".join(map(exact, row["charging"]))
        said = (
            f"[yellow]{numbers} is being charged with it[/]: that ends as it will, and then {by} detaches it"
        )
        console.print(said, soft_wrap=True)
    elif not row["detached_at"]:
        said = f"[yellow]{by} did not detach it yet[/]: the next billing run tries again"
        console.print(said + (f" [dim]({sentence(why)})[/]" if why else ""), soft_wrap=True)
    if heir:
        console.print(f"{exact(row['user'])} pays by {name(heir)} now")
    elif row["was_default"]:
        hint = f"[dim]lectern-admin method link {exact(row['user'])}[/]"
        console.print(
            f"{exact(row['user'])} has no method any more, and is reminded instead {hint}", soft_wrap=True
        )


def _token(given: str | None) -> str:
    """Raises InvalidRequest."""
    if given == "-":
        return sys.stdin.readline(_MOST_TOKEN)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise InvalidRequest(
            "there is no terminal to type a token in", "give it by --token, or - for standard input"
        )
    return getpass("Token (is not shown): ")


async def _link(wanted: Address, provider: Provider | None, now: str | None) -> Row:
    async with desk("method link", now) as at:
        user = await at.user(wanted)
        charger, back = at.charger(provider), return_url(at.settings)
        row = await method_links.link(at.till, charger, user["id"], back, at.now)
        async with at.till.transaction(user["id"]) as connection:
            after = {"provider": charger.name, "link": row["id"]}
            await audit(connection, Change("method link", user_id=user["id"], after=after))
        return row | {"user": user["email"]}


async def _add(
    wanted: Address, provider: Provider | None, token: str, now: str | None, *, default: bool
) -> Row:
    async with desk("method add", now) as at:
        user = await at.user(wanted)
        charger = at.charger(provider)
        seen = await charger.method(token, await customer(at.till, charger, user["id"]))
        async with at.till.transaction(user["id"]) as connection:
            row = await methods.add(connection, user["id"], charger.name, seen, at.now, default=default)
            if row["removed_at"]:
                raise InvalidRequest(
                    "that method was removed, and stays so",
                    f"let its owner add it anew: lectern-admin method link {user['email']}",
                )
            await audit(connection, _change("method add", row))
        return row


async def _list(wanted: Address | None, now: str | None, *, removed: bool) -> tuple[list[Row], date]:
    async with billing("method list", now) as books:
        user_id = (await books.accounts.user(wanted))["id"] if wanted else None
        return await methods.listed(books.connection, user_id, removed=removed), books.now.date()


async def _make_default(wanted: Address, named: str, now: str | None) -> tuple[Row, bool]:
    async with billing("method default", now) as books:
        user = await books.user(wanted)
        row = await methods.find(books.connection, user, named)
        if row["is_default"]:
            return row, False
        if method.lasts(row["expiry_month"], row["expiry_year"], books.now.date()) == "past":
            name = method.called(row["type"], row["brand"], row["last_four"])
            raise InvalidRequest(
                f"{name} expired", f"name another, or add one: lectern-admin method link {user['email']}"
            )
        await methods.make_default(books.connection, row)
        await audit(books.connection, _change("method default", row))
        return await methods.one(books.connection, row["id"]), True


async def _remove(wanted: Address, named: str, now: str | None) -> tuple[Row, Row | None, str | None]:
    """The row as it is then, the default in its place, and why its provider has it still."""
    async with desk("method remove", now) as at:
        user = await at.user(wanted)
        async with at.till.transaction(user["id"]) as connection:
            row = await methods.find(connection, user, named)
            heir = await methods.remove(connection, row, at.now)
            await audit(connection, _change("method remove", row))
        await detaching.detach_removed(at.till, at.now, user["id"])
        async with at.till.transaction() as connection:
            after = await methods.one(connection, row["id"])
        if row["provider"] not in at.till.chargers:
            why: str | None = f"{row['provider']} is not configured"
        else:
            why = next(iter([*at.till.stopped.values(), *at.till.notes]), None)
        return after | {"was_default": row["is_default"]}, heir, why


def _change(action: str, row: Row) -> Change:
    after: dict[str, Any] = {"method": row["id"], "provider": row["provider"], "type": row["type"]}
    return Change(action, user_id=row["user_id"], after=after)
