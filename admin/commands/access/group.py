"""`lectern-admin group`: who is in which group."""

from typing import Annotated

import typer

from admin.commands.people.user import AsJson, Email, present, read_email
from admin.commands.session import session
from admin.rows import as_json, day, number
from shared.accounts.emails import Address
from shared.accounts.rules.groups import Groups, read_group
from shared.accounts.store import Accounts
from shared.stores.postgres import Row
from shared.terminal.console import errors, output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.program import Program
from shared.terminal.table import Column, show_table

app = Program(
    help="Groups that rules of access are for.\n\n"
    "$ lectern-admin group add engineers ada@example.org\n$ lectern-admin group list"
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As rules and the provider of sign-in call it.")]
CLAIM = "claim"
_SAID = {"operator": "an operator", CLAIM: "the provider"}


@app.command()
def add(name: Name, email: Email) -> None:
    """Put a user into a group, within 30 seconds.

    $ lectern-admin group add engineers ada@example.org
    """
    with ending():
        group, wanted = read_group(name), read_email(email)
    user, added = run(_add(group, wanted))
    who, where = exact(user["email"]), exact(group)
    output().print(f"[green]added[/] {who} to {where}" if added else f"{who} is in {where} already.")


@app.command()
def remove(name: Name, email: Email) -> None:
    """Take a user out of a group, within 30 seconds; a provider may claim it again at their next sign-in.

    $ lectern-admin group remove engineers ada@example.org
    """
    with ending():
        group, wanted = read_group(name), read_email(email)
    user, sources = run(_remove(group, wanted))
    who, where = exact(user["email"]), exact(group)
    output().print(f"[green]removed[/] {who} from {where}" if sources else f"{who} is not in {where}.")
    if CLAIM in sources:
        errors().print(
            f"[yellow]note[/] the provider claimed it: take {who} out of {where} there too, before they sign in again",
            soft_wrap=True,
        )


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


async def _list(wanted: str | None) -> list[Row]:
    async with session("group list") as stores:
        groups = Groups(await stores.database())
        return await groups.groups() if wanted is None else await groups.members(wanted)


async def _add(group: str, wanted: Address) -> tuple[Row, bool]:
    async with session("group add") as stores:
        database = await stores.database()
        user = await present(Accounts(database), wanted)
        return user, await Groups(database).add(group, user["id"])


async def _remove(group: str, wanted: Address) -> tuple[Row, list[str]]:
    async with session("group remove") as stores:
        database = await stores.database()
        user = await present(Accounts(database), wanted)
        return user, await Groups(database).remove(group, user["id"])
