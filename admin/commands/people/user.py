"""`lectern-admin user`: who may ask, and how much all of one's keys may together."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from psycopg import AsyncConnection

from admin.commands.payments.payment_session import desk
from admin.commands.people import secret
from admin.commands.session import accounts, session
from admin.rows import NONE, as_json, day, minute, number
from shared.accounts import passwords
from shared.accounts.emails import Address, address
from shared.accounts.limits import MOST
from shared.accounts.rules.groups import Groups
from shared.accounts.store import LIMITS, Accounts
from shared.billing import clock, holds
from shared.billing.payments.methods import detaching
from shared.counted import counted
from shared.errors import InvalidRequest, UserUnknown
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, sentence
from shared.terminal.program import Program
from shared.terminal.table import Column, show_facts, show_table

app = Program(help="People who ask.\n\n$ lectern-admin user add ada@example.org\n$ lectern-admin user list")

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="As in ada@example.org.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read a password from standard input.")]
InternalDomain = Annotated[bool, typer.Option("--internal-domain", help="Allow names such as host.local.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_UNLIMITED = "[dim]no limit[/]"
_LIMITED = {
    "month_requests": "requests a month",
    "month_tokens": "tokens a month",
    "concurrent": "calls at once",
}


@app.command()
def add(
    email: Email,
    password_stdin: PasswordStdin = False,
    internal_domain: InternalDomain = False,
    json: AsJson = False,
) -> None:
    """Add a user. A password is only for signing in to the service over HTTP.

    $ lectern-admin user add ada@example.org
    $ lectern-admin user add ada@build.local --internal-domain
    """
    with ending():
        wanted = address(email, internal=internal_domain)
        hashed = passwords.hashed(secret.from_stdin()) if password_stdin else None
    row = run(_add(wanted, hashed))
    if json:
        typer.echo(as_json(row))
        return
    output().print(f"[green]added[/] {exact(row['email'])}")
    hint = f"[dim]give them a key:[/] lectern-admin key create {exact(row['email'])}"
    output().print(hint, soft_wrap=True)


@app.command("list")
def list_users(json: AsJson = False) -> None:
    """List all users.

    $ lectern-admin user list
    """
    rows = run(_list())
    if json:
        typer.echo(as_json(rows))
    elif not rows:
        output().print("There are no users. [dim]lectern-admin user add EMAIL[/]")
    else:
        told = [
            (exact(row["email"]), state(row), number(row["valid_keys"]), day(row["created_at"]))
            for row in rows
        ]
        show_table(
            output(),
            (Column("User"),),
            (Column("State"), Column("Keys", right=True), Column("Since")),
            told,
        )


@app.command()
def show(email: Email, json: AsJson = False) -> None:
    """Show a user with limits, keys and groups.

    $ lectern-admin user show ada@example.org
    """
    user, limits, keys, groups = run(_show(read_email(email)))
    if json:
        typer.echo(as_json(user | {"limits": limits, "keys": keys, "groups": groups}))
        return
    console = output()
    console.print(f"[bold]{exact(user['email'])}[/]  {state(user)}", soft_wrap=True)
    facts = [
        ("id", str(user["id"])),
        ("since", minute(user["created_at"])),
        ("password", "set" if user["has_password"] else NONE),
        ("signs in by", exact(user["oauth_provider"]) if user["oauth_provider"] else NONE),
        *_told_limits(limits),
        ("keys", ", ".join(key["key_prefix"] for key in keys if not key["revoked_at"]) or NONE),
        ("groups by an operator", _told_groups(groups, "operator")),
        ("groups by the provider", _told_groups(groups, "claim")),
    ]
    show_facts(console, facts)


@app.command()
def disable(email: Email) -> None:
    """Refuse all of a user's calls, within 30 seconds. Nothing is lost.

    $ lectern-admin user disable ada@example.org
    """
    _set_disabled(email, disabled=True)


@app.command()
def enable(email: Email) -> None:
    """Let a disabled user ask again.

    $ lectern-admin user enable ada@example.org
    """
    _set_disabled(email, disabled=False)


@app.command()
def remove(email: Email, yes: Yes = False) -> None:
    """Remove address, password, names of keys, questions and whom invoices are made out to, and revoke the keys.

    Counts of calls and invoices stay, because books rest on them. Methods of payment go at their providers too.
    Refused while money is still to come or to be given back: a subscription runs, usage is not billed, an invoice is
    open, a payment or refund is on its way, a refund credit is left.

    $ lectern-admin user remove ada@example.org
    """
    with ending():
        wanted = read_email(email)
        if not yes and not sys.stdin.isatty():
            raise InvalidRequest("nothing is removed without being asked", "add --yes")
    user, _, keys, _ = run(_show(wanted))
    if not yes:
        live = sum(not key["revoked_at"] for key in keys)
        typer.confirm(f"Remove {user['email']} and revoke {counted(live, 'key')}?", abort=True, err=True)
    left, why = run(_remove(user))
    output().print(f"[green]removed[/] {exact(user['email'])}")
    if left:
        told = f"{counted(left, 'method')} of payment {'is' if left == 1 else 'are'} not detached yet"
        reason = f" [dim]({sentence(why)})[/]" if why else ""
        output().print(f"[yellow]{told}[/]: the next billing run tries again{reason}", soft_wrap=True)


@app.command()
def export(email: Email) -> None:
    """Print all that is kept of a user, as JSON.

    $ lectern-admin user export ada@example.org > ada.json
    """
    typer.echo(as_json(run(_held(read_email(email)))))


@app.command()
def password(email: Email, password_stdin: PasswordStdin = False) -> None:
    """Set a user's password: typed, or from standard input.

    $ lectern-admin user password ada@example.org
    """
    with ending():
        wanted = read_email(email)
        given = secret.from_stdin() if password_stdin else secret.typed()
    run(_set_password(wanted, given))
    output().print(f"[green]password set[/] for {exact(wanted.email)}")


Most = typer.Option(min=1, max=MOST, metavar="N")


@app.command()
def limits(
    email: Email,
    month_requests: Annotated[int | None, Most] = None,
    month_tokens: Annotated[int | None, Most] = None,
    concurrent: Annotated[int | None, Most] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Drop what was set here before.")] = False,
    json: AsJson = False,
) -> None:
    """Show or set what all keys of a user may use together. It stands above a plan's limits until --clear.

    $ lectern-admin user limits ada@example.org
    $ lectern-admin user limits ada@example.org --month-requests 100000 --concurrent 4
    $ lectern-admin user limits ada@example.org --clear
    """
    given = {"month_requests": month_requests, "month_tokens": month_tokens, "concurrent": concurrent}
    wanted = {name: value for name, value in given.items() if value is not None}
    row = run(_limits(read_email(email), wanted, clear=clear))
    if json:
        typer.echo(as_json(row))
        return
    show_facts(output(), _told_limits(row))


def read_email(text: str) -> Address:
    """An address as it was typed to name somebody; names of internal networks too, and removed users."""
    with ending():
        if text.startswith("removed+") and text.endswith("@invalid"):
            return Address(text, text)
        return address(text, internal=True)


def state(row: Row) -> str:
    if row["removed_at"]:
        return "[dim]removed[/]"
    return "[red]disabled[/]" if row["disabled_at"] else "[green]active[/]"


def _told_groups(groups: list[Row], source: str) -> str:
    return ", ".join(exact(row["group"]) for row in groups if row["source"] == source) or NONE


def _told_limits(limits: Row) -> list[tuple[str, str]]:
    return [(words, _told_limit(limits[name], limits[f"plan_{name}"])) for name, words in _LIMITED.items()]


def _told_limit(own: int | None, plan: int | None) -> str:
    if own is not None:
        return f"{own:,}" + (f" [dim](the plan: {number(plan, 'no limit')})[/]" if plan is not None else "")
    return number(plan, _UNLIMITED) + (" [dim](by the plan)[/]" if plan is not None else "")


def _set_disabled(email: str, *, disabled: bool) -> None:
    done = "disabled" if disabled else "enabled"
    user, changed = run(_disable(read_email(email), disabled=disabled))
    if changed:
        output().print(f"[green]{done}[/] {exact(user['email'])}")
    else:
        output().print(f"{exact(user['email'])} is {done} already.")


async def _add(wanted: Address, hashed: str | None) -> Row:
    async with accounts("user add") as people:
        return await people.add_user(wanted, hashed)


async def _list() -> list[Row]:
    async with accounts("user list") as people:
        return await people.users()


async def _show(wanted: Address) -> tuple[Row, Row, list[Row], list[Row]]:
    """The user, what all keys may use together, the keys, and the groups with who says so."""
    async with session("user show") as stores:
        database = await stores.database()
        people = Accounts(database)
        user = await people.user(wanted)
        limits, keys = await people.limits(user["id"]), await people.keys(user["id"])
        return user, limits, keys, await Groups(database).of(user["id"])


async def _disable(wanted: Address, *, disabled: bool) -> tuple[Row, bool]:
    async with accounts("user disable" if disabled else "user enable") as people:
        user = await present(people, wanted)
        return user, await people.set_disabled(user["id"], disabled=disabled)


async def _remove(user: Row) -> tuple[int, str | None]:
    """How many methods their providers still have, and why."""

    async def refuse(connection: AsyncConnection[Any], row: Row) -> None:
        await holds.refuse(connection, row, await clock.now(connection, None, datetime.now(UTC)))

    async with desk("user remove", None) as at:
        await at.accounts.remove_user(user["id"], refuse)
        await detaching.detach_removed(at.till, at.now, user["id"])
        async with at.till.transaction() as connection:
            left = await detaching.undetached(connection, user["id"])
        return left, next(iter([*at.till.stopped.values(), *at.till.notes]), None)


async def _held(wanted: Address) -> dict[str, Any]:
    async with accounts("user export") as people:
        return await people.held((await people.user(wanted))["id"])


async def _set_password(wanted: Address, given: str) -> None:
    async with accounts("user password") as people:
        user = await present(people, wanted)
        hashed = await asyncio.to_thread(passwords.hashed, given)
        await people.set_password(user["id"], hashed)


async def _limits(wanted: Address, given: dict[str, int], *, clear: bool) -> Row:
    async with accounts("user limits") as people:
        user = await people.user(wanted)
        if given or clear:
            await people.set_limits((await present(people, wanted))["id"], given, clear=clear)
        found = await people.limits(user["id"])
        names = [*LIMITS, *(f"plan_{name}" for name in LIMITS)]
        return {"user": user["email"], **{name: found[name] for name in names}}


async def present(people: Accounts, wanted: Address) -> Row:
    """A user who was not removed. Raises UserUnknown."""
    user = await people.user(wanted)
    if user["removed_at"]:
        raise UserUnknown(f"the user {wanted.email} was removed", "add them anew")
    return user
