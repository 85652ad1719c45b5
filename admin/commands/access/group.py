"""`lectern-admin group`: who is in which group."""

from typing import Annotated

import typer

from admin.commands.people.user import AsJson, Email, present, read_email
from admin.commands.session import session
from admin.rows import as_json, day, number
from shared.accounts.emails import Address
from shared.accounts.groups import Groups, read_group
from shared.accounts.store import Accounts
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.program import Program
from shared.terminal.table import Column, show_table

app = Program(
    help="Groups that rules of access are for.\n\n"
    "$ lectern-admin group add engineers ada@example.org\n$ lectern-admin group list"
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As rules and the provider of sign-in call it.")]
_SAID = {"operator": "an operator", "claim": "the provider"}


@app.command()
def add(name: Name, email: Email) -> None:
    """Put a user into a group, within 30 seconds.

    $ lectern-admin group add engineers ada@example.org
    """
    _change(name, email, joins=True)


@app.command()
def remove(name: Name, email: Email) -> None:
    """Take a user out of a group. Who is there by a provider's claim stays until that ends.

    $ lectern-admin group remove engineers ada@example.org
    """
    _change(name, email, joins=False)


@app.command("list")
def list_groups(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only who is in this one.", show_default="all")
    ] = None,
    json: AsJson = False,
) -> None:
    """List groups with how many are in them, or who is in one and who says so.

    $ lectern-admin group list
    $ lectern-admin group list engineers
    """
    with ending():
        wanted = read_group(name) if name is not None else None
    rows = run(_list(wanted))
    if json:
        typer.echo(as_json(rows))
    elif not rows and wanted:
        output().print(f"Nobody is in {exact(wanted)}.")
    elif not rows:
        output().print("There are no groups. [dim]lectern-admin group add NAME EMAIL[/]")
    elif wanted:
        told = [(exact(row["user"]), _SAID[row["source"]], day(row["created_at"])) for row in rows]
        show_table(output(), (Column("User"),), (Column("Said by"), Column("Since")), told)
    else:
        told = [(exact(row["group"]), number(row["members"]), number(row["rules"])) for row in rows]
        counts = (Column("Users", right=True), Column("Rules", right=True))
        show_table(output(), (Column("Group"),), counts, told)


def _change(name: str, email: str, *, joins: bool) -> None:
    with ending():
        group, wanted = read_group(name), read_email(email)
    user, changed = run(_changed(group, wanted, joins=joins))
    who, where = exact(user["email"]), exact(group)
    if changed:
        output().print(
            f"[green]{'added' if joins else 'removed'}[/] {who} {'to' if joins else 'from'} {where}"
        )
    else:
        output().print(
            f"{who} is {'in' if joins else 'not in'} {where} already."
            if joins
            else f"{who} is not in {where}."
        )


async def _list(wanted: str | None) -> list[Row]:
    async with session("group list") as stores:
        groups = Groups(await stores.database())
        return await groups.groups() if wanted is None else await groups.members(wanted)


async def _changed(group: str, wanted: Address, *, joins: bool) -> tuple[Row, bool]:
    async with session("group add" if joins else "group remove") as stores:
        database = await stores.database()
        user, groups = await present(Accounts(database), wanted), Groups(database)
        return user, await (groups.add if joins else groups.remove)(group, user["id"])
